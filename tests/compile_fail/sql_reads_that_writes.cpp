// SPDX-License-Identifier: MIT
// expect: this SQL writes
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
const auto query = hd::sql<"select 1">().reads();
#else
const auto query = hd::sql<"delete from t">().reads();
#endif
