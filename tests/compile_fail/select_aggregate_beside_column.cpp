// SPDX-License-Identifier: MIT
// expect: neither in group_by nor inside an aggregate
#include <honeydue/query.hpp>
#include <honeydue/sql.hpp>

#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "../unit/household.hpp"

namespace hd = honeydue;
using hd::col;
using home = residence::residence;
using job = task::task;

#ifdef HONEYDUE_FIXED
constexpr auto text = decltype(hd::select(hd::max(col<&job::title>), hd::count()))::text();
#else
constexpr auto text = decltype(hd::select(col<&job::title>, hd::count()))::text();
#endif
