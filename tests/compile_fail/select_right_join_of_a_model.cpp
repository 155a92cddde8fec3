// SPDX-License-Identifier: MIT
// expect: a right or full join can leave the table of this row without one
#include <honeydue/query.hpp>

#include "../unit/household.hpp"

namespace hd = honeydue;
using hd::col;

#ifdef HONEYDUE_FIXED
constexpr auto text =
    decltype(hd::select<task::task>().left_join<&task::task::assigned_to_id>())::text();
#else
constexpr auto text =
    decltype(hd::select<task::task>().right_join<&task::task::assigned_to_id>())::text();
#endif
