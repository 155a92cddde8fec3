// SPDX-License-Identifier: MIT
// expect: a pointer has no value to PostgreSQL: use std::optional for what may be absent
// A pointer may be meant as a value that is absent.
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
    to.add(std::optional<int>{});
#else
    to.add(static_cast<int*>(nullptr));
#endif
}
