// SPDX-License-Identifier: MIT
// expect: this type has no honeydue::codec: specialise honeydue::codec for it
// A type of the program's.
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
    to.add(app::colour{1}.number);
#else
    to.add(app::colour{1});
#endif
}
