// SPDX-License-Identifier: MIT
// Connections that die, fall silent or talk nonsense: what the caller sees, and what becomes of
// them.
#include <honeydue/pool.hpp>
#include <honeydue/trace.hpp>

#include <atomic>
#include <chrono>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "loopback.hpp"
#include "pool_setting.hpp"
#include "scripted_server.hpp"
#include "wire_proxy.hpp"

using namespace honeydue;
using namespace honeydue::support;

namespace {

/// Ends every backend of the application's user, whoever is in front of it, and sees it gone.
void end_backends() {
    plain_client{test_environment::shared().postgres().as_superuser()}.execute(
        "select pg_terminate_backend(pid, 10000) from pg_stat_activity where usename = '" +
        test_environment::shared().postgres().user() + "'");
}

}  // namespace

TEST_CASE("a connection whose answer was given up is closed and replaced", "[pool]") {
    auto db = must(pool::open(quiet(reach_row(), 1, 1)));
    // A lease does not tell the server of the deadline, so the answer cannot come just in time.
    const auto late =
        must(db.acquire()).run(runtime("select pg_sleep(5)"), {.until = clock_type::now() + 100ms});
    REQUIRE_FALSE(late);
    CHECK(late.error().code() == errc::deadline);
    CHECK(must(db.acquire()).run(reading("select 1")));
    CHECK(db.stats().doubtful == 1);
    CHECK(db.stats().dialled == 2);
}

TEST_CASE("idle connections whose server has gone are skipped, and the caller sees nothing",
          "[pool]") {
    auto& servers = test_environment::shared();
    auto db = must(pool::open(asks_nothing(reach(servers.direct()))));
    end_backends();
    const round_trips counted;
    CHECK(number(must(db.run(runtime("select 3::bigint")))) == 3);
    CHECK(counted.count() == 1);
    CHECK(db.stats().found_dead >= 1);
    CHECK(comes_true([&] { return db.stats().idle == 3; }));
}

TEST_CASE("a read whose connection is lost under it is sent again, a write is not", "[pool]") {
    wire_proxy wire{test_environment::shared().port(), {.rtt = 20ms}};
    auto db = must(pool::open(asks_nothing(through(reach_row(), wire.port()), 2, 2)));
    // Strikes when the next statement has been forwarded.
    const auto strike = [&] { wire.inject({.fault = wire_fault::reset, .after_bytes = 1}); };
    strike();
    const round_trips counted;
    CHECK(number(must(db.run(reading("select 4::bigint")))) == 4);
    CHECK(counted.count() == 2);
    CHECK(db.stats().retried == 1);
    REQUIRE(comes_true([&] { return db.stats().idle == 2; }));

    strike();
    const auto write = db.run(runtime("select 4"));
    REQUIRE_FALSE(write);
    CHECK(write.error().connection_lost());
    CHECK(write.error().may_have_run());
    CHECK(db.stats().retried == 1);
}

TEST_CASE("a pool serves again after its server was away", "[pool]") {
    wire_proxy wire{test_environment::shared().port(), {.rtt = 20ms}};
    auto config = quiet(through(reach_row(), wire.port()));
    auto db = must(pool::open(config));
    wire.set_target(free_port());
    wire.inject({.fault = wire_fault::reset});
    CHECK_FALSE(db.run(runtime("select 1"), {.until = clock_type::now() + 300ms}));
    CHECK(comes_true([&] { return db.stats().dial_failures > 0; }));
    CHECK_FALSE(db.stats().last_dial_error.empty());
    wire.set_target(test_environment::shared().port());
    CHECK(comes_true([&] {
        return db.run(reading("select 1"), {.until = clock_type::now() + 1s}).has_value();
    }));
    CHECK(comes_true([&] { return db.stats().idle == 3; }));
}

TEST_CASE("a lease given back with its transaction open is lent again only when rolled back",
          "[pool]") {
    auto db = must(pool::open(quiet(reach_row(), 1, 1)));
    for (const char* last : {"select 1", "select 1 / 0"}) {
        {
            auto held = must(db.acquire());
            REQUIRE(held.run(control("begin")));
            (void)held.run(runtime(last));
        }
        auto next = must(db.acquire());
        CHECK(next.state() == session_state::idle);
    }
    CHECK(db.stats().rolled_back == 2);
    CHECK(db.stats().dialled == 1);
}

TEST_CASE(
    "a wire that swallows everything costs each caller his deadline, and the others are not lent",
    "[pool]") {
    wire_proxy wire{test_environment::shared().port(), {.rtt = 20ms}};
    auto config = quiet(through(reach_row(), wire.port()), 5, 5);
    config.leads_to = peer::unknown;  // or the pool may be asking just then
    auto db = must(pool::open(config));
    wire.inject({.fault = wire_fault::blackhole});
    std::vector<std::thread> callers;
    std::atomic<int> told{0};
    for (int i = 0; i < 2; ++i) {
        callers.emplace_back([&] {
            const auto answer = db.run(runtime("select 1"), {.until = in(1'100ms)});
            if (!answer && answer.error().code() == errc::deadline && answer.error().may_have_run())
                ++told;
        });
    }
    for (auto& one : callers)
        one.join();
    CHECK(told == 2);
    CHECK(comes_true([&] { return db.stats().idle == 5; }));
    CHECK(db.stats().silent == 2);
    CHECK(db.stats().purged == 3);
    CHECK(number(must(db.run(reading("select 7::bigint")))) == 7);
}

TEST_CASE("a result that stops coming in the middle ends at the deadline, and its connection too",
          "[pool]") {
    wire_proxy wire{test_environment::shared().port(), {.rtt = 20ms}};
    auto db = must(pool::open(quiet(through(reach_row(), wire.port()), 1, 1)));
    wire.inject({.fault = wire_fault::blackhole,
                 .direction = wire_direction::to_client,
                 .after_bytes = 20'000});
    std::size_t seen = 0;
    const auto broken =
        db.stream(runtime("select repeat('x', 1000) from generate_series(1, 100)"),
                  [&](const rows& part) { seen += part.size(); }, {.until = in(300ms)});
    REQUIRE_FALSE(broken);
    CHECK(broken.error().code() == errc::deadline);
    CHECK(broken.error().may_have_run());
    CHECK(seen > 0);
    CHECK(seen < 100);
    CHECK(number(must(db.run(reading("select 7::bigint")))) == 7);
    CHECK(db.stats().dialled == 2);
}

TEST_CASE("what no server should say closes the connection, and nobody reads another's answer",
          "[pool]") {
    struct nonsense {
        const char* what;
        std::string said;
    };
    const auto one = GENERATE(values<nonsense>({
        {"an extra ReadyForQuery", sound_answer() + ready_for_query()},
        {"ReadyForQuery alone", ready_for_query()},
        {"an unknown message", server_message('9') + sound_answer()},
        {"a second answer", sound_answer() + sound_answer()},
        {"an error without a SQLSTATE",
         server_message('E', std::string_view{"SERROR\0Mno\0\0", 12})},
        {"a row before its description", server_message('1') + server_message('2') +
                                             server_message('D', std::string_view{"\0\0", 2}) +
                                             ready_for_query()},
        {"garbage", std::string(64, '\xff')},
    }));
    CAPTURE(one.what);
    scripted_server server;
    endpoint to{.host = "127.0.0.1", .port = server.port(), .user = "u", .database = "d"};
    to.sslmode = sslmode::disable;
    auto config = quiet(to, 1, 1);
    config.leads_to = peer::unknown;
    auto db = must(pool::open(config));
    server.answer_with(one.said);
    (void)must(db.acquire()).run(runtime("select 1"), {.until = in(300ms)});
    server.answer_with(sound_answer());
    for (int i = 0; i < 3; ++i)
        CHECK(number(must(must(db.acquire()).run(runtime("select 1"), {.until = in(5s)}))) == 1);
    CHECK(server.clients() == 2);
}
