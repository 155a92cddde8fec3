// SPDX-License-Identifier: MIT
// expect: of one type
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
const auto query = hd::coalesce(col<&job::due_date>, hd::date{});
#else
const auto query = hd::coalesce(col<&job::due_date>, 1);
#endif
