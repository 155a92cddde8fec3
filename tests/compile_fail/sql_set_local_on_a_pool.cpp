// SPDX-License-Identifier: MIT
// expect: only inside a transaction
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
auto answer(hd::transaction& db) { return hd::sql<"set local x.y = 1">().execute(db); }
#else
auto answer(hd::pool& db) { return hd::sql<"set local x.y = 1">().execute(db); }
#endif
