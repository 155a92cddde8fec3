// honeydue::range_over SPDX-License-Identifier: MIT A range type that is not built in has a name of
// expect: PostgreSQL has no range of this type built in: name yours by specialising
// the user's.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <honeydue/range.hpp>

namespace app {
struct colour {
    int number = 0;
};
}  // namespace app

void send(honeydue::parameters& to) {
#ifdef HONEYDUE_FIXED
    to.add(honeydue::range<int>{});
#else
    to.add(honeydue::range<double>{});
#endif
}
