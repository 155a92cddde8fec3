// SPDX-License-Identifier: MIT
// Connections that age, and those nobody uses.
#include <honeydue/pool.hpp>
#include <honeydue/trace.hpp>

#include <algorithm>
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

namespace {

/// A pool under load from `threads` threads for `length`, and how its requests fared.
struct load {
    std::chrono::milliseconds rtt;
    std::chrono::milliseconds lifetime;
    std::chrono::milliseconds length;
    std::size_t threads;
};

struct outcome_of_load {
    pool_stats stats;
    std::vector<std::chrono::nanoseconds> took{};
    std::uint64_t failed = 0;
};

outcome_of_load run_under(const load& how) {
    wire_proxy wire{test_environment::shared().port(), {.rtt = how.rtt}};
    auto config = quiet(through(reach_row(), wire.port()), 25, 20);
    config.max_lifetime = how.lifetime;
    auto db = must(pool::open(config));
    outcome_of_load seen;
    std::mutex guard;
    std::vector<std::thread> threads;
    const auto end = in(how.length);
    for (std::size_t t = 0; t < how.threads; ++t) {
        threads.emplace_back([&] {
            while (clock_type::now() < end) {
                const auto begin = clock_type::now();
                const bool well = db.run(reading("select 1")).has_value();
                const std::lock_guard lock{guard};
                seen.took.push_back(clock_type::now() - begin);
                if (!well) ++seen.failed;
            }
        });
    }
    for (std::thread& one : threads)
        one.join();
    seen.stats = db.stats();
    std::ranges::sort(seen.took);
    return seen;
}

/// Of a sorted row of times.
double percentile(const std::vector<std::chrono::nanoseconds>& of, std::size_t percent) {
    const auto at = std::min(of.size() * percent / 100, of.size() - 1);
    return std::chrono::duration<double, std::milli>{of[at]}.count();
}

}  // namespace

TEST_CASE("a lifetime passes under load, and no request waits for a handshake", "[pool]") {
    const auto seen = run_under({.rtt = 20ms, .lifetime = 1s, .length = 2'500ms, .threads = 10});
    CHECK(seen.stats.retired_for_age >= 20);
    CHECK(seen.stats.waited == 0);
    CHECK(seen.failed == 0);
}

TEST_CASE("a lifetime passes under load at 220 ms", "[.long][pool]") {
    const auto seen = run_under({.rtt = 220ms, .lifetime = 20s, .length = 60s, .threads = 15});
    WARN(seen.took.size() << " requests, " << seen.stats.retired_for_age << " retired, "
                          << seen.stats.waited << " handshakes in the path, p50 "
                          << percentile(seen.took, 50) << " ms, p99 " << percentile(seen.took, 99)
                          << " ms");
    CHECK(seen.stats.waited == 0);
    CHECK(seen.failed == 0);
}

namespace {

/// Rests for so long, then asks: one round trip, and nothing else on the wire.
void ask_after(std::chrono::milliseconds rest) {
    wire_proxy wire{test_environment::shared().port(), {.rtt = 20ms}};
    auto db = must(pool::open(quiet(through(reach_row(), wire.port()))));
    REQUIRE(comes_true([&] { return db.stats().leads_to != peer::unasked; }));
    const auto before = wire.snapshot();
    std::this_thread::sleep_for(rest);
    CHECK((wire.snapshot() - before).round_trips == 0);
    REQUIRE(db.run(reading("select 1")));
    CHECK((wire.snapshot() - before).round_trips == 1);
    CHECK((wire.snapshot() - before).connections == 0);
}

}  // namespace

TEST_CASE("a call after a rest is one round trip, and the rest is none", "[pool]") {
    ask_after(1'500ms);
}

TEST_CASE("a call after a minute's rest is one round trip", "[.long][pool]") { ask_after(60s); }
