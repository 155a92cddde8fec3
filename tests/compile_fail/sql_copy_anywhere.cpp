// SPDX-License-Identifier: MIT
// expect: COPY is no statement of a group
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
auto answer(database& db) { return hd::sql<"select * from t">().execute(db); }
#else
auto answer(database& db) { return hd::sql<"copy t to stdout">().execute(db); }
#endif
