// SPDX-License-Identifier: MIT
// expect: together takes reads
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
auto answer(database& db) { return hd::together(db, hd::select<&job::id>()); }
#else
auto answer(database& db) {
    return hd::together(db, hd::select<&job::id>(),
                        hd::delete_from<job>().all().returning<&job::id>());
}
#endif
