// SPDX-License-Identifier: MIT
// expect: select its columns, which are then std::optional
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
constexpr auto text = decltype(hd::select<&job::id>()
                                   .from(hd::alias<home, "h">)
                                   .left_join<job>(col<&job::residence_id> ==
                                                   hd::alias<home, "h">[col<&home::id>]))::text();
#else
constexpr auto text = decltype(hd::select<job>()
                                   .from(hd::alias<home, "h">)
                                   .left_join<job>(col<&job::residence_id> ==
                                                   hd::alias<home, "h">[col<&home::id>]))::text();
#endif
