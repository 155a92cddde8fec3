// SPDX-License-Identifier: MIT
// Step 6: steps that need each other's answers: k steps cost k round trips, COMMIT included.
#include <cstdio>
#include <cstdlib>

#include <honeydue/honeydue.hpp>

namespace hd = honeydue;

namespace {

using user_id = std::int64_t;

hd::result<user_id> move_in(hd::transaction& tx) {
    tx.after_commit([] { std::puts("welcome"); });
    const auto owner = hd::sql<
                           "insert into auth_user (username, email, password) "
                           "values ('alan', 'alan@example.com', '!') returning id">()
                           .fetch_one<user_id>(tx);
    if (!owner) return tl::unexpected{owner.error()};

    // A guest who is there already is no reason to give up: this part alone is undone.
    const auto guest = tx.savepoint([&] {
        return hd::sql<
                   "insert into auth_user (username, email, password) "
                   "values ('alan', 'guest@example.com', '!')">()
            .execute(tx);
    });
    if (!guest) std::printf("as meant: %s\n", hd::explain(guest.error()).c_str());

    const auto home = tx.commit_with(
        hd::sql<"insert into residence_residence (owner_id, name) values ($1, 'Home')">(*owner));
    if (!home) return tl::unexpected{home.error()};
    return *owner;
}

}  // namespace

int main() {
    auto db = hd::pool::open(hd::pool_config::from_env());
    if (!db) {
        std::fprintf(stderr, "%s\n", hd::explain(db.error()).c_str());
        return EXIT_FAILURE;
    }
    const hd::round_trip_budget budget{3};
    const auto owner =
        hd::transact(*db, {.isolation = hd::isolation::serializable, .attempts = 1}, move_in);
    if (!owner) std::fprintf(stderr, "%s\n", hd::explain(owner.error()).c_str());
    if (owner) {
        std::printf("user %lld has a home, in %llu round trips\n", static_cast<long long>(*owner),
                    static_cast<unsigned long long>(budget.count()));
    }
    return owner ? EXIT_SUCCESS : EXIT_FAILURE;
}
