// SPDX-License-Identifier: MIT
// Step 5: all or nothing in one round trip: atomically, batch, and conditions that travel along.
#include <cstdio>
#include <cstdlib>

#include <honeydue/honeydue.hpp>

namespace hd = honeydue;

namespace {

auto new_user(std::string_view name) {
    return hd::sql<
        "insert into auth_user (username, email, password) "
        "values ($1::text, $1::text || '@example.com', '!')">(name);
}
auto new_profile(std::string_view name) {
    return hd::sql<
        "insert into user_userprofile (user_id) "
        "select id from auth_user where username = $1 returning true">(name);
}

hd::result<void> sign_up(hd::pool& db) {
    const hd::round_trip_budget budget{2};
    const auto both = hd::atomically(db, new_user("ada"), new_profile("ada"));
    if (!both) return tl::unexpected{both.error()};

    // The profile of nobody is no row: the group is undone, and the user with it.
    const auto neither = hd::atomically(db, new_user("grace"),
                                        hd::require(new_profile("gracie"), "a user to describe"));
    if (neither) return hd::fail(hd::errc::refused, "a condition was overlooked");
    std::printf("as meant: %s\n", hd::explain(neither.error()).c_str());
    return {};
}

hd::result<void> rename_all(hd::pool& db, std::initializer_list<std::string_view> names) {
    hd::batch group;
    for (const std::string_view name : names) {
        group.add(
            hd::sql<"update auth_user set first_name = upper($1) where username = $1::text">(name));
    }
    // Leaves a row by which a lost answer would be found out.
    const auto done = group.run(db, {.proof = hd::commit_proof::token});
    if (!done) return tl::unexpected{done.error()};
    std::printf("%zu statements in one round trip\n", done->size());
    return {};
}

}  // namespace

int main() {
    auto db = hd::pool::open(hd::pool_config::from_env());
    auto done = db ? sign_up(*db) : tl::unexpected{db.error()};
    if (done) done = rename_all(*db, {"ada", "grace", "edsger"});
    if (!done) std::fprintf(stderr, "%s\n", hd::explain(done.error()).c_str());
    return done ? EXIT_SUCCESS : EXIT_FAILURE;
}
