// SPDX-License-Identifier: MIT
// expect: number, type or NULL differ
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
const auto query = hd::insert<&home::name>(hd::select<&job::title>());
#else
const auto query = hd::insert<&home::name>(hd::select<&home::id>());
#endif
