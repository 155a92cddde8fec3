// SPDX-License-Identifier: MIT
// A connection on real servers: what a sync group answers, what it costs, and how it ends.
#include <honeydue/connection.hpp>
#include <honeydue/trace.hpp>

#include <poll.h>

#include <chrono>
#include <csignal>
#include <numeric>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "reach.hpp"
#include "wire_proxy.hpp"

using namespace honeydue;
using namespace honeydue::support;
using namespace std::chrono_literals;
using clock_type = std::chrono::steady_clock;

namespace {

connection opened() { return must(connection::open(reach_row())); }

std::int64_t number(const rows& from, std::size_t row = 0, std::size_t column = 0) {
    std::int64_t value = 0;
    REQUIRE(decode(from.at(row, column), value) == codec_fault::none);
    return value;
}

std::string text(const rows& from, std::size_t row = 0, std::size_t column = 0) {
    std::string value;
    REQUIRE(decode(from.at(row, column), value) == codec_fault::none);
    return value;
}

statement reading(std::string sql) { return statement{std::move(sql), {}, {}, effect::reads}; }

/// A table of this program's own, gone at the end.
class scratch_table {
public:
    scratch_table(connection& on, const std::string& columns)
        : name_{"scratch_" + std::to_string(::getpid()) + "_" + std::to_string(++made)} {
        REQUIRE(on.run(runtime("create table " + name_ + " (" + columns + ")")));
    }
    ~scratch_table() { (void)opened().run(runtime("drop table if exists " + name_)); }
    scratch_table(const scratch_table&) = delete;
    scratch_table& operator=(const scratch_table&) = delete;

    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] std::int64_t count() const {
        return number(opened().run(runtime("select count(*) from " + name_)).value());
    }

private:
    static inline int made = 0;
    std::string name_;
};

}  // namespace

TEST_CASE("parameters and results travel in binary and come back as they went", "[connection]") {
    auto on = opened();
    const auto answer = on.run(runtime("select $1::bigint * 2, $2::text, null::text",
                                       std::int64_t{21}, std::string{"h\u00e9"}));
    REQUIRE(answer);
    CHECK(answer->size() == 1);
    CHECK(answer->columns() == 3);
    CHECK(answer->column_type(0) == oids::int8);
    CHECK(number(*answer) == 42);
    CHECK(text(*answer, 0, 1) == "h\u00e9");
    CHECK(answer->at(0, 2).is_null());
    CHECK(answer->tag() == "SELECT 1");
}

TEST_CASE("a group answers one result for each statement, in order", "[connection]") {
    auto on = opened();
    const std::vector group{runtime("select 1::bigint"), runtime("select 2::bigint"),
                            runtime("select 3::bigint")};
    const auto answers = on.run(group);
    REQUIRE(answers);
    REQUIRE(answers->size() == 3);
    for (std::size_t i = 0; i < 3; ++i)
        CHECK(number((*answers)[i]) == static_cast<std::int64_t>(i) + 1);
    CHECK(on.state() == session_state::idle);
}

TEST_CASE("the error of a group is the one of the statement that failed", "[connection]") {
    auto on = opened();
    const scratch_table table{on, "id bigint primary key"};
    const std::vector group{runtime("insert into " + table.name() + " values (1)"),
                            runtime("select 1 / 0"),
                            runtime("insert into " + table.name() + " values (2)")};
    const auto answer = on.run(group);
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code() == errc::statement);
    CHECK(answer.error().sqlstate() == "22012"_sqlstate);
    CHECK_FALSE(answer.error().may_have_run());
    CHECK(table.count() == 0);
    CHECK(on.state() == session_state::idle);
    CHECK(on.run(runtime("select 1")));
}

TEST_CASE("a deferred constraint fails a group whose statements were all well", "[connection]") {
    auto on = opened();
    const scratch_table table{on, "id bigint unique deferrable initially deferred"};
    const std::string insert = "insert into " + table.name() + " values (7)";
    const auto answer = on.run(std::vector{runtime(insert), runtime(insert)});
    REQUIRE_FALSE(answer);
    CHECK(answer.error().sqlstate() == "23505"_sqlstate);
    CHECK(table.count() == 0);
}

TEST_CASE("a transaction that failed is seen in the state until it is rolled back",
          "[connection]") {
    auto on = opened();
    CHECK_FALSE(on.run(std::vector{runtime("begin"), runtime("select 1 / 0"), runtime("commit")}));
    CHECK(on.state() == session_state::failed_transaction);
    CHECK(on.run(runtime("rollback")));
    CHECK(on.state() == session_state::idle);
    CHECK(on.run(runtime("begin")));
    CHECK(on.state() == session_state::in_transaction);
    CHECK(on.run(runtime("rollback")));
}

TEST_CASE("what cannot be sent is refused before anything leaves", "[connection]") {
    auto on = opened();
    const statement lock{"select 1 for update", {}, {}, effect::reads, place::in_transaction};
    const statement vacuum{"vacuum", {}, {}, effect::writes, place::alone};
    const round_trips counted;
    CHECK(on.run(lock).error().code() == errc::refused);
    CHECK(on.run(std::vector{vacuum, vacuum}).error().code() == errc::refused);
    CHECK(on.run(runtime("select $1::text", std::string("a\0b", 3))).error().code() ==
          errc::encode);
    CHECK(on.run(runtime("select 1"), {.until = clock_type::now() - 1s}).error().code() ==
          errc::deadline);
    CHECK(counted.count() == 0);
    CHECK(on.state() == session_state::idle);
}

TEST_CASE("a group is one round trip on the wire, whatever is in it", "[connection]") {
    wire_proxy wire{test_environment::shared().port(), {.rtt = 20ms}};
    auto on = must(connection::open(through(reach_row(), wire.port())));
    const auto before = wire.snapshot();
    const round_trips counted;
    REQUIRE(on.run(runtime("select 1")));
    CHECK((wire.snapshot() - before).round_trips == 1);
    REQUIRE(on.run(std::vector{runtime("begin"), runtime("select 1"), runtime("select 2"),
                               runtime("commit")}));
    CHECK((wire.snapshot() - before).round_trips == 2);
    REQUIRE(on.run(std::vector<statement>{}));
    CHECK((wire.snapshot() - before).round_trips == 2);
    CHECK(counted.count() == 2);
}

TEST_CASE("a group larger than every buffer is written while its answers are read",
          "[connection]") {
    auto on = opened();
    const std::string big(300'000, 'x');
    std::vector<statement> group;
    for (int i = 0; i < 60; ++i)
        group.push_back(runtime("select $1::text", big));
    const auto answers = on.run(group);
    REQUIRE(answers);
    for (const rows& one : *answers)
        CHECK(one.at(0, 0).size == 300'000);
}

TEST_CASE("a streamed result arrives in parts and is one round trip", "[connection]") {
    auto on = opened();
    const round_trips counted;
    std::int64_t sum = 0;
    std::size_t largest = 0;
    const auto streamed =
        on.stream(reading("select n from generate_series(1, 10000) n"), [&](const rows& part) {
            largest = std::max(largest, part.size());
            for (std::size_t i = 0; i < part.size(); ++i) {
                std::int32_t value = 0;
                if (decode(part.at(i, 0), value) == codec_fault::none) sum += value;
            }
        });
    REQUIRE(streamed);
    CHECK(sum == 50'005'000);
    CHECK(largest < 1000);
    CHECK(counted.count() == 1);
    CHECK(on.state() == session_state::idle);
}

TEST_CASE("a streamed statement that fails in the middle gives its rows and then the error",
          "[connection]") {
    auto on = opened();
    std::size_t seen = 0;
    const auto streamed = on.stream(reading("select 1 / (500 - n) from generate_series(1, 1000) n"),
                                    [&](const rows& part) { seen += part.size(); });
    REQUIRE_FALSE(streamed);
    CHECK(streamed.error().sqlstate() == "22012"_sqlstate);
    CHECK(seen <= 499);
    CHECK(on.state() == session_state::idle);
}

TEST_CASE("a sink that gives up, or throws, closes the connection", "[connection]") {
    const auto series = reading("select n from generate_series(1, 1000000) n");
    auto first = opened();
    const auto streamed = first.stream(
        series, [](const rows&) -> result<void> { return fail(errc::decode, "enough"); });
    REQUIRE_FALSE(streamed);
    CHECK(streamed.error().message() == "enough");
    CHECK(first.state() == session_state::abandoned);

    auto second = opened();
    CHECK_THROWS_AS((void)second.stream(series, [](const rows&) { throw 1; }), int);
    CHECK(second.state() == session_state::abandoned);
    CHECK(second.run(runtime("select 1")).error().code() == errc::connection_lost);
}

TEST_CASE("COPY in a group is refused by the protocol, and closes the connection", "[connection]") {
    auto on = opened();
    const auto answer = on.run(runtime("copy (select 1) to stdout"));
    REQUIRE_FALSE(answer);
    CHECK(on.state() == session_state::abandoned);
}

TEST_CASE("an answer that does not come before the deadline closes the connection",
          "[connection]") {
    auto on = opened();
    const auto reads = on.run(reading("select pg_sleep(5)"), {.until = clock_type::now() + 100ms});
    REQUIRE_FALSE(reads);
    CHECK(reads.error().code() == errc::deadline);
    CHECK_FALSE(reads.error().may_have_run());
    CHECK(on.state() == session_state::abandoned);

    auto other = opened();
    const auto writes =
        other.run(runtime("select pg_sleep(5)"), {.until = clock_type::now() + 100ms});
    CHECK(writes.error().may_have_run());
}

TEST_CASE("the server keeps a deadline too when it is told, in the same flight and for no longer",
          "[connection]") {
    wire_proxy wire{test_environment::shared().port(), {.rtt = 20ms}};
    auto on = must(connection::open(through(reach_row(), wire.port())));
    const auto before = wire.round_trips();
    const statement ask = reading("select current_setting('statement_timeout')");
    const auto within = [](std::chrono::milliseconds time) {
        return sending{.until = clock_type::now() + time, .kept_by = limiter::both};
    };
    const auto limit = text(must(on.run(ask, within(5s))));
    CHECK(limit.ends_with("ms"));
    CHECK(text(must(on.run(ask))) == "0");

    const std::vector framed{runtime("begin"), ask, runtime("commit")};
    const auto answers = must(on.run(framed, within(5s)));
    REQUIRE(answers.size() == 3);
    CHECK(text(answers[1]).ends_with("ms"));
    CHECK(answers[2].tag() == "COMMIT");
    CHECK(wire.round_trips() - before == 3);
}

TEST_CASE("a limit never loosens a stricter one", "[connection]") {
    auto on = opened();
    REQUIRE(on.run(std::vector{runtime("begin"), runtime("set local statement_timeout = '7s'")}));
    const sending how{.until = clock_type::now() + 60s, .kept_by = limiter::both};
    CHECK(text(must(on.run(reading("select current_setting('statement_timeout')"), how))) == "7s");
    REQUIRE(on.run(runtime("rollback")));
}

TEST_CASE("two connections are driven from one poll loop", "[connection]") {
    const auto begin = clock_type::now();
    std::vector<connection> both;
    for (int i = 0; i < 2; ++i)
        both.push_back(must(connection::start(reach_row(), begin + 10s, begin)));
    const auto loop_until = [&](auto done) {
        while (!done(both[0]) || !done(both[1])) {
            std::vector<pollfd> watched;
            for (const connection& one : both) {
                const interest wanted = one.wants();
                const bool read = wanted == interest::read || wanted == interest::read_and_write;
                const bool write = wanted == interest::write || wanted == interest::read_and_write;
                watched.push_back({done(one) ? -1 : one.fd(),
                                   static_cast<short>((read ? POLLIN : 0) | (write ? POLLOUT : 0)),
                                   0});
            }
            REQUIRE(::poll(watched.data(), watched.size(), 5000) > 0);
            for (connection& one : both)
                REQUIRE(one.advance(clock_type::now()));
        }
    };
    loop_until([](const connection& one) { return one.state() == session_state::idle; });

    const round_trips counted;
    const statement asked = reading("select 5::bigint from pg_sleep(0.05)");
    for (connection& one : both)
        REQUIRE(one.send(std::span{&asked, 1}, {}, clock_type::now()));
    loop_until([](const connection& one) { return one.answered(); });
    for (connection& one : both)
        CHECK(number(one.take().value().front()) == 5);
    CHECK(counted.count() == 1);
}

TEST_CASE("a second group is refused while one is under way", "[connection]") {
    auto on = opened();
    const statement asked = reading("select 1::bigint");
    REQUIRE(on.send(std::span{&asked, 1}, {}, clock_type::now()));
    CHECK(on.state() == session_state::busy);
    CHECK(on.run(asked).error().code() == errc::refused);
    while (!on.answered())
        REQUIRE(on.advance(clock_type::now()));
    CHECK(number(on.take().value().front()) == 1);
}

TEST_CASE("a backend that is ended while idle is noticed without a round trip", "[connection]") {
    auto& servers = test_environment::shared();
    auto on = must(connection::open(reach(servers.direct())));
    CHECK(on.alive());
    plain_client{servers.postgres().as_superuser()}.execute("select pg_terminate_backend(" +
                                                            std::to_string(on.process()) + ")");
    pollfd hung_up{on.fd(), POLLIN | POLLRDHUP, 0};
    REQUIRE(::poll(&hung_up, 1, 5000) == 1);
    const round_trips counted;
    CHECK_FALSE(on.alive());
    CHECK(on.state() == session_state::broken);
    CHECK(counted.count() == 0);
}

TEST_CASE("a backend that is ended under a statement says why", "[connection]") {
    auto& servers = test_environment::shared();
    auto on = must(connection::open(reach(servers.direct())));
    const statement slow = runtime("select pg_sleep(30)");
    REQUIRE(on.send(std::span{&slow, 1}, {}, clock_type::now()));
    plain_client killer{servers.postgres().as_superuser()};
    const std::string pid = std::to_string(on.process());
    while (killer.execute("select 1 from pg_stat_activity where state = 'active' and pid = " + pid)
               .empty()) {
    }
    killer.execute("select pg_terminate_backend(" + pid + ")");
    result<void> advanced;
    while (!on.answered() && advanced)
        advanced = on.advance(clock_type::now());
    const error failure = advanced ? on.take().error() : advanced.error();
    CHECK(failure.connection_lost());
    CHECK(failure.sqlstate() == "57P01"_sqlstate);
    CHECK(failure.may_have_run());
    CHECK(on.state() == session_state::broken);
}

TEST_CASE("of several errors in one answer the first is kept", "[connection]") {
    // The backend's own FATAL comes first; PgBouncer then sends one of its own.
    auto& servers = test_environment::shared();
    auto on = must(connection::open(reach(servers.pooled(pgbouncer_kind::packaged))));
    const statement slow = runtime("select pg_sleep(30) /* first error */");
    REQUIRE(on.send(std::span{&slow, 1}, {}, clock_type::now()));
    plain_client killer{servers.postgres().as_superuser()};
    while (killer
               .execute("select pg_terminate_backend(pid) from pg_stat_activity where state = "
                        "'active' and query like 'select pg_sleep(30) /* first error */'")
               .empty()) {
    }
    result<void> advanced;
    while (!on.answered() && advanced)
        advanced = on.advance(clock_type::now());
    const error failure = advanced ? on.take().error() : advanced.error();
    CHECK(failure.connection_lost());
    CHECK(failure.sqlstate() == "57P01"_sqlstate);
}

TEST_CASE("a connection that is reset under a write may have run, under a read has not",
          "[connection]") {
    wire_proxy wire{test_environment::shared().port(), {.rtt = 20ms}};
    for (const effect does : {effect::writes, effect::reads}) {
        auto on = must(connection::open(through(reach_row(), wire.port())));
        const statement asked{"select pg_sleep(30)", {}, {}, does};
        REQUIRE(on.send(std::span{&asked, 1}, {}, clock_type::now()));
        wire.inject({.fault = wire_fault::reset});
        result<void> advanced;
        while (!on.answered() && advanced)
            advanced = on.advance(clock_type::now());
        const error failure = advanced ? on.take().error() : advanced.error();
        CHECK(failure.code() == errc::connection_lost);
        CHECK(failure.sqlstate().empty());
        CHECK(failure.may_have_run() == (does == effect::writes));
        CHECK(failure.message().find('\n') == std::string::npos);
    }
}

TEST_CASE("what a connection leads to is found in one round trip", "[connection]") {
    auto& servers = test_environment::shared();
    const round_trips counted;
    auto direct = must(connection::open(reach(servers.postgres().as_user())));
    CHECK(must(direct.probe()) == peer::server);
    CHECK(counted.count() == 1);
    CHECK(direct.state() == session_state::idle);
    CHECK(direct.tcp_round_trip() > std::chrono::microseconds{0});
    auto old = must(connection::open(reach(servers.pooled(pgbouncer_kind::packaged))));
    CHECK(must(old.probe()) == peer::unknown);
    auto following = must(connection::open(reach(servers.pooled(pgbouncer_kind::tracking))));
    CHECK(must(following.probe()) == peer::tracking_pooler);
    CHECK(must(following.probe()) == peer::tracking_pooler);
}
