// SPDX-License-Identifier: MIT
// Step 3: several reads leave in one flight. The budget makes a second round trip an error.
#include <cstdio>
#include <cstdlib>

#include <honeydue/honeydue.hpp>

#include "reference/reference.hpp"

namespace hd = honeydue;
using hd::col;

namespace {

hd::result<void> print_household(hd::pool& db, hd::id<auth::user> user) {
    const auto owned =
        hd::select<&residence::residence::id>().where(col<&residence::residence::owner_id> == user);
    const auto profile =
        hd::select<user::userprofile>().where(col<&user::userprofile::user_id> == user);
    const auto tasks = hd::select<task::task>()
                           .where(col<&task::task::residence_id>.in(owned))
                           .order_by(col<&task::task::due_date>.ascending().nulls_last())
                           .limit(50);
    const auto documents =
        hd::select<documents::document>().where(col<&documents::document::residence_id>.in(owned));

    const hd::round_trip_budget budget{1};
    const auto page = hd::together(db, profile, tasks, documents);
    if (!page) return tl::unexpected{page.error()};
    const auto& [profiles, chores, papers] = *page;
    std::printf("%zu profile, %zu tasks, %zu documents in %llu round trip\n", profiles.size(),
                chores.size(), papers.size(), static_cast<unsigned long long>(budget.count()));
    const auto again = hd::together(db, profile);
    if (again || again.error().code() != hd::errc::round_trip_budget) {
        return hd::fail(hd::errc::refused, "the second round trip was not refused");
    }
    return {};
}

}  // namespace

int main() {
    const auto printed = hd::pool::open(hd::pool_config::from_env()).and_then([](hd::pool db) {
        return print_household(db, {1});
    });
    if (!printed) std::fprintf(stderr, "%s\n", hd::explain(printed.error()).c_str());
    return printed ? EXIT_SUCCESS : EXIT_FAILURE;
}
