// SPDX-License-Identifier: MIT
// expect: upsert must say what it meets
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
constexpr auto text = decltype(hd::upsert(authtoken::token{})
                                   .on_conflict<&authtoken::token::key>()
                                   .do_nothing())::text();
#else
constexpr auto text = decltype(hd::upsert(authtoken::token{}))::text();
#endif
