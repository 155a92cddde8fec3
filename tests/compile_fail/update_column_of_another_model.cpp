// SPDX-License-Identifier: MIT
// expect: one of these is another's
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
const auto query = hd::update<job>().set(col<& job::title> = "x");
#else
const auto query = hd::update<job>().set(col<& home::name> = "x");
#endif
