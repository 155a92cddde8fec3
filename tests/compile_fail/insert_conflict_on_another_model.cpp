// SPDX-License-Identifier: MIT
// expect: of the model that is inserted
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
const auto query = hd::upsert(authtoken::token{}).on_conflict<&authtoken::token::key>();
#else
const auto query = hd::upsert(authtoken::token{}).on_conflict<&job::id>();
#endif
