// SPDX-License-Identifier: MIT
// expect: have different types
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
const auto query = col<& job::effort> = 3;
#else
const auto query = col<& job::effort> = "x";
#endif
