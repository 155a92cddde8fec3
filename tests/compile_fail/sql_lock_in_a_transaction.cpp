// SPDX-License-Identifier: MIT
// expect: take pg_advisory_xact_lock
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

namespace honeydue {
class pool {
public:
    result<std::vector<rows>> run(std::span<const statement> group);
};
class transaction {
public:
    result<std::vector<rows>> run(std::span<const statement> group);
};
}  // namespace honeydue

#ifdef HONEYDUE_FIXED
auto answer(hd::transaction& db) {
    return hd::sql<"select pg_advisory_xact_lock(1)">().execute(db);
}
#else
auto answer(hd::transaction& db) { return hd::sql<"select pg_advisory_lock(1)">().execute(db); }
#endif
