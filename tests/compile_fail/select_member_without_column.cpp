// SPDX-License-Identifier: MIT
// expect: no column of its name
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

struct brief {
    std::string title;
    std::string username;
};
struct fitting {
    std::string title;
    hd::id<job> id;
};

#ifdef HONEYDUE_FIXED
constexpr auto text = decltype(hd::select<fitting>().from<job>())::text();
#else
constexpr auto text = decltype(hd::select<brief>().from<job>())::text();
#endif
