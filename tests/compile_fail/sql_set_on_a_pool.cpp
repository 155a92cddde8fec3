// SPDX-License-Identifier: MIT
// expect: SET stays behind in a session that is shared
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
auto answer(hd::pool& db) {
    return hd::sql<"select set_config('statement_timeout', '1', true)">().execute(db);
}
#else
auto answer(hd::pool& db) { return hd::sql<"set statement_timeout = 1">().execute(db); }
#endif
