// SPDX-License-Identifier: MIT
// The matchers honeydue offers to tests.
#include <honeydue/catch2.hpp>

#include <string_view>
#include <vector>

#include <catch2/catch_test_macros.hpp>

using namespace honeydue;

namespace {

void wait_for(std::string_view text) {
    const auto began = detail::begin_round_trip(std::vector{text});
    REQUIRE(began);
    detail::end_round_trip(*began);
}

}  // namespace

TEST_CASE("code that takes another number of round trips does not match, and is told what it sent",
          "[catch2]") {
    const auto twice = [] {
        wait_for("select a");
        wait_for("select b");
        return 7;
    };
    CHECK_THAT(twice, takes_round_trips(2));
    CHECK_THAT([] {}, takes_round_trips(0));
    const takes_round_trips one{1};
    CHECK_FALSE(one.match(twice));
    CHECK(one.describe() == "takes 1 round trip(s); it took 2: [select a] in 1, [select b] in 1");
}

TEST_CASE("what is asked once for each row is a repeated statement", "[catch2]") {
    const auto for_each_row = [] {
        wait_for("select task ids");
        for (int row = 0; row < 3; ++row)
            wait_for("select task");
    };
    const repeats_no_statement matcher;
    CHECK_FALSE(matcher.match(for_each_row));
    CHECK(matcher.describe() ==
          "repeats no statement in more than 1 round trip(s); it sent [select task] in 3");
    CHECK_THAT(for_each_row, repeats_no_statement(3));
    CHECK_THAT([] { wait_for("select all tasks"); }, repeats_no_statement());
}
