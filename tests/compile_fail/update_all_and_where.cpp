// SPDX-License-Identifier: MIT
// expect: contradict each other
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
const auto query = hd::delete_from<job>().all();
#else
const auto query = hd::delete_from<job>().where(col<&job::id> == hd::id<job>{3}).all();
#endif
