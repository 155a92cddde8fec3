// SPDX-License-Identifier: MIT
// expect: PostgreSQL has no unsigned integers: use the next wider signed type
// A sign is lost or a value is.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <honeydue/codec.hpp>

namespace app {
struct colour {
    int number = 0;
};
}  // namespace app

void send(honeydue::parameters& to) {
#ifdef HONEYDUE_FIXED
    to.add(std::int64_t{1});
#else
    to.add(std::uint32_t{1});
#endif
}
