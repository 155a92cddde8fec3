// SPDX-License-Identifier: MIT
// expect: unwrap it first
#include <honeydue/query.hpp>

#include <optional>
#include <string>
#include <vector>

#include "../unit/household.hpp"

namespace hd = honeydue;
using hd::col;
using job = task::task;

#ifdef HONEYDUE_FIXED
const auto condition = col<&job::title> == std::optional<std::string>{"x"}.value();
#else
const auto condition = col<&job::title> == std::optional<std::string>{"x"};
#endif
