// SPDX-License-Identifier: MIT
// expect: pages_of takes a select of a whole model
#include <honeydue/query.hpp>

#include "../unit/household.hpp"

namespace hd = honeydue;
using hd::col;
using job = task::task;

#ifdef HONEYDUE_FIXED
const auto pages = hd::pages_of(hd::select<job>(), col<&job::title>.ascending());
#else
const auto pages =
    hd::pages_of(hd::select<task::task>(), col<&residence::residence::name>.ascending());
#endif
