// SPDX-License-Identifier: MIT
// A pool on real servers: warm at once, one round trip for each call, and service again after
// faults.
#include <honeydue/pool.hpp>
#include <honeydue/trace.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "loopback.hpp"
#include "reach.hpp"
#include "wire_proxy.hpp"

using namespace honeydue;
using namespace honeydue::support;
using namespace std::chrono_literals;
using clock_type = std::chrono::steady_clock;

namespace {

pool_config quiet(const endpoint& to, std::size_t max_open = 5, std::size_t min_idle = 3) {
    pool_config config;
    config.server = to;
    config.max_open = max_open;
    config.min_idle = min_idle;
    config.log = [](std::string_view) {};
    return config;
}

std::int64_t number(const rows& from) {
    std::int64_t value = 0;
    REQUIRE(decode(from.at(0, 0), value) == codec_fault::none);
    return value;
}

statement reading(std::string sql) { return statement{std::move(sql), {}, {}, effect::reads}; }

/// Waits for what another thread brings about. False after ten seconds.
bool comes_true(const auto& what) {
    const auto until = clock_type::now() + 10s;
    while (clock_type::now() < until) {
        if (what()) return true;
        std::this_thread::sleep_for(5ms);
    }
    return what();
}

/// Ends every backend of the application's user, whoever is in front of it.
void end_backends() {
    plain_client{test_environment::shared().postgres().as_superuser()}.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity where usename = '" +
        test_environment::shared().postgres().user() + "'");
}

}  // namespace

TEST_CASE("a pool is warm when it opens, and says how it went", "[pool]") {
    auto config = quiet(reach_row(), 25, 20);
    std::string said;
    config.log = [&](std::string_view line) { said += line; };
    const auto opened = must(pool::open(config));
    const auto stats = opened.stats();
    CHECK(stats.idle == 20);
    CHECK(stats.open == 20);
    CHECK(stats.warm_up_requested == 20);
    CHECK(stats.warmed == 20);
    CHECK(said.find("requested=20 warmed=20") != std::string::npos);
}

TEST_CASE("a call on a warm pool is one round trip on the wire, and dials nothing", "[pool]") {
    wire_proxy wire{test_environment::shared().port(), {.rtt = 20ms}};
    auto db = must(pool::open(quiet(through(reach_row(), wire.port()))));
    const auto before = wire.snapshot();
    const round_trips counted;
    CHECK(number(must(db.run(reading("select 7::bigint")))) == 7);
    CHECK((wire.snapshot() - before).round_trips == 1);
    const std::vector group{control("begin"), runtime("select 1"), control("commit")};
    REQUIRE(db.run(group));
    REQUIRE(db.run(std::vector<statement>{}));
    CHECK(counted.count() == 2);
    CHECK((wire.snapshot() - before).round_trips == 2);
    CHECK((wire.snapshot() - before).connections == 0);
}

TEST_CASE("a streamed read through a pool is one round trip", "[pool]") {
    auto db = must(pool::open(quiet(reach_row())));
    const round_trips counted;
    std::size_t seen = 0;
    REQUIRE(db.stream(reading("select n from generate_series(1, 5000) n"),
                      [&](const rows& part) { seen += part.size(); }));
    CHECK(seen == 5000);
    CHECK(counted.count() == 1);
    CHECK(db.stats().idle == 3);
}

TEST_CASE("many threads share few connections, and each gets its own answer", "[pool]") {
    auto db = must(pool::open(quiet(reach_row(), 4, 4)));
    std::atomic<int> right{0};
    std::vector<std::thread> threads;
    for (std::int64_t t = 0; t < 16; ++t) {
        threads.emplace_back([&, t] {
            for (std::int64_t i = 0; i < 50; ++i) {
                auto answer = db.run(runtime("select $1::bigint", t * 1000 + i));
                std::int64_t value = -1;
                if (answer && decode(answer->at(0, 0), value) == codec_fault::none &&
                    value == t * 1000 + i)
                    ++right;
            }
        });
    }
    for (auto& one : threads)
        one.join();
    CHECK(right == 16 * 50);
    const auto stats = db.stats();
    CHECK(stats.open <= 4);
    CHECK(stats.idle == stats.open);
    CHECK(stats.acquired == 16 * 50);
}

TEST_CASE("a statement for a session of its own is refused by a pool, and by what it lends",
          "[pool]") {
    auto db = must(pool::open(quiet(reach_row(), 1, 1)));
    const statement listen{"listen news", {}, {}, effect::unknown, place::session};
    CHECK(db.run(listen).error().code() == errc::refused);
    CHECK(must(db.acquire()).run(listen).error().code() == errc::refused);
    CHECK(db.run(runtime("begin")).error().code() == errc::refused);
}

TEST_CASE("nobody waits longer than the deadline, and the error says what the pool looks like",
          "[pool]") {
    auto config = quiet(reach_row(), 1, 1);
    config.acquire_timeout = 50ms;
    auto db = must(pool::open(config));
    auto held = must(db.acquire());
    const auto refused = db.run(reading("select 1"));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code() == errc::pool_exhausted);
    CHECK(refused.error().message().find(
              "1 of 1 open, 1 in use, 0 idle, 0 connecting, 0 waiting") != std::string::npos);
    CHECK(refused.error().transient());
    CHECK(db.stats().timed_out == 1);
    CHECK(held.run(reading("select 1")));
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
    auto db = must(pool::open(quiet(reach(servers.direct()))));
    end_backends();
    std::this_thread::sleep_for(50ms);  // the FATAL is on its way
    const round_trips counted;
    CHECK(number(must(db.run(runtime("select 3::bigint")))) == 3);
    CHECK(counted.count() == 1);
    CHECK(db.stats().found_dead >= 1);
    CHECK(comes_true([&] { return db.stats().idle == 3; }));
}

TEST_CASE("a read whose connection is lost under it is sent again, a write is not", "[pool]") {
    wire_proxy wire{test_environment::shared().port(), {.rtt = 20ms}};
    auto db = must(pool::open(quiet(through(reach_row(), wire.port()), 2, 2)));
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

TEST_CASE("connections are replaced as they age while callers notice nothing", "[pool]") {
    auto config = quiet(reach_row(), 3, 2);
    config.max_lifetime = 300ms;
    auto db = must(pool::open(config));
    CHECK(comes_true([&] {
        CHECK(db.run(reading("select 1")));
        return db.stats().retired_for_age >= 4;
    }));
    CHECK(db.stats().waited == 0);
}

TEST_CASE("an unused connection above the floor is closed", "[pool]") {
    auto config = quiet(reach_row(), 3, 1);
    config.max_idle_time = 100ms;
    auto db = must(pool::open(config));
    {
        const auto first = must(db.acquire());
        const auto second = must(db.acquire());
        CHECK(db.stats().open == 2);
    }
    CHECK(comes_true([&] { return db.stats().open == 1; }));
    CHECK(db.stats().retired_idle == 1);
}

TEST_CASE("a closed pool refuses those who wait and those who come, and a lease may outlive it",
          "[pool]") {
    auto db = must(pool::open(quiet(reach_row(), 1, 1)));
    auto held = std::make_optional(must(db.acquire()));
    std::thread waits{[&] { CHECK(db.acquire().error().code() == errc::pool_closed); }};
    CHECK(comes_true([&] { return db.stats().waiting == 1; }));
    db.close();
    waits.join();
    CHECK(db.run(reading("select 1")).error().code() == errc::pool_closed);
    CHECK(held->run(reading("select 1")));
    { const pool gone = std::move(db); }
    CHECK(held->run(reading("select 1")));
    held.reset();
}

TEST_CASE("a pool whose endpoint is wrong does not open, and says which field and what to do",
          "[pool]") {
    auto config = quiet(reach_row());
    SECTION("password") {
        config.server.password = "wrong-p4ss";
        const auto failure = pool::open(config).error();
        CHECK(failure.code() == errc::authentication);
        CHECK(failure.message().find("POSTGRES_PASSWORD") != std::string::npos);
        CHECK(explain(failure).find("wrong-p4ss") == std::string::npos);
    }
    SECTION("nobody listens") {
        config.server.port = free_port();
        config.warm_up_timeout = 300ms;
        const auto failure = pool::open(config).error();
        CHECK(failure.code() == errc::connect);
        CHECK(failure.message().find("DB_PORT") != std::string::npos);
    }
}

TEST_CASE("a server that comes up during warm-up is met", "[pool]") {
    wire_proxy wire{free_port(), {}};
    auto config = quiet(through(reach_row(), wire.port()));
    std::thread later{[&] {
        std::this_thread::sleep_for(200ms);
        wire.set_target(test_environment::shared().port());
    }};
    const auto opened = pool::open(config);
    later.join();
    REQUIRE(opened);
    CHECK(opened->stats().warmed >= 1);
}

TEST_CASE("twenty connections warm in little more than the time of one", "[pool][.benchmark]") {
    wire_proxy wire{test_environment::shared().port(), {.rtt = 220ms}};
    const auto to = through(reach_row(), wire.port());
    const auto before = clock_type::now();
    REQUIRE(connection::open(to));
    const std::chrono::duration<double, std::milli> one = clock_type::now() - before;
    const auto stats = must(pool::open(quiet(to, 25, 20))).stats();
    WARN("one " << one.count() << " ms, first of twenty " << stats.first_warm.count()
                << " ms, all twenty " << stats.all_warm.count() << " ms");
    CHECK(stats.warmed == 20);
}

TEST_CASE("a pool with a budget has its share, and says how it came by it", "[pool]") {
    auto config = quiet(reach_row());
    config.budget = pool_budget{.server_limit = 25, .reserved = 15, .replicas = 4, .surge = 1};
    std::string said;
    config.log = [&](std::string_view line) { said += line; };
    const auto opened = must(pool::open(config));
    CHECK(opened.stats().max_open == 2);
    CHECK(opened.stats().warmed == 2);
    CHECK(said.find("max_open=2 of (25 server_limit - 15 reserved) / (4 replicas + 1 surge)") !=
          std::string::npos);
}

TEST_CASE("who could not be served in time is refused before waiting, and told what the pool is at",
          "[pool]") {
    auto config = quiet(reach_row(), 1, 1);
    config.acquire_timeout = 50ms;
    auto db = must(pool::open(config));
    REQUIRE(db.run(reading("select pg_sleep(0.5)::text")));
    const auto held = must(db.acquire());
    const auto refused = db.run(reading("select 1"));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code() == errc::pool_exhausted);
    CHECK(refused.error().message().find("no connection foreseen within") != std::string::npos);
    CHECK(refused.error().message().find(
              "1 of 1 open, 1 in use, 0 idle, 0 connecting, 0 waiting, longest in use") !=
          std::string::npos);
    CHECK(db.stats().refused_early == 1);
    CHECK(db.stats().timed_out == 0);
}

TEST_CASE("a connection kept for too long is warned about in the log", "[pool]") {
    auto config = quiet(reach_row(), 1, 1);
    config.leak_after = 20ms;
    std::mutex guard;
    std::string said;
    config.log = [&](std::string_view line) {
        const std::lock_guard lock{guard};
        said += line;
    };
    auto db = must(pool::open(config));
    const auto kept = must(db.acquire());
    CHECK(comes_true([&] {
        const std::lock_guard lock{guard};
        return said.find("has been in use for 20 ms (leak_after)") != std::string::npos;
    }));
    CHECK(db.stats().held_too_long == 1);
}

TEST_CASE("a pool learns what it leads to, unless it was told", "[pool]") {
    auto& servers = test_environment::shared();
    const bool pooled = GENERATE(false, true);
    const auto to =
        reach(pooled ? servers.pooled(pgbouncer_kind::tracking) : servers.postgres().as_user());
    auto asking = must(pool::open(quiet(to, 2, 2)));
    CHECK(comes_true([&] { return asking.stats().leads_to != peer::unasked; }));
    const auto stats = asking.stats();
    CHECK(stats.leads_to == (pooled ? peer::tracking_pooler : peer::server));
    CHECK(stats.idle == 2);
    CHECK(stats.tcp_round_trip > 0us);
    CHECK(asking.run(reading("select 1")));
    auto told = quiet(to, 2, 2);
    told.leads_to = peer::unknown;
    CHECK(must(pool::open(told)).stats().leads_to == peer::unknown);
}

TEST_CASE("sslmode=require is warned about once, for it does not check whom it talks to",
          "[pool]") {
    auto config = quiet(reach_row(), 1, 1);
    config.server.sslmode = sslmode::require;
    int warnings = 0;
    config.log = [&](std::string_view line) {
        if (line.find("sslmode=require") != std::string_view::npos) ++warnings;
    };
    REQUIRE(pool::open(config));
    REQUIRE(pool::open(config));
    CHECK(warnings == 1);
}
