// SPDX-License-Identifier: MIT
// expect: keys of different models
#include <honeydue/query.hpp>

#include <optional>
#include <string>
#include <vector>

#include "../unit/household.hpp"

namespace hd = honeydue;
using hd::col;
using job = task::task;

#ifdef HONEYDUE_FIXED
const auto condition = col<&job::residence_id> == hd::id<residence::residence>{1};
#else
const auto condition = col<&job::residence_id> == hd::id<auth::user>{1};
#endif
