// SPDX-License-Identifier: MIT
// expect: a character is neither text nor a number to PostgreSQL
// A character could be meant either way.
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
    to.add(std::string{"x"});
#else
    to.add('x');
#endif
}
