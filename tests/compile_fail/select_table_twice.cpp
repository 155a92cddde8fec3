// SPDX-License-Identifier: MIT
// expect: give one of them an alias
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
constexpr auto text = decltype(hd::select<&job::id>().join(
    hd::alias<job, "other">, col<&job::id> == hd::alias<job, "other">[col<&job::id>]))::text();
#else
constexpr auto text =
    decltype(hd::select<&job::id>().join<job>(col<&job::id> == col<&job::id>))::text();
#endif
