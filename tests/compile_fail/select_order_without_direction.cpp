// SPDX-License-Identifier: MIT
// expect: say .ascending() or .descending()
#include <honeydue/query.hpp>
#include <honeydue/sql.hpp>

#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "../unit/household.hpp"

namespace hd = honeydue;
using hd::col;
using home = residence::residence;
using job = task::task;

#ifdef HONEYDUE_FIXED
const auto query = hd::select<&job::id>().order_by(col<&job::id>.ascending());
#else
const auto query = hd::select<&job::id>().order_by(col<&job::id>);
#endif
