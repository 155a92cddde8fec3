// SPDX-License-Identifier: MIT
// expect: compare text with a pattern
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
const auto query = col<&job::title>.like("a%");
#else
const auto query = col<&job::effort>.like("a%");
#endif
