// SPDX-License-Identifier: MIT
// expect: this row points into an answer that is gone before it
#include <honeydue/array.hpp>
#include <honeydue/connection.hpp>
#include <honeydue/sql.hpp>

#include <optional>
#include <string_view>
#include <tuple>
#include <vector>

namespace hd = honeydue;
using views = std::tuple<int, std::vector<std::optional<std::string_view>>>;

auto read(hd::connection& db) {
    const auto query = hd::sql<"select id, tags from item">();
#ifdef HONEYDUE_FIXED
    return hd::for_each<views>(db, query, [](const views& /*row*/) {});
#else
    return query.fetch_all<views>(db);
#endif
}
