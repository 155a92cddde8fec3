// SPDX-License-Identifier: MIT
// expect: has a limit already
#include <honeydue/query.hpp>

#include "../unit/household.hpp"

namespace hd = honeydue;
using hd::col;
using job = task::task;

#ifdef HONEYDUE_FIXED
const auto query = hd::select<&job::id>().limit(1);
#else
const auto query = hd::select<&job::id>().limit(1).limit(2);
#endif
