// SPDX-License-Identifier: MIT
// expect: keys of the same model
#include <honeydue/query.hpp>

#include <optional>
#include <string>
#include <vector>

#include "../unit/household.hpp"

namespace hd = honeydue;
using hd::col;
using job = task::task;

#ifdef HONEYDUE_FIXED
const auto condition = col<&job::id>.in(std::vector<hd::id<job>>{});
#else
const auto condition = col<&job::id>.in(std::vector<hd::id<auth::user>>{});
#endif
