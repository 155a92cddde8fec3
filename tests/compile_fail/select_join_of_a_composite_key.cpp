// SPDX-License-Identifier: MIT
// expect: a foreign_key is one column, and the key of the model it references has several
#include <honeydue/query.hpp>

namespace hd = honeydue;
using hd::col;

namespace app {
struct line {
    static constexpr honeydue::table meta{.key = "order_id, position"};
    std::int64_t order_id = 0;
    std::int32_t position = 0;
};
struct note {
    honeydue::id<note> id{};
    honeydue::foreign_key<line> line_id;
    std::int64_t order_id = 0;
};
}  // namespace app

#ifdef HONEYDUE_FIXED
const auto query = hd::select<&app::note::id>().join<app::line>(col<&app::line::order_id> ==
                                                                col<&app::note::order_id>);
#else
const auto query = hd::select<&app::note::id>().join<&app::note::line_id>();
#endif
