// SPDX-License-Identifier: MIT
// expect: does not give a column of that name
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
const auto query = hd::cte<"c">(hd::select<&job::id, &job::title>())[col<&job::title>];
#else
const auto query = hd::cte<"c">(hd::select<&job::id>())[col<&job::title>];
#endif
