// SPDX-License-Identifier: MIT
// expect: a table that refers to itself has one name for both ends
#include <honeydue/query.hpp>

namespace hd = honeydue;
using hd::col;

namespace tree {
struct seed {
    hd::id<seed> id{};
};
struct leaf {
    hd::id<leaf> id{};
#ifdef HONEYDUE_FIXED
    hd::foreign_key<seed> parent_id{};
#else
    hd::foreign_key<leaf> parent_id{};
#endif
};
}  // namespace tree

const auto parents = hd::select(hd::with<&tree::leaf::parent_id>());
