// SPDX-License-Identifier: MIT
// expect: a foreign key between a table of this select and a new one
#include <honeydue/query.hpp>

#include "../unit/household.hpp"

namespace hd = honeydue;
using hd::col;
using job = task::task;

#ifdef HONEYDUE_FIXED
const auto query = hd::select<&auth::user::id>().join<&authtoken::token::user_id>();
#else
const auto query = hd::select<&job::id>().join<&authtoken::token::user_id>();
#endif
