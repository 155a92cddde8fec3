// SPDX-License-Identifier: MIT
// expect: key of the same model
#include <honeydue/query.hpp>

#include <optional>
#include <string>
#include <vector>

#include "../unit/household.hpp"

namespace hd = honeydue;
using hd::col;
using job = task::task;

#ifdef HONEYDUE_FIXED
const auto condition = col<&job::residence_id>.in(hd::select<&residence::residence::id>());
#else
const auto condition = col<&job::residence_id>.in(hd::select<&auth::user::id>());
#endif
