// SPDX-License-Identifier: MIT
// Deadlines of transactions and of their steps, kept by the server as well as by us.
#include <honeydue/transaction.hpp>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "ledger.hpp"
#include "plain_client.hpp"
#include "wire_proxy.hpp"

using namespace honeydue;
using namespace honeydue::support;
using namespace std::chrono_literals;

namespace {

result<rows> ask(transaction& tx, const statement& one, const sending& how = {}) {
    auto received = tx.run(std::span{&one, 1}, how);
    if (!received) return tl::unexpected{std::move(received.error())};
    return std::move(received->front());
}

statement limit() { return runtime("select current_setting('statement_timeout')"); }

/// "250ms", "3s" or "5min" as milliseconds.
double milliseconds_in(const std::string& setting) {
    plain_client client{test_environment::shared().direct()};
    return std::stod(
        client.execute("select extract(epoch from interval '" + setting + "') * 1000")[0][0]);
}

std::string backends_that(const std::string& condition) {
    plain_client client{test_environment::shared().postgres().as_superuser()};
    return client.execute(
        "select count(*) from pg_stat_activity where pid <> pg_backend_pid() and usename = '" +
        test_environment::shared().postgres().user() + "' and " + condition)[0][0];
}

}  // namespace

TEST_CASE("a transaction past its deadline is given up by us, and by the server", "[transaction]") {
    ledger accounts;
    auto db = must(pool::open(quiet(reach_row(), 2, 1)));
    const auto late = transact(db, {.timeout = 300ms}, [&](transaction& tx) -> result<void> {
        if (auto paid = ask(tx, accounts.pay(1, 10)); !paid) return tl::unexpected{paid.error()};
        return ask(tx, runtime("select pg_sleep(60)")).map([](const rows&) {});
    });
    REQUIRE_FALSE(late);
    CHECK(late.error().code() == errc::deadline);
    CHECK_FALSE(late.error().may_have_run());
    CHECK(comes_true([] {
        return backends_that(
                   "query like '%pg_sleep(60)%' and state = "
                   "'active'") == "0";
    }));
    const auto group = atomically(db, {.timeout = 300ms}, runtime("select pg_sleep(61)"));
    REQUIRE_FALSE(group);
    CHECK(group.error().code() == errc::deadline);
    CHECK(comes_true([] {
        return backends_that(
                   "query like '%pg_sleep(61)%' and state = "
                   "'active'") == "0";
    }));
    CHECK(accounts.balances() == "0 0 0 0");
}

TEST_CASE("a client that vanishes without a word holds no transaction open", "[transaction]") {
    ledger accounts;
    wire_proxy wire{test_environment::shared().port(), {}};
    auto db = must(pool::open(quiet(through(reach_row(), wire.port()), 2, 1)));
    const auto lost = transact(db, {.timeout = 500ms}, [&](transaction& tx) -> result<void> {
        if (auto paid = ask(tx, accounts.pay(1, 10)); !paid) return tl::unexpected{paid.error()};
        wire.inject({.fault = wire_fault::blackhole});
        return ask(tx, accounts.pay(1, 10)).map([](const rows&) {});
    });
    CHECK_FALSE(lost);
    CHECK(comes_true([] { return backends_that("state like 'idle in transaction%'") == "0"; }));
    auto other = must(connection::open(reach_row()));
    CHECK(other.run(accounts.pay(1, 5), {.until = std::chrono::steady_clock::now() + 5s}));
    CHECK(accounts.balances() == "5 0 0 0");
}

TEST_CASE("a step's own deadline is the server's too, and ends with the step", "[transaction]") {
    ledger accounts;
    wire_proxy wire{test_environment::shared().port(), {.rtt = 20ms}};
    auto db = must(pool::open(asks_nothing(through(reach_row(), wire.port()), 2, 1)));
    const auto before = wire.snapshot();
    const auto done = transact(db, {.timeout = 20s}, [&](transaction& tx) -> result<void> {
        const auto soon = [] { return sending{std::chrono::steady_clock::now() + 2s}; };
        const auto first = ask(tx, limit(), soon());
        if (!first) return tl::unexpected{first.error()};
        const auto between = ask(tx, limit());
        if (!between) return tl::unexpected{between.error()};
        const auto third = ask(tx, limit(), soon());
        if (!third) return tl::unexpected{third.error()};
        CHECK(milliseconds_in(text(*first)) <= 2000);
        CHECK(milliseconds_in(text(*between)) > 2000);
        CHECK(milliseconds_in(text(*between)) <= 20'000);
        CHECK(milliseconds_in(text(*third)) <= 2000);
        return tx.commit_with(limit()).map(
            [](const rows& last) { CHECK(milliseconds_in(text(last)) > 2000); });
    });
    REQUIRE(done);
    CHECK((wire.snapshot() - before).round_trips == 4);
    CHECK(text(must(db.run(limit()))) == "0");
}

TEST_CASE("a stricter limit of the server's own stands", "[transaction]") {
    ledger accounts;
    auto own = must(connection::open(reach(test_environment::shared().direct())));
    must(own.run(runtime("set statement_timeout = '150ms'")));
    const auto seen = transact(own, {.timeout = 20s}, [&](transaction& tx) -> result<std::string> {
        return ask(tx, limit()).map([](const rows& answer) { return text(answer); });
    });
    REQUIRE(seen);
    CHECK(*seen == "150ms");
    CHECK(text(must(own.run(limit()))) == "150ms");
}
