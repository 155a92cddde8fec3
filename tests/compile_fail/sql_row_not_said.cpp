// SPDX-License-Identifier: MIT
// expect: say what a row of this SQL is
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

struct database {
    hd::result<std::vector<hd::rows>> run(std::span<const hd::statement> group);
};

#ifdef HONEYDUE_FIXED
auto answer(database& db) { return hd::sql<"select 1::int4">().fetch_one<std::int32_t>(db); }
#else
auto answer(database& db) { return hd::sql<"select 1::int4">().fetch_one(db); }
#endif
