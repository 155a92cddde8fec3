// SPDX-License-Identifier: MIT
// What a pool says of itself.
#include <honeydue/pool.hpp>

#include <algorithm>
#include <chrono>
#include <string_view>

#include <catch2/catch_test_macros.hpp>

using namespace honeydue;
using namespace std::chrono_literals;

TEST_CASE("a pool's numbers carry OpenTelemetry's names, and seconds for times", "[pool]") {
    pool_stats stats;
    stats.idle = 3;
    stats.in_use = 2;
    stats.ejected = 7;
    stats.tcp_round_trip = 220ms;
    const auto all = metrics(stats);
    const auto value = [&](std::string_view name, std::string_view attributes) {
        const auto found = std::ranges::find_if(all, [&](const metric& one) {
            return one.name == name && one.attributes == attributes;
        });
        REQUIRE(found != all.end());
        return found->value;
    };
    CHECK(value("db.client.connection.count", "db.client.connection.state=idle") == 3.0);
    CHECK(value("db.client.connection.count", "db.client.connection.state=used") == 2.0);
    CHECK(value("honeydue.pool.evictions", "reason=slow") == 7.0);
    CHECK(value("honeydue.pool.tcp_round_trip", "") == 0.22);
    CHECK(all.size() == metrics({}).size());
}

TEST_CASE("what a place is for has a name", "[pool]") {
    CHECK(name(slot_state::empty) == "empty");
    CHECK(name(slot_state::in_use) == "in_use");
    CHECK(name(slot_state::closing) == "closing");
}
