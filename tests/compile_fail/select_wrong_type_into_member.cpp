// SPDX-License-Identifier: MIT
// expect: have different types
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
    std::optional<std::string> username;
};

#ifdef HONEYDUE_FIXED
constexpr auto text = decltype(hd::select<brief>(col<&job::title>, col<&job::title>))::text();
#else
constexpr auto text = decltype(hd::select<brief>(col<&job::title>, col<&job::effort>))::text();
#endif
