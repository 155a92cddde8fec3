// SPDX-License-Identifier: MIT
// expect: a table this statement does not read
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
constexpr auto text = decltype(hd::select<&job::id>().join<&job::residence_id>().where(
    col<&home::name> == "x"))::text();
#else
constexpr auto text = decltype(hd::select<&job::id>().where(col<&home::name> == "x"))::text();
#endif
