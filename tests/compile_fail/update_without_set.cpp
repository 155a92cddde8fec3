// SPDX-License-Identifier: MIT
// expect: say .set(column = value)
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
constexpr auto text = decltype(hd::update<job>().set(col<& job::effort> = 1).all())::text();
#else
constexpr auto text = decltype(hd::update<job>().all())::text();
#endif
