// SPDX-License-Identifier: MIT
// expect: raw SQL says .reads()
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
auto answer(database& db) {
    return hd::together(db, hd::sql<"select 1::int4">().reads().as<std::int32_t>());
}
#else
auto answer(database& db) {
    return hd::together(db, hd::sql<"select 1::int4">().as<std::int32_t>());
}
#endif
