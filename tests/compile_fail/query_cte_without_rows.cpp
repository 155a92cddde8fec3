// SPDX-License-Identifier: MIT
// expect: a write with returning
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
const auto query = hd::cte<"gone">(hd::delete_from<job>().all().returning<&job::id>());
#else
const auto query = hd::cte<"gone">(hd::delete_from<job>().all());
#endif
