// SPDX-License-Identifier: MIT
// expect: say is_null()
#include <honeydue/query.hpp>

#include <optional>
#include <string>
#include <vector>

#include "../unit/household.hpp"

namespace hd = honeydue;
using hd::col;
using job = task::task;

#ifdef HONEYDUE_FIXED
const auto condition = col<&job::due_date>.is_null();
#else
const auto condition = col<&job::due_date> == std::nullopt;
#endif
