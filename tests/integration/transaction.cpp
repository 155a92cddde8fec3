// SPDX-License-Identifier: MIT
// Transactions of dependent steps, on real servers and a real wire.
#include <honeydue/cache.hpp>
#include <honeydue/transaction.hpp>
#include <honeydue/verbs.hpp>

#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "ledger.hpp"
#include "wire_proxy.hpp"

using namespace honeydue;
using namespace honeydue::support;
using namespace std::chrono_literals;

namespace {

result<void> step(transaction& tx, const statement& one) {
    auto received = tx.run(std::span{&one, 1});
    if (!received) return tl::unexpected{std::move(received.error())};
    return {};
}

}  // namespace

TEST_CASE("dependent steps cost one round trip each, COMMIT included when it is said with the last",
          "[transaction]") {
    ledger accounts;
    wire_proxy wire{test_environment::shared().port(), {.rtt = 20ms}};
    auto db = must(pool::open(asks_nothing(through(reach_row(), wire.port()))));
    auto before = wire.snapshot();
    const auto done = transact(db, [&](transaction& tx) -> result<std::uint64_t> {
        if (auto first = step(tx, accounts.pay(1, 10)); !first) {
            return tl::unexpected{first.error()};
        }
        if (auto second = step(tx, accounts.pay(2, 10)); !second) {
            return tl::unexpected{second.error()};
        }
        return tx.commit_with(accounts.pay(3, 10)).map([](const rows& last) {
            return last.affected();
        });
    });
    REQUIRE(done);
    CHECK(*done == 1);
    CHECK((wire.snapshot() - before).round_trips == 3);
    CHECK(accounts.balances() == "10 10 10 0");

    before = wire.snapshot();
    REQUIRE(transact(db, [&](transaction& tx) { return step(tx, accounts.pay(4, 5)); }));
    CHECK((wire.snapshot() - before).round_trips == 2);

    before = wire.snapshot();
    REQUIRE(transact(db, [](transaction&) -> result<void> { return {}; }));
    CHECK((wire.snapshot() - before).round_trips == 0);
    CHECK(accounts.balances() == "10 10 10 5");
}

TEST_CASE("an error, and an exception, roll back behind the caller's back", "[transaction]") {
    ledger accounts;
    auto db = must(pool::open(quiet(reach_row(), 2, 1)));
    const auto refused = transact(db, [&](transaction& tx) -> result<void> {
        if (auto paid = step(tx, accounts.pay(1, 10)); !paid) return paid;
        return fail(errc::refused, "the customer changed his mind");
    });
    REQUIRE_FALSE(refused);
    CHECK(refused.error().message() == "the customer changed his mind");
    CHECK_THROWS_AS(transact(db,
                             [&](transaction& tx) -> result<void> {
                                 must(tx.run(std::vector{accounts.pay(1, 10)}));
                                 throw std::runtime_error{"out of the body"};
                             }),
                    std::runtime_error);
    CHECK(comes_true([&] { return db.stats().rolled_back == 2 && db.stats().in_use == 0; }));
    CHECK(accounts.balances() == "0 0 0 0");
}

TEST_CASE("a transient failure runs the body again, which is told its attempt", "[transaction]") {
    ledger accounts;
    auto db = must(pool::open(quiet(reach_row())));
    std::vector<int> attempts;
    int undone = 0;
    const auto done = transact(db, [&](transaction& tx) -> result<void> {
        attempts.push_back(tx.attempt());
        tx.after_rollback([&] { ++undone; });
        if (auto paid = step(tx, accounts.pay(1, 10)); !paid) return paid;
        if (tx.attempt() < 3) {
            return step(tx, runtime("do $$ begin raise sqlstate '40001'; end $$"));
        }
        return {};
    });
    REQUIRE(done);
    CHECK(attempts == std::vector{1, 2, 3});
    CHECK(undone == 2);
    CHECK(accounts.balances() == "10 0 0 0");
}

TEST_CASE("attempts end where the options say, and what is not transient is not tried again",
          "[transaction]") {
    ledger accounts;
    auto db = must(pool::open(quiet(reach_row())));
    int entered = 0;
    const auto failing = [&](std::string_view state) {
        return [&entered, state](transaction& tx) {
            ++entered;
            return step(tx,
                        runtime("do $$ begin raise sqlstate '" + std::string{state} + "'; end $$"));
        };
    };
    CHECK_FALSE(transact(db, {.attempts = 2}, failing("40P01")));
    CHECK(entered == 2);
    entered = 0;
    CHECK_FALSE(transact(db, failing("23505")));
    CHECK(entered == 1);
}

TEST_CASE("a body that overlooks a failed step does not commit", "[transaction]") {
    ledger accounts;
    auto db = must(pool::open(quiet(reach_row())));
    const auto done = transact(db, [&](transaction& tx) -> result<void> {
        static_cast<void>(step(tx, accounts.pay(1, 10)));
        static_cast<void>(step(tx, runtime("select 1/0")));
        CHECK(step(tx, accounts.pay(2, 10)).error().code() == errc::refused);
        return {};
    });
    REQUIRE_FALSE(done);
    CHECK(done.error().code() == errc::commit);
    CHECK(accounts.balances() == "0 0 0 0");
}

TEST_CASE("a deferred constraint fails the COMMIT, whoever carries it", "[transaction]") {
    ledger accounts;
    auto db = must(pool::open(quiet(reach_row())));
    const auto plain =
        transact(db, [&](transaction& tx) { return step(tx, accounts.pay_unknown(99)); });
    REQUIRE_FALSE(plain);
    CHECK(plain.error().sqlstate() == "23503"_sqlstate);
    const auto carried = transact(db, [&](transaction& tx) -> result<void> {
        return tx.commit_with(accounts.pay_unknown(99)).map([](const rows&) {});
    });
    REQUIRE_FALSE(carried);
    CHECK(carried.error().sqlstate() == "23503"_sqlstate);
    CHECK_FALSE(carried.error().may_have_run());
}

TEST_CASE("a savepoint undoes its own part, at no round trip of its own", "[transaction]") {
    ledger accounts;
    wire_proxy wire{test_environment::shared().port(), {.rtt = 20ms}};
    auto db = must(pool::open(asks_nothing(through(reach_row(), wire.port()))));
    const auto before = wire.snapshot();
    std::vector<std::string> called;
    const auto done = transact(db, [&](transaction& tx) -> result<void> {
        tx.after_commit([&] { called.emplace_back("outer"); });
        if (auto paid = step(tx, accounts.pay(1, 10)); !paid) return paid;
        const auto failed = tx.savepoint([&]() -> result<void> {
            tx.after_commit([&] { called.emplace_back("undone"); });
            if (auto paid = step(tx, accounts.pay(2, 10)); !paid) return paid;
            return step(tx, runtime("select 1/0"));
        });
        CHECK_FALSE(failed);
        const auto kept = tx.savepoint([&] { return step(tx, accounts.pay(3, 10)); });
        if (!kept) return kept;
        return tx.commit_with(accounts.pay(4, 10)).map([](const rows&) {});
    });
    REQUIRE(done);
    CHECK((wire.snapshot() - before).round_trips == 5);
    CHECK(accounts.balances() == "10 0 10 10");
    CHECK(called == std::vector<std::string>{"outer"});
}

TEST_CASE("hooks run once and in order, when the end is known", "[transaction]") {
    ledger accounts;
    auto db = must(pool::open(quiet(reach_row())));
    std::string called;
    const auto body = [&](transaction& tx) {
        tx.after_commit([&] { called += "a"; });
        tx.after_rollback([&] { called += "r"; });
        tx.after_unknown([&] { called += "u"; });
        tx.after_commit([&] { called += "b"; });
        auto paid = step(tx, accounts.pay(1, 10));
        CHECK(called.empty());
        return paid;
    };
    REQUIRE(transact(db, body));
    CHECK(called == "ab");
}

TEST_CASE("isolation, access and deferral are what the server sees", "[transaction]") {
    ledger accounts;
    auto db = must(pool::open(quiet(reach_row())));
    const transaction_options options{.isolation = isolation::serializable,
                                      .access = access_mode::read_only,
                                      .deferral = deferral::deferrable};
    const auto seen = transact(db, options, [&](transaction& tx) -> result<std::string> {
        const statement asked = runtime(
            "select concat_ws(' ', current_setting('transaction_isolation'), "
            "current_setting('transaction_read_only'), "
            "current_setting('transaction_deferrable'))");
        return tx.commit_with(asked).map([](const rows& answer) { return text(answer); });
    });
    REQUIRE(seen);
    CHECK(*seen == "serializable on on");
}

TEST_CASE("a lost answer to COMMIT is found out by the transaction's number", "[transaction]") {
    ledger accounts;
    wire_proxy wire{test_environment::shared().port(), {.rtt = 300ms}};
    auto db = must(pool::open(quiet(through(reach_row(), wire.port()), 4, 2)));
    std::string called;
    std::thread cutter;
    const auto done = transact(db, [&](transaction& tx) -> result<void> {
        tx.after_commit([&] { called += "committed"; });
        if (auto paid = step(tx, accounts.pay(1, 10)); !paid) return paid;
        cutter = std::thread{[&] {
            std::this_thread::sleep_for(220ms);
            wire.inject({.fault = wire_fault::reset});
        }};
        return {};
    });
    cutter.join();
    CHECK(done);
    CHECK(called == "committed");
    CHECK(accounts.balances() == "10 0 0 0");
}

TEST_CASE("a COMMIT that never arrived is found out too, and the body runs again",
          "[transaction]") {
    ledger accounts;
    wire_proxy wire{test_environment::shared().port(), {.rtt = 300ms}};
    auto db = must(pool::open(quiet(through(reach_row(), wire.port()), 4, 2)));
    std::thread cutter;
    int entered = 0;
    const auto done = transact(db, [&](transaction& tx) -> result<void> {
        ++entered;
        if (auto paid = step(tx, accounts.pay(1, 10)); !paid) return paid;
        if (entered > 1) return {};
        cutter = std::thread{[&] {
            std::this_thread::sleep_for(50ms);
            wire.inject({.fault = wire_fault::reset});
        }};
        return {};
    });
    cutter.join();
    REQUIRE(done);
    CHECK(entered == 2);
    CHECK(accounts.balances() == "10 0 0 0");
}

TEST_CASE("a direct connection does transactions too, and is idle after a failure",
          "[transaction]") {
    ledger accounts;
    auto own = must(connection::open(reach_row()));
    CHECK_FALSE(transact(own, [&](transaction& tx) {
        static_cast<void>(step(tx, accounts.pay(1, 10)));
        return step(tx, runtime("select 1/0"));
    }));
    CHECK(own.state() == session_state::idle);
    CHECK(transact(own, [&](transaction& tx) { return step(tx, accounts.pay(1, 10)); }));
    CHECK(accounts.balances() == "10 0 0 0");
}

TEST_CASE("options out of range are refused by their name", "[transaction]") {
    auto db = must(pool::open(quiet(reach_row())));
    const auto body = [](transaction&) -> result<void> { return {}; };
    const auto timeless = transact(db, {.timeout = 0ms}, body);
    REQUIRE_FALSE(timeless);
    CHECK(timeless.error().message().find("transaction_options.timeout") != std::string::npos);
    const auto never = transact(db, {.attempts = 0}, body);
    REQUIRE_FALSE(never);
    CHECK(never.error().message().find("transaction_options.attempts") != std::string::npos);
}

TEST_CASE("a savepoint whose first step fails, or whose body throws, is undone alone",
          "[transaction]") {
    ledger accounts;
    auto db = must(pool::open(quiet(reach_row())));
    const auto done = transact(db, [&](transaction& tx) -> result<void> {
        const auto at_once = tx.savepoint([&] { return step(tx, runtime("select 1/0")); });
        CHECK_FALSE(at_once);
        if (auto paid = step(tx, accounts.pay(1, 10)); !paid) return paid;
        CHECK_THROWS_AS(tx.savepoint([&]() -> result<void> {
            must(tx.run(std::vector{accounts.pay(2, 10)}));
            throw std::runtime_error{"out of the savepoint"};
        }),
                        std::runtime_error);
        const auto nested = tx.savepoint([&]() -> result<void> {
            if (auto paid = step(tx, accounts.pay(3, 10)); !paid) return paid;
            static_cast<void>(tx.savepoint([&] { return step(tx, runtime("select 1/0")); }));
            return step(tx, accounts.pay(3, 5));
        });
        if (!nested) return nested;
        return step(tx, accounts.pay(4, 10));
    });
    REQUIRE(done);
    CHECK(accounts.balances() == "10 0 15 10");
}

TEST_CASE("a step that never left leaves the transaction as it was", "[transaction]") {
    ledger accounts;
    auto db = must(pool::open(quiet(reach_row())));
    const auto done = transact(db, [&](transaction& tx) -> result<void> {
        CHECK(step(tx, runtime("commit")).error().code() == errc::refused);
        CHECK(step(tx, runtime("vacuum")).error().code() == errc::refused);
        return step(tx, accounts.pay(1, 10));
    });
    REQUIRE(done);
    CHECK(accounts.balances() == "10 0 0 0");
}

TEST_CASE("rows are streamed inside a transaction; a sink that fails undoes it", "[transaction]") {
    ledger accounts;
    wire_proxy wire{test_environment::shared().port(), {.rtt = 20ms}};
    auto db = must(pool::open(asks_nothing(through(reach_row(), wire.port()), 2, 1)));
    const auto numbers = runtime("select n::bigint from generate_series(1, 1000) n");
    const auto before = wire.snapshot();
    std::int64_t sum = 0;
    const auto done = transact(db, [&](transaction& tx) -> result<void> {
        if (auto paid = step(tx, accounts.pay(1, 10)); !paid) return paid;
        auto all = for_each<std::int64_t>(tx, numbers, [&](std::int64_t n) { sum += n; });
        if (!all) return all;
        return tx.commit_with(accounts.pay(2, 10)).map([](const rows&) {});
    });
    REQUIRE(done);
    CHECK(sum == 500'500);
    CHECK((wire.snapshot() - before).round_trips == 3);

    const auto enough = transact(db, [&](transaction& tx) -> result<void> {
        auto some = for_each<std::int64_t>(tx, numbers, [&](std::int64_t n) -> result<void> {
            if (n < 3) return {};
            return fail(errc::refused, "that is enough");
        });
        CHECK(step(tx, accounts.pay(3, 10)).error().code() == errc::refused);
        return some;
    });
    REQUIRE_FALSE(enough);
    CHECK(enough.error().message() == "that is enough");
    CHECK(accounts.balances() == "10 10 0 0");
}

TEST_CASE("a body that hides a lost COMMIT behind a value or an error of its own is told so",
          "[transaction]") {
    ledger accounts;
    wire_proxy wire{test_environment::shared().port(), {}};
    auto db = must(pool::open(quiet(through(reach_row(), wire.port()), 2, 1)));
    const bool returns_value = GENERATE(true, false);
    std::string called;
    const transaction_options short_lived{.timeout = 200ms};
    const auto done = transact(db, short_lived, [&](transaction& tx) -> result<void> {
        tx.after_unknown([&] { called += "unknown"; });
        tx.after_commit([&] { called += "committed"; });
        tx.after_rollback([&] { called += "rolled back"; });
        wire.inject({.fault = wire_fault::blackhole, .direction = wire_direction::to_client});
        static_cast<void>(tx.commit_with(accounts.pay(1, 10)));
        if (returns_value) return {};
        return fail(errc::refused, "of its own");
    });
    REQUIRE_FALSE(done);
    CHECK(done.error().outcome() == outcome::may_have_run);
    CHECK(called == "unknown");
}

TEST_CASE("a cache forgets a key when the transaction that says so has committed, and then only",
          "[transaction]") {
    ledger accounts;
    auto db = must(pool::open(quiet(reach_row())));
    const memory_tier memory{{.max_bytes = 1U << 20}};
    cache<int, std::string> known{"balances", memory};
    const auto read = [&] {
        return **known.get_or_load(1, [&]() -> result<std::string> { return accounts.balances(); });
    };
    const auto pay = [&](transaction& tx) {
        tx.invalidate(known, 1);
        return step(tx, accounts.pay(1, 10));
    };
    CHECK(read() == "0 0 0 0");
    CHECK_FALSE(transact(db, [&](transaction& tx) -> result<void> {
        if (auto paid = pay(tx); !paid) return paid;
        return fail(errc::refused, "not after all");
    }));
    CHECK(known.get_or_load(1, [&]() -> result<std::string> { return "loaded"; })->source() ==
          cache_source::memory);
    REQUIRE(transact(db, [&](transaction& tx) -> result<void> {
        static_cast<void>(tx.savepoint([&]() -> result<void> {
            static_cast<void>(pay(tx));
            return fail(errc::refused, "undone");
        }));
        return step(tx, accounts.pay(1, 7));
    }));
    CHECK(read() == "0 0 0 0");
    std::string seen_by_hook;
    REQUIRE(transact(db, [&](transaction& tx) -> result<void> {
        tx.after_commit([&] { seen_by_hook = read(); });
        return pay(tx);
    }));
    CHECK(seen_by_hook == "17 0 0 0");
    CHECK(read() == "17 0 0 0");
}

TEST_CASE("a COMMIT that the server answers with ROLLBACK is an error", "[transaction]") {
    ledger accounts;
    auto own = must(connection::open(reach_row()));
    std::string called;
    const auto done = transact(own, [&](transaction& tx) -> result<void> {
        tx.after_rollback([&] { called += "rolled back"; });
        tx.after_commit([&] { called += "committed"; });
        if (auto paid = step(tx, accounts.pay(1, 10)); !paid) return paid;
        // Past the transaction, which does not learn of it.
        CHECK_FALSE(own.run(runtime("select 1/0")));
        return {};
    });
    REQUIRE_FALSE(done);
    CHECK(done.error().code() == errc::commit);
    CHECK_FALSE(done.error().may_have_run());
    CHECK(called == "rolled back");
    CHECK(own.state() == session_state::idle);
    CHECK(accounts.balances() == "0 0 0 0");
}
