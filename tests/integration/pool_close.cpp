// SPDX-License-Identifier: MIT
// Closing a pool that is in use.
#include <honeydue/pool.hpp>
#include <honeydue/trace.hpp>

#include <chrono>
#include <deque>
#include <functional>
#include <optional>
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

namespace {

/// What became of a call on a thread of its own.
struct call {
    explicit call(std::function<result<rows>()> what)
        : thread{[this, what = std::move(what)] { answer = what(); }} {}
    call(call&&) = delete;
    ~call() {
        if (thread.joinable()) thread.join();
    }

    std::optional<result<rows>> answer;
    std::thread thread;
};

}  // namespace

TEST_CASE("a pool that closes lets those in use finish, and turns all others away at once",
          "[pool]") {
    auto db = must(pool::open(quiet(reach_row(), 10, 10)));
    std::deque<call> working;
    for (int i = 0; i < 10; ++i)
        working.emplace_back([&] { return db.run(runtime("select pg_sleep(0.3)::text")); });
    REQUIRE(comes_true([&] { return db.stats().in_use == 10; }));
    std::deque<call> waiting;
    for (int i = 0; i < 5; ++i)
        waiting.emplace_back([&] { return db.run(reading("select 1")); });
    REQUIRE(comes_true([&] { return db.stats().waiting == 5; }));
    db.close(in(10s));
    for (auto& one : working)
        one.thread.join();
    for (const call& one : working)
        CHECK(one.answer->has_value());
    for (auto& one : waiting)
        one.thread.join();
    for (const call& one : waiting)
        CHECK(one.answer->error().code() == errc::pool_closed);
    CHECK(db.run(reading("select 1")).error().code() == errc::pool_closed);
    CHECK(db.stats().open == 0);
    db.close(in(10s));
    db.close();
}

TEST_CASE("what is in use at the end of the drain is cut off, in a call or between two", "[pool]") {
    auto db = must(pool::open(quiet(reach_row(), 3, 3)));
    auto held = must(db.acquire());
    REQUIRE(held.run(control("begin")));
    call endless{[&] { return db.run(runtime("select pg_sleep(60)::text")); }};
    call streaming{[&]() -> result<rows> {
        auto done = db.stream(reading("select pg_sleep(0.01) from generate_series(1, 10000)"),
                              [](const rows&) {});
        if (!done) return tl::unexpected{done.error()};
        return rows{};
    }};
    REQUIRE(comes_true([&] { return db.stats().in_use == 3; }));
    db.close(in(100ms));
    endless.thread.join();
    streaming.thread.join();
    CHECK(endless.answer->error().code() == errc::pool_closed);
    CHECK(endless.answer->error().may_have_run());
    CHECK(streaming.answer->error().code() == errc::pool_closed);
    CHECK(held.state() == session_state::broken);
    CHECK(held.run(reading("select 1")).error().code() == errc::pool_closed);
}

TEST_CASE("dials under way are given up when the pool closes", "[pool]") {
    wire_proxy wire{test_environment::shared().port(), {.rtt = 20ms}};
    auto db = must(pool::open(quiet(through(reach_row(), wire.port()), 3, 1)));
    const auto held = must(db.acquire());
    wire.inject_into_new(fault_order{.fault = wire_fault::blackhole});
    std::deque<call> waiting;
    for (int i = 0; i < 2; ++i)
        waiting.emplace_back([&] { return db.run(reading("select 1")); });
    REQUIRE(comes_true([&] { return db.stats().connecting == 2; }));
    db.close(in(50ms));
    for (auto& one : waiting)
        one.thread.join();
    for (const call& one : waiting)
        CHECK(one.answer->error().code() == errc::pool_closed);
    CHECK(db.stats().connecting == 0);
}
