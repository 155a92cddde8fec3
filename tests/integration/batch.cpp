// SPDX-License-Identifier: MIT
// All or nothing in one round trip, on real servers and a real wire.
#include <honeydue/batch.hpp>
#include <honeydue/pool.hpp>
#include <honeydue/query.hpp>

#include <chrono>
#include <string>
#include <thread>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "commit_token.hpp"
#include "ledger.hpp"
#include "wire_proxy.hpp"

using namespace honeydue;
using namespace honeydue::support;
using namespace std::chrono_literals;

TEST_CASE("four statements are all kept, in one round trip on the wire", "[batch]") {
    ledger accounts;
    wire_proxy wire{test_environment::shared().port(), {.rtt = 20ms}};
    auto db = must(pool::open(asks_nothing(through(reach_row(), wire.port()))));
    const auto before = wire.snapshot();
    const auto done = atomically(db, accounts.pay(1, 10), accounts.pay(2, 20), accounts.pay(3, 30),
                                 accounts.pay(4, 40));
    REQUIRE(done);
    CHECK((wire.snapshot() - before).round_trips == 1);
    CHECK(std::get<3>(*done).affected() == 1);
    CHECK(accounts.balances() == "10 20 30 40");
}

TEST_CASE("options make BEGIN and COMMIT part of the same round trip", "[batch]") {
    ledger accounts;
    wire_proxy wire{test_environment::shared().port(), {.rtt = 20ms}};
    auto db = must(pool::open(asks_nothing(through(reach_row(), wire.port()))));
    const auto before = wire.snapshot();
    const auto done =
        atomically(db, {.isolation = isolation::serializable},
                   runtime("select current_setting('transaction_isolation')"), accounts.pay(1, 10));
    REQUIRE(done);
    CHECK((wire.snapshot() - before).round_trips == 1);
    CHECK(text(std::get<0>(*done)) == "serializable");
    CHECK(accounts.balances() == "10 0 0 0");
}

TEST_CASE("a batch answers each of its statements, and neither BEGIN, token nor COMMIT",
          "[batch]") {
    ledger accounts;
    auto db = must(pool::open(quiet(reach_row())));
    batch group;
    group.add(runtime("select 1::bigint")).add(runtime("select 2::bigint"));
    const auto proof = GENERATE(commit_proof::none, commit_proof::token);
    const auto done =
        must(group.run(db, {.isolation = isolation::repeatable_read, .proof = proof}));
    REQUIRE(done.size() == 2);
    CHECK(number(done.front()) == 1);
    CHECK(number(done.back()) == 2);
}

TEST_CASE("an error in any position keeps nothing, and says which statement it was", "[batch]") {
    ledger accounts;
    auto db = must(pool::open(quiet(reach_row())));
    const std::size_t position = GENERATE(1U, 2U, 3U, 4U);
    const bool with_options = GENERATE(false, true);
    batch group;
    for (std::size_t i = 1; i <= 4; ++i) {
        group.add(i == position ? runtime("select 1/0") : accounts.pay(static_cast<int>(i), 10));
    }
    const auto options = with_options ? transaction_options{.isolation = isolation::repeatable_read}
                                      : transaction_options{};
    const auto done = group.run(db, options);
    REQUIRE_FALSE(done);
    CHECK(done.error().sqlstate() == "22012"_sqlstate);
    CHECK(done.error().statement() == position);
    CHECK_FALSE(done.error().may_have_run());
    CHECK(accounts.balances() == "0 0 0 0");
    CHECK(number(must(db.run(runtime("select 7::bigint")))) == 7);
}

TEST_CASE("a deferred constraint fails after every statement was well, and keeps nothing",
          "[batch]") {
    ledger accounts;
    auto db = must(pool::open(quiet(reach_row())));
    const auto done = atomically(db, accounts.pay(1, 10), accounts.pay_unknown(99));
    REQUIRE_FALSE(done);
    CHECK(done.error().sqlstate() == "23503"_sqlstate);
    CHECK(done.error().statement() == 0);
    CHECK_FALSE(done.error().may_have_run());
    CHECK(accounts.balances() == "0 0 0 0");
}

TEST_CASE("a group larger than every buffer in both directions does not block", "[batch]") {
    ledger accounts;
    auto db = must(pool::open(quiet(reach_row())));
    const std::string large(60'000, 'x');
    batch group;
    for (int i = 0; i < 200; ++i)
        group.add(runtime("select $1::text || 'y'", large));
    const auto done = group.run(db);
    REQUIRE(done);
    REQUIRE(done->size() == 200);
    CHECK(done->back().at(0, 0).length() == large.size() + 1);
}

TEST_CASE("an empty batch sends nothing, and one that is too large is refused", "[batch]") {
    ledger accounts;
    auto db = must(pool::open(quiet(reach_row())));
    const auto before = db.stats().acquired;
    CHECK(must(batch{}.run(db)).empty());
    batch large;
    for (std::size_t i = 0; i <= batch::most_statements; ++i)
        large.add(accounts.pay(1, 1));
    const auto refused = large.run(db);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code() == errc::refused);
    CHECK(refused.error().message().find("10001") != std::string::npos);
    CHECK(db.stats().acquired == before);
}

TEST_CASE("a lost answer is found out by the token that was left", "[batch]") {
    ledger accounts;
    wire_proxy wire{test_environment::shared().port(), {.rtt = 300ms}};
    auto db = must(pool::open(quiet(through(reach_row(), wire.port()), 4, 2)));
    // The group has arrived and is done; its answer is on the way when the wire is cut.
    std::thread cutter{[&] {
        std::this_thread::sleep_for(220ms);
        wire.inject({.fault = wire_fault::reset});
    }};
    const auto done = atomically(db, {.proof = commit_proof::token}, accounts.pay(1, 10));
    cutter.join();
    REQUIRE_FALSE(done);
    CHECK(done.error().connection_lost());
    CHECK(done.error().outcome() == outcome::ran);
    CHECK(accounts.balances() == "10 0 0 0");
}

TEST_CASE("a group that never arrived is known not to have run, and can no longer", "[batch]") {
    ledger accounts;
    wire_proxy wire{test_environment::shared().port(), {.rtt = 300ms}};
    auto db = must(pool::open(quiet(through(reach_row(), wire.port()), 4, 2)));
    std::thread cutter{[&] {
        std::this_thread::sleep_for(50ms);
        wire.inject({.fault = wire_fault::reset});
    }};
    const auto done = atomically(db, {.proof = commit_proof::token}, accounts.pay(1, 10));
    cutter.join();
    REQUIRE_FALSE(done);
    CHECK(done.error().outcome() == outcome::did_not_run);
    CHECK(accounts.balances() == "0 0 0 0");
}

TEST_CASE("a claimed token can be left no more, and claiming again answers the same", "[batch]") {
    ledger accounts;
    auto db = must(pool::open(quiet(reach_row())));
    const auto ask = detail::elsewhere_of(db);
    const auto until = std::chrono::steady_clock::now() + 5s;
    const std::string lost = detail::new_commit_token();
    CHECK(detail::claim_commit_token(lost, until, ask) == outcome::did_not_run);
    CHECK(detail::claim_commit_token(lost, until, ask) == outcome::did_not_run);
    const auto late = atomically(db, detail::leave_commit_token(lost), accounts.pay(1, 10));
    REQUIRE_FALSE(late);
    CHECK(late.error().sqlstate() == "23505"_sqlstate);
    CHECK(accounts.balances() == "0 0 0 0");

    const std::string left = detail::new_commit_token();
    REQUIRE(atomically(db, detail::leave_commit_token(left), accounts.pay(1, 10)));
    CHECK(detail::claim_commit_token(left, until, ask) == outcome::ran);
    CHECK(detail::claim_commit_token(left, until, ask) == outcome::ran);
}

TEST_CASE("old tokens are swept, young ones stay", "[batch]") {
    ledger accounts;
    auto db = must(pool::open(quiet(reach_row())));
    REQUIRE(atomically(db, {.proof = commit_proof::token}, accounts.pay(1, 10)));
    must(
        db.run(runtime("insert into honeydue_commit values (gen_random_uuid(), false, now() - "
                       "interval '2 hours')")));
    CHECK(must(sweep_commit_tokens(db, 1h)) == 1);
    CHECK(number(must(db.run(runtime("select count(*) from honeydue_commit")))) == 1);
}

TEST_CASE("a direct connection is idle after a group that failed, and finds out a lost answer",
          "[batch]") {
    ledger accounts;
    wire_proxy wire{test_environment::shared().port(), {}};
    auto own = must(connection::open(through(reach_row(), wire.port())));
    CHECK_FALSE(atomically(own, {.isolation = isolation::serializable}, accounts.pay(1, 10),
                           runtime("select 1/0")));
    CHECK(own.state() == session_state::idle);
    wire.inject(
        {.fault = wire_fault::reset, .direction = wire_direction::to_client, .after_bytes = 20});
    const auto lost = atomically(own, {.proof = commit_proof::token}, accounts.pay(1, 10));
    REQUIRE_FALSE(lost);
    CHECK(lost.error().outcome() == outcome::ran);
    CHECK(accounts.balances() == "10 0 0 0");
}
