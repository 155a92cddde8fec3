// SPDX-License-Identifier: MIT
// expect: another number of placeholders
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
const auto query = hd::sql<"select $1, $2">(1, 2);
#else
const auto query = hd::sql<"select $1, $2">(1);
#endif
