// SPDX-License-Identifier: MIT
// Clocks, scopes, forks and budgets, told of waits by hand.
#include <honeydue/trace.hpp>

#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch_test_macros.hpp>

using namespace honeydue;

namespace {

/// One wait for the server, as an executor reports it. False when a budget refused it.
bool wait_for(std::string_view text = "select 1") {
    const auto began = detail::begin_round_trip(std::vector{text});
    if (began) detail::end_round_trip(*began);
    return began.has_value();
}

std::string refusal(std::string_view text) {
    const auto began = detail::begin_round_trip(std::vector{text});
    REQUIRE_FALSE(began);
    CHECK(began.error().code() == errc::round_trip_budget);
    return began.error().message();
}

}  // namespace

TEST_CASE("a scope counts the waits in it, and those of the scopes within", "[trace]") {
    const round_trips outer;
    wait_for();
    {
        const round_trips inner;
        wait_for();
        wait_for();
        CHECK(inner.count() == 2);
    }
    CHECK(outer.count() == 3);
}

TEST_CASE("waits that overlap on one thread cost as much as the longest", "[trace]") {
    const round_trips counted;
    const auto first = detail::begin_round_trip({});
    const auto second = detail::begin_round_trip({});
    detail::end_round_trip(*first);
    detail::end_round_trip(*second);
    CHECK(counted.count() == 1);
}

TEST_CASE("a branch counts from where it was forked, and joining takes the longer", "[trace]") {
    const round_trips counted;
    wait_for();
    auto branch = round_trips::fork();
    {
        const auto visit = branch.enter();
        const round_trips inside;
        wait_for();
        wait_for();
        wait_for();
        CHECK(inside.count() == 3);
    }
    CHECK(counted.count() == 1);
    wait_for();
    round_trips::join(branch);
    CHECK(counted.count() == 4);
}

TEST_CASE("joining a branch that was shorter adds nothing", "[trace]") {
    const round_trips counted;
    auto branch = round_trips::fork();
    {
        const auto visit = branch.enter();
        wait_for();
    }
    wait_for();
    wait_for();
    round_trips::join(branch);
    CHECK(counted.count() == 2);
}

TEST_CASE("a budget refuses the wait that would exceed it, and names what was sent", "[trace]") {
    const round_trip_budget budget{2};
    CHECK(wait_for("select first"));
    CHECK(wait_for("select second"));
    const auto message = refusal("select third");
    CHECK(message.find("2 allowed") != std::string::npos);
    CHECK(message.find("[select third]") != std::string::npos);
    CHECK(message.find("1. [select first] 2. [select second]") != std::string::npos);
    CHECK(budget.count() == 2);
}

TEST_CASE("a budget of none lets nothing leave", "[trace]") {
    const round_trip_budget budget{0};
    CHECK(refusal("select 1").find("sent so far: nothing") != std::string::npos);
}

TEST_CASE("all budgets that are open hold, and end with their scopes", "[trace]") {
    const round_trip_budget wide{3};
    {
        const round_trip_budget narrow{1};
        CHECK(wait_for());
        CHECK_FALSE(wait_for());
    }
    CHECK(wait_for());
    CHECK(wait_for());
    CHECK_FALSE(wait_for());
}

TEST_CASE("a budget follows the clock to another thread", "[trace]") {
    const round_trip_budget budget{1};
    auto branch = round_trips::fork();
    {
        const auto visit = branch.enter();
        CHECK(wait_for("select elsewhere"));
        CHECK(refusal("select more").find("[select elsewhere]") != std::string::npos);
    }
    CHECK(wait_for());  // at the same time as the branch: still the first
    round_trips::join(branch);
    CHECK(budget.count() == 1);
    CHECK_FALSE(wait_for());
}

TEST_CASE("a refusal is one line, and long texts are cut", "[trace]") {
    const round_trip_budget budget{0};
    const auto message = refusal("select\n" + std::string(5000, 'x'));
    CHECK(message.find('\n') == std::string::npos);
    CHECK(message.size() < 500);
}

TEST_CASE("a statement sent in more round trips than allowed is found, the most repeated first",
          "[trace]") {
    const repeated_statements watched{2};
    for (int i = 0; i < 3; ++i)
        wait_for("select b");
    for (int i = 0; i < 4; ++i)
        wait_for("select a");
    for (int i = 0; i < 2; ++i)
        wait_for("select c");
    const auto found = watched.found();
    REQUIRE(found.size() == 2);
    CHECK(found[0].text == "select a");
    CHECK(found[0].round_trips == 4);
    CHECK(found[1].text == "select b");
    CHECK(found[1].round_trips == 3);
}

TEST_CASE("many of one statement in one round trip are no repetition", "[trace]") {
    const repeated_statements watched{1};
    const std::vector<std::string_view> group(100, "insert");
    const auto began = detail::begin_round_trip(group);
    REQUIRE(began);
    detail::end_round_trip(*began);
    CHECK(watched.found().empty());
    CHECK(wait_for("insert"));
    CHECK(watched.found().size() == 1);
}

TEST_CASE("repetitions are those of the scope, on whichever thread its clock runs", "[trace]") {
    wait_for("select 1");
    const repeated_statements watched{1};
    CHECK(wait_for("select 1"));
    CHECK(watched.found().empty());
    auto branch = round_trips::fork();
    {
        const auto there = branch.enter();
        CHECK(wait_for("select 1"));
    }
    CHECK(watched.found().size() == 1);
}

TEST_CASE("a text the budget refused was not sent, and is not counted as repeated", "[trace]") {
    const repeated_statements watched{0};
    const round_trip_budget budget{0};
    CHECK_FALSE(wait_for("select 1"));
    CHECK(watched.found().empty());
}
