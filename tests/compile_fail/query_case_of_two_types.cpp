// SPDX-License-Identifier: MIT
// expect: yields the same type
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
const auto query = hd::case_(col<&job::effort> > 1, 1).otherwise(2);
#else
const auto query = hd::case_(col<&job::effort> > 1, 1).otherwise("x");
#endif
