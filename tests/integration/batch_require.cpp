// SPDX-License-Identifier: MIT
// Conditions that travel with a group: it is undone when one does not hold.
#include <honeydue/batch.hpp>
#include <honeydue/pool.hpp>
#include <honeydue/sql.hpp>
#include <honeydue/transaction.hpp>

#include <string>

#include <catch2/catch_test_macros.hpp>

#include "ledger.hpp"
#include "wire_proxy.hpp"

using namespace honeydue;
using namespace honeydue::support;
using namespace std::chrono_literals;

namespace {

statement take(int account, std::int64_t amount) {
    return runtime(
        "update ledger_account set balance = balance - $2 where id = $1 returning balance >= 0",
        account, amount);
}

}  // namespace

TEST_CASE("a condition that holds lets the group pass, in the same round trip", "[batch]") {
    ledger accounts;
    wire_proxy wire{test_environment::shared().port(), {.rtt = 20ms}};
    auto db = must(pool::open(asks_nothing(through(reach_row(), wire.port()))));
    must(db.run(accounts.pay(1, 30)));
    const auto before = wire.snapshot();
    const auto done =
        atomically(db, require(take(1, 20), "an account that covers it"), accounts.pay(2, 20));
    REQUIRE(done);
    CHECK((wire.snapshot() - before).round_trips == 1);
    bool holds = false;
    REQUIRE(std::get<0>(*done).size() == 1);
    CHECK(decode(std::get<0>(*done).at(0, 0), holds) == codec_fault::none);
    CHECK(holds);
    CHECK(accounts.balances() == "10 20 0 0");
}

TEST_CASE("a condition that does not hold undoes the whole group, and says what was expected",
          "[batch]") {
    ledger accounts;
    auto db = must(pool::open(quiet(reach_row())));
    const auto poor =
        atomically(db, accounts.pay(2, 20), require(take(1, 20), "an account that \"covers\" it"));
    REQUIRE_FALSE(poor);
    CHECK(poor.error().code() == errc::row_count);
    CHECK(poor.error().message() == "expected an account that 'covers' it; nothing was written");
    CHECK(poor.error().statement() == 2);
    CHECK_FALSE(poor.error().may_have_run());

    const auto nobody = atomically(db, require(take(99, 20), "an account"), accounts.pay(2, 20));
    REQUIRE_FALSE(nobody);
    CHECK(nobody.error().message() == "expected an account; nothing was written");

    const auto unknown = atomically(db, require(sql<"select null::boolean">(), "an answer"));
    REQUIRE_FALSE(unknown);
    CHECK(unknown.error().message() == "expected an answer; nothing was written");
    CHECK(accounts.balances() == "0 0 0 0");
}

TEST_CASE("a condition in a transaction's step fails the transaction, and is not tried again",
          "[transaction]") {
    ledger accounts;
    auto db = must(pool::open(quiet(reach_row())));
    int entered = 0;
    const auto done = transact(db, [&](transaction& tx) -> result<void> {
        ++entered;
        const statement first = accounts.pay(2, 20);
        if (auto paid = tx.run(std::span{&first, 1}); !paid) return tl::unexpected{paid.error()};
        return tx.commit_with(require(take(1, 20), "an account that covers it"))
            .map([](const rows&) {});
    });
    REQUIRE_FALSE(done);
    CHECK(done.error().code() == errc::row_count);
    CHECK(done.error().message() == "expected an account that covers it; nothing was written");
    CHECK(entered == 1);
    CHECK(accounts.balances() == "0 0 0 0");
}
