// SPDX-License-Identifier: MIT
// expect: pages_of orders by columns with a direction
#include <honeydue/query.hpp>

#include "../unit/household.hpp"

namespace hd = honeydue;
using hd::col;
using job = task::task;

#ifdef HONEYDUE_FIXED
const auto pages = hd::pages_of(hd::select<job>(), col<&job::title>.ascending());
#else
const auto pages = hd::pages_of(hd::select<job>(), hd::lower(col<&job::title>).ascending());
#endif
