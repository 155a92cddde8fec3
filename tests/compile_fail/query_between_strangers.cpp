// SPDX-License-Identifier: MIT
// expect: two bounds of the column's type
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
const auto query = col<&job::effort>.between(1, 2);
#else
const auto query = col<&job::effort>.between("a", "b");
#endif
