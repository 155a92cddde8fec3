// SPDX-License-Identifier: MIT
// expect: where belongs to an upsert that updates
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
const auto query = hd::upsert(authtoken::token{})
                       .on_conflict<&authtoken::token::key>()
                       .update<&authtoken::token::user_id>()
                       .where(col<&authtoken::token::key> == "x");
#else
const auto query = hd::upsert(authtoken::token{})
                       .on_conflict<&authtoken::token::key>()
                       .do_nothing()
                       .where(col<&authtoken::token::key> == "x");
#endif
