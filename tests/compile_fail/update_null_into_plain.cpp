// SPDX-License-Identifier: MIT
// expect: its member is not std::optional
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
const auto query = col<& job::due_date> = std::nullopt;
#else
const auto query = col<& job::title> = std::nullopt;
#endif
