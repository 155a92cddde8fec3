// SPDX-License-Identifier: MIT
// expect: different types
#include <honeydue/query.hpp>

#include <optional>
#include <string>
#include <vector>

#include "../unit/household.hpp"

namespace hd = honeydue;
using hd::col;
using job = task::task;

#ifdef HONEYDUE_FIXED
const auto condition = col<&job::effort> == 3;
#else
const auto condition = col<&job::effort> == "three";
#endif
