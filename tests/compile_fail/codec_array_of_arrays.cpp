// SPDX-License-Identifier: MIT
// expect: PostgreSQL has no arrays of arrays, and honeydue none of several dimensions
// An array of arrays.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <honeydue/array.hpp>

namespace app {
struct colour {
    int number = 0;
};
}  // namespace app

void send(honeydue::parameters& to) {
#ifdef HONEYDUE_FIXED
    to.add(std::vector<int>{});
#else
    to.add(std::vector<std::vector<int>>{});
#endif
}
