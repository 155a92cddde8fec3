// SPDX-License-Identifier: MIT
// expect: say from<model>()
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
constexpr auto text = decltype(hd::select(hd::count()).from<job>())::text();
#else
constexpr auto text = decltype(hd::select(hd::count()))::text();
#endif
