// SPDX-License-Identifier: MIT
// expect: a promise about a write
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
const auto query = hd::delete_from<job>().all().require_rows(1);
#else
const auto query = hd::select<&job::id>().require_rows(1);
#endif
