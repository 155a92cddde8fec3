// SPDX-License-Identifier: MIT
// expect: this column and the member it is read into have different types
#include <honeydue/query.hpp>

#include "../unit/household.hpp"

namespace hd = honeydue;
using hd::col;

struct home_and_jobs {
    hd::id<residence::residence> id{};
#ifdef HONEYDUE_FIXED
    hd::children<task::task> jobs;
#else
    hd::children<residence::residence> jobs;
#endif
};

const std::string_view text = decltype(hd::select<home_and_jobs>(
    col<&residence::residence::id>, hd::with_many<&task::task::residence_id>()))::text();
