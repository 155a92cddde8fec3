// SPDX-License-Identifier: MIT
// expect: .all() if that is meant
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
constexpr auto text =
    decltype(hd::delete_from<job>().where(col<&job::id> == hd::id<job>{3}))::text();
#else
constexpr auto text = decltype(hd::delete_from<job>())::text();
#endif
