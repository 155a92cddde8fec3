// SPDX-License-Identifier: MIT
// The counter and the wire agree, and a budget is kept before anything leaves.
#include <honeydue/connection.hpp>
#include <honeydue/pool.hpp>
#include <honeydue/trace.hpp>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "reach.hpp"
#include "wire_proxy.hpp"

using namespace honeydue;
using namespace honeydue::support;
using namespace std::chrono_literals;

namespace {

statement reading(std::string sql) { return statement{std::move(sql), {}, {}, effect::reads}; }

pool warm(const endpoint& to) {
    pool_config config;
    config.server = to;
    config.max_open = 3;
    config.min_idle = 3;
    config.leads_to = peer::unknown;  // its one question would be counted
    config.log = [](std::string_view) {};
    return must(pool::open(config));
}

}  // namespace

TEST_CASE("the counter says what the wire says", "[trace]") {
    wire_proxy wire{test_environment::shared().port(), {.rtt = 20ms}};
    auto db = warm(through(reach_row(), wire.port()));
    const auto before = wire.round_trips();
    const round_trips counted;
    const std::vector transaction{control("begin"), runtime("select 1"), runtime("select 2"),
                                  control("commit")};
    REQUIRE(db.run(reading("select 1")));
    CHECK_FALSE(db.run(reading("select 1 / 0")));
    REQUIRE(db.run(transaction));
    REQUIRE(db.stream(reading("select n from generate_series(1, 500) n"), [](const rows&) {}));
    CHECK(counted.count() == 4);
    CHECK(wire.round_trips() - before == 4);
}

TEST_CASE("a statement over the budget does not reach the wire", "[trace]") {
    wire_proxy wire{test_environment::shared().port(), {.rtt = 20ms}};
    auto db = warm(through(reach_row(), wire.port()));
    const auto before = wire.snapshot();
    const round_trip_budget budget{1};
    REQUIRE(db.run(reading("select 1 as allowed")));
    const auto refused = db.run(reading("select 2 as too_much"));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code() == errc::round_trip_budget);
    CHECK(refused.error().message().find("select 1 as allowed") != std::string::npos);
    CHECK((wire.snapshot() - before).round_trips == 1);
    CHECK(db.stats().idle == 3);
}

TEST_CASE("two threads that wait at the same time cost one round trip", "[trace]") {
    auto db = warm(reach_row());
    const round_trips counted;
    auto branch = round_trips::fork();
    std::thread other{[&] {
        const auto visit = branch.enter();
        CHECK(db.run(reading("select 1")));
    }};
    CHECK(db.run(reading("select 2")));
    other.join();
    round_trips::join(branch);
    CHECK(counted.count() == 1);
}

TEST_CASE("warm-up, refilling and rolling back are nobody's round trips", "[trace]") {
    const round_trips counted;
    auto db = warm(reach_row());
    {
        auto held = must(db.acquire());
        REQUIRE(held.run(control("begin")));
    }
    REQUIRE(db.run(reading("select 1")));
    CHECK(counted.count() == 2);
}
