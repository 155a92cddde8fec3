// SPDX-License-Identifier: MIT
// expect: PostgreSQL has no multirange of this type built in: name yours as
// A multirange that is not built in has a name of the user's.
#include <honeydue/range.hpp>

template <>
inline constexpr honeydue::range_type honeydue::range_over<double>{.name = "floatrange"};

void send(honeydue::parameters& to) {
#ifdef HONEYDUE_FIXED
    to.add(honeydue::multirange<int>{});
#else
    to.add(honeydue::multirange<double>{});
#endif
}
