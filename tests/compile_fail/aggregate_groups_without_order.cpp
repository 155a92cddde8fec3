// SPDX-License-Identifier: MIT
// expect: groups are rows that are equal in the order
#include <honeydue/query.hpp>

#include "../unit/household.hpp"

namespace hd = honeydue;
using hd::col;

constexpr auto window = hd::partition_by(col<&task::task::title>);
#ifdef HONEYDUE_FIXED
constexpr auto framed = window.order_by(col<&task::task::id>.ascending())
                            .groups_between(hd::preceding(1), hd::current_row);
#else
constexpr auto framed = window.groups_between(hd::preceding(1), hd::current_row);
#endif
