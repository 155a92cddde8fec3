// SPDX-License-Identifier: MIT
// expect: has the columns of one model
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
const auto query = hd::alias<home, "h">[col<&home::id>];
#else
const auto query = hd::alias<home, "h">[col<&job::id>];
#endif
