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
#include "pool_setting.hpp"
#include "wire_proxy.hpp"

using namespace honeydue;
using namespace honeydue::support;

TEST_CASE("a call on a warm pool is one round trip on the wire, and dials nothing", "[pool]") {
    wire_proxy wire{test_environment::shared().port(), {.rtt = 20ms}};
    auto db = must(pool::open(asks_nothing(through(reach_row(), wire.port()))));
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

TEST_CASE("a pool's places say what they are for and how their connections answer", "[pool]") {
    wire_proxy wire{test_environment::shared().port(), {.rtt = 20ms}};
    auto db = must(pool::open(asks_nothing(through(reach_row(), wire.port()), 5, 3)));
    const auto in = [](const std::vector<pool_slot>& all, slot_state state) {
        return std::ranges::count(all, state, &pool_slot::state);
    };
    CHECK(in(db.slots(), slot_state::idle) == 3);
    CHECK(in(db.slots(), slot_state::empty) == 2);
    REQUIRE(db.run(reading("select 1")));
    auto all = db.slots();
    const auto known = std::ranges::find_if(all, [](auto& one) { return one.latency.has_value(); });
    REQUIRE(known != all.end());
    CHECK(*known->latency >= 20ms);
    CHECK(std::ranges::count_if(all, [](auto& one) { return one.latency.has_value(); }) == 1);
    const auto held = must(db.acquire());
    all = db.slots();
    CHECK(in(all, slot_state::in_use) == 1);
    CHECK(in(all, slot_state::idle) == 2);
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
