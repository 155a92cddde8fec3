// SPDX-License-Identifier: MIT
// Transactions when something fails at each point of the dialogue: what the caller is told is held
// against what the database keeps, and a stranger on the same pooler notices nothing.
#include <honeydue/transaction.hpp>

#include <atomic>
#include <chrono>
#include <csignal>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "ledger.hpp"
#include "plain_client.hpp"
#include "program.hpp"
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

/// Asks the row's server for words of its own, once and all the while, and counts other answers.
class stranger {
public:
    stranger() : thread_{[this] { watch(); }} {}
    ~stranger() { answered(); }

    /// How many answers were as asked; none were otherwise.
    int answered() {
        stop_ = true;
        if (thread_.joinable()) thread_.join();
        CHECK(surprises_ == 0);
        return answers_;
    }

private:
    void watch() {
        plain_client client{test_environment::shared().parameters()};
        int n = 0;
        do {
            const std::string word = "stranger " + std::to_string(++n);
            const auto rows = client.execute("select '" + word + "'");
            (rows.size() == 1 && rows[0] == text_row{word} ? answers_ : surprises_) += 1;
        } while (!stop_.load());
    }

    std::atomic<bool> stop_{false};
    int answers_ = 0;
    int surprises_ = 0;
    std::thread thread_;
};

int process_of(transaction& tx) {
    const std::vector<statement> asked{runtime("select pg_backend_pid()::bigint")};
    return static_cast<int>(number(must(tx.run(asked)).front()));
}

void signal_backend(const char* function, int process) {
    plain_client other{test_environment::shared().postgres().as_superuser()};
    other.execute("select " + std::string{function} + "(" + std::to_string(process) + ")");
}

/// What the caller of a payment of 10 to account 1 was told fits what the account holds.
void check_told(const ledger& accounts, const error* failure) {
    const std::string kept = accounts.balances();
    CHECK((kept == "10 0 0 0" || kept == "0 0 0 0"));
    if (failure == nullptr || failure->outcome() == outcome::ran) {
        CHECK(kept == "10 0 0 0");
    } else if (failure->outcome() == outcome::did_not_run) {
        CHECK(kept == "0 0 0 0");
    }
}

}  // namespace

TEST_CASE("SERIALIZABLE on a hot standby fails at BEGIN, and what reads is served there",
          "[transaction]") {
    postgres_server standby;
    standby.stop(SIGINT);
    standby.process().directory().write("data/standby.signal", "");
    standby.start();
    pgbouncer_server pooler{standby, {.kind = test_environment::shared().kind()}};
    const bool pooled = test_environment::shared().row() == test_row::pooled;
    auto db = must(pool::open(quiet(reach(pooled ? pooler.as_user() : standby.as_user()), 1, 1)));

    const transaction_options strict{.isolation = isolation::serializable};
    int entered = 0;
    const auto refused = transact(db, strict, [&](transaction& tx) {
        ++entered;
        return step(tx, runtime("select 1"));
    });
    REQUIRE_FALSE(refused);
    CHECK(refused.error().sqlstate() == "0A000"_sqlstate);
    CHECK_FALSE(refused.error().may_have_run());
    CHECK(entered == 1);
    const auto group = atomically(db, strict, runtime("select 1"), runtime("select 2"));
    REQUIRE_FALSE(group);
    CHECK(group.error().sqlstate() == "0A000"_sqlstate);
    CHECK(group.error().statement() == 0);

    const auto reads = transact(db, [&](transaction& tx) { return step(tx, runtime("select 1")); });
    CHECK(reads);
    const auto writes = transact(
        db, [&](transaction& tx) { return step(tx, runtime("create table nothing (n integer)")); });
    REQUIRE_FALSE(writes);
    CHECK(writes.error().sqlstate() == "25006"_sqlstate);
    CHECK(number(must(db.run(runtime("select 7::bigint")))) == 7);
}

TEST_CASE("a stray cancel undoes the transaction it hits, and is not taken for the deadline",
          "[transaction]") {
    ledger accounts;
    stranger other;
    auto db = must(pool::open(quiet(reach_row(), 2, 1)));
    std::thread canceller;
    const auto hit = transact(db, [&](transaction& tx) -> result<void> {
        if (auto paid = step(tx, accounts.pay(1, 10)); !paid) return paid;
        canceller = std::thread{[process = process_of(tx)] {
            std::this_thread::sleep_for(100ms);
            signal_backend("pg_cancel_backend", process);
        }};
        return step(tx, runtime("select pg_sleep(20)"));
    });
    canceller.join();
    REQUIRE_FALSE(hit);
    CHECK(hit.error().sqlstate() == "57014"_sqlstate);
    CHECK(hit.error().code() == errc::statement);
    CHECK(accounts.balances() == "0 0 0 0");
    CHECK(other.answered() > 0);
}

TEST_CASE("cancels at any moment, BEGIN and COMMIT included, leave all of a group or nothing",
          "[batch]") {
    ledger accounts;
    auto db = must(pool::open(quiet(reach_row(), 1, 1)));
    std::atomic<bool> stop{false};
    std::thread canceller{[&] {
        plain_client client{test_environment::shared().postgres().as_superuser()};
        while (!stop.load()) {
            client.execute("select pg_cancel_backend(pid) from pg_stat_activity where usename = '" +
                           test_environment::shared().postgres().user() + "'");
        }
    }};
    int kept = 0;
    int undone = 0;
    for (int i = 0; i < 300; ++i) {
        const auto done = atomically(db, {.isolation = isolation::repeatable_read},
                                     accounts.pay(1, 1), accounts.pay(2, 1));
        (done ? kept : undone) += 1;
        if (done) continue;
        INFO(explain(done.error()));
        CHECK_FALSE(done.error().may_have_run());
    }
    stop = true;
    canceller.join();
    const std::string n = std::to_string(kept);
    CHECK(accounts.balances() == n + " " + n + " 0 0");
    CHECK(kept + undone == 300);
}

TEST_CASE("what would end the transaction behind its back is refused, or undone by the server",
          "[transaction]") {
    ledger accounts;
    auto db = must(pool::open(quiet(reach_row())));
    auto own = must(connection::open(reach_row()));
    for (const char* text : {"commit", "rollback", "begin", "savepoint s", "call nothing()",
                             "copy ledger_account to stdout"}) {
        INFO(text);
        const auto group = atomically(own, accounts.pay(1, 10), runtime(text));
        REQUIRE_FALSE(group);
        CHECK(group.error().code() == errc::refused);
        CHECK_FALSE(atomically(db, accounts.pay(1, 10), runtime(text)));
        const auto inside = transact(own, [&](transaction& tx) -> result<void> {
            if (auto paid = step(tx, accounts.pay(1, 10)); !paid) return paid;
            return step(tx, runtime(text));
        });
        REQUIRE_FALSE(inside);
        CHECK(inside.error().code() == errc::refused);
    }
    const auto body = runtime("do $$ begin commit; end $$");
    const auto done = atomically(db, accounts.pay(1, 10), body, accounts.pay(2, 10));
    REQUIRE_FALSE(done);
    CHECK(done.error().sqlstate() == "2D000"_sqlstate);
    CHECK(done.error().statement() == 2);
    CHECK(own.state() == session_state::idle);
    CHECK(accounts.balances() == "0 0 0 0");
}

TEST_CASE("a backend killed before any step is told as such, and the body runs again",
          "[transaction]") {
    ledger accounts;
    stranger other;
    auto db = must(pool::open(quiet(reach_row(), 4, 2)));
    const int struck = GENERATE(1, 2, 3);
    const int attempts = GENERATE(1, 5);
    int entered = 0;
    const auto done = transact(db, {.attempts = attempts}, [&](transaction& tx) -> result<void> {
        const bool now = ++entered == 1;
        const int process = process_of(tx);
        for (int n = 1; n <= 3; ++n) {
            if (now && n == struck) signal_backend("pg_terminate_backend", process);
            if (n == 3) break;
            if (auto paid = step(tx, accounts.pay(n, 10)); !paid) return paid;
        }
        const auto last = tx.commit_with(accounts.pay(3, 10));
        if (!last) return tl::unexpected{last.error()};
        return {};
    });
    if (attempts == 1) {
        REQUIRE_FALSE(done);
        CHECK(done.error().connection_lost());
        CHECK(done.error().outcome() == outcome::did_not_run);
        CHECK(accounts.balances() == "0 0 0 0");
    } else {
        REQUIRE(done);
        CHECK(entered == 2);
        CHECK(accounts.balances() == "10 10 10 0");
    }
    CHECK(other.answered() > 0);
}

TEST_CASE("a group cut off at any byte of the dialogue is told as what became of it", "[batch]") {
    ledger accounts;
    stranger other;
    wire_proxy wire{test_environment::shared().port(), {}};
    const auto direction = GENERATE(wire_direction::to_server, wire_direction::to_client);
    for (std::uint64_t byte = 1; byte < 1400; byte += 91) {
        INFO("byte " << byte);
        const ledger fresh;
        auto db = must(pool::open(quiet(through(reach_row(), wire.port()), 2, 1)));
        wire.inject({.fault = wire_fault::reset, .direction = direction, .after_bytes = byte});
        const transaction_options proven{.proof = commit_proof::token, .timeout = 5s};
        const auto done = atomically(db, proven, accounts.pay(1, 10));
        check_told(accounts, done ? nullptr : &done.error());
        if (!done) {
            CHECK(done.error().outcome() != outcome::may_have_run);
        }
    }
    CHECK(other.answered() > 0);
}

TEST_CASE("a transaction cut off at any byte of the dialogue is told as what became of it",
          "[transaction]") {
    ledger accounts;
    wire_proxy wire{test_environment::shared().port(), {}};
    const auto direction = GENERATE(wire_direction::to_server, wire_direction::to_client);
    for (std::uint64_t byte = 1; byte < 2400; byte += 171) {
        INFO("byte " << byte);
        const ledger fresh;
        auto db = must(pool::open(quiet(through(reach_row(), wire.port()), 2, 1)));
        wire.inject({.fault = wire_fault::reset, .direction = direction, .after_bytes = byte});
        const transaction_options once{.timeout = 5s, .attempts = 1};
        const auto done = transact(db, once, [&](transaction& tx) -> result<void> {
            if (auto looked = step(tx, runtime("select 1")); !looked) return looked;
            return step(tx, accounts.pay(1, 10));
        });
        check_told(accounts, done ? nullptr : &done.error());
        if (!done) {
            CHECK(done.error().outcome() != outcome::may_have_run);
        }
    }
}

TEST_CASE("a single write is a transaction of its own, and its lost answer is no failure",
          "[batch]") {
    ledger accounts;
    wire_proxy wire{test_environment::shared().port(), {}};
    for (std::uint64_t byte = 1; byte < 260; byte += 37) {
        INFO("byte " << byte);
        const ledger fresh;
        auto db = must(pool::open(quiet(through(reach_row(), wire.port()), 2, 1)));
        wire.inject({.fault = wire_fault::reset,
                     .direction = wire_direction::to_client,
                     .after_bytes = byte});
        const auto done = execute(db, accounts.pay(1, 10));
        check_told(accounts, done ? nullptr : &done.error());
    }
}

/// Loses a transaction in `server`, whose number another transaction then bears: `replace` takes
/// the server down and brings it back without what it had not written down, or sent.
void loses_a_number(postgres_server& server, const std::function<void()>& replace) {
    auto db = must(pool::open(quiet(reach(server.as_user()), 2, 1)));
    std::string ours;
    const auto done = transact(db, [&](transaction& tx) -> result<void> {
        const statement asked = runtime("select pg_current_xact_id()::text");
        auto named = tx.run(std::span{&asked, 1});
        if (!named) return tl::unexpected{named.error()};
        ours = text(named->front());
        if (auto wrote = step(tx, runtime("insert into kept values (1)")); !wrote) return wrote;
        replace();
        plain_client client{server.as_user()};
        while (client.execute("insert into kept values (2) returning "
                              "pg_current_xact_id()::text")[0][0] != ours) {
        }
        return {};
    });
    plain_client client{server.as_user()};
    CHECK(client.execute("select pg_xact_status('" + ours + "'::xid8)")[0][0] == "committed");
    CHECK(client.execute("select count(*) from kept where n = 1")[0][0] == "0");
    REQUIRE_FALSE(done);
    CHECK(done.error().outcome() == outcome::may_have_run);
}

// The number is given out again, for nothing that bore it was written down.
TEST_CASE("after a crash the number of a lost transaction is another's, and is not believed",
          "[transaction]") {
    postgres_server fragile{{.writes = durability::full,
                             .settings = {"wal_writer_delay = 10s", "full_page_writes = off"}}};
    plain_client{fragile.as_user()}.execute("create table kept (n integer)");
    loses_a_number(fragile, [&] {
        fragile.stop(SIGQUIT);
        fragile.start();
    });
}

TEST_CASE("after a failover the number of a lost transaction is another's, and is not believed",
          "[transaction]") {
    postgres_server primary;
    plain_client{primary.as_user()}.execute("create table kept (n integer)");
    primary.stop(SIGINT);
    const auto& directory = primary.process().directory();
    const auto in_directory = [&](const std::vector<std::string>& command) {
        run_program(command, unprivileged_user(), directory.path());
    };
    in_directory({"/bin/cp", "-a", "data", "standby"});
    primary.start();
    loses_a_number(primary, [&] {
        primary.stop(SIGQUIT);
        in_directory({"/bin/mv", "data", "lost"});
        in_directory({"/bin/mv", "standby", "data"});
        directory.write("data/standby.signal", "");
        primary.start();
        plain_client{primary.as_superuser()}.execute("select pg_promote()");
    });
}
