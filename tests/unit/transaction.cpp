// SPDX-License-Identifier: MIT
// When a transaction's body is tried again, and that the judge of the chaos run can be made to
// complain.
#include <honeydue/transaction.hpp>

#include <algorithm>
#include <chrono>
#include <string>

#include <catch2/catch_test_macros.hpp>

#include "support/programs/chaos/schedule.hpp"
#include "support/programs/chaos/verdicts.hpp"
#include "transaction_link.hpp"

using namespace honeydue;
using namespace std::chrono_literals;

namespace {

error reported(std::string_view state, std::string severity = "ERROR") {
    server_report report;
    report.severity = std::move(severity);
    return {errc::statement, sqlstate{state}, std::move(report)};
}

bool again_after(const error& failure, verdict ended = verdict::rolled_back) {
    detail::attempts tries{{.timeout = 5s, .attempts = 2}};
    return tries.again(failure, ended);
}

chaos::evidence evidence_of(chaos::told outcome, int rows) {
    chaos::evidence seen;
    seen.transfers.push_back({1, chaos::form::atomically, outcome, 10ms, 3'000ms});
    if (rows > 0) seen.kept[1] = rows;
    seen.bystander_answers = 1;
    return seen;
}

bool is_clean(const chaos::evidence& seen) {
    return std::ranges::all_of(chaos::judge_all(seen), &chaos::finding::kept);
}

}  // namespace

TEST_CASE("a body runs again after what the server gave up for others, or a lost connection",
          "[transaction]") {
    CHECK(again_after(reported("40001")));
    CHECK(again_after(reported("40P01")));
    CHECK(again_after(error{errc::connection_lost, "gone"}));
    CHECK(again_after(reported("57P01", "FATAL")));
    CHECK_FALSE(again_after(reported("23505")));
    CHECK_FALSE(again_after(reported("55P03")));
    CHECK_FALSE(again_after(reported("57014")));
    CHECK_FALSE(again_after(error{errc::deadline, "late"}));
}

TEST_CASE("a body never runs again when the attempt may have left a trace", "[transaction]") {
    const error lost{errc::connection_lost, "gone", outcome::may_have_run};
    CHECK_FALSE(again_after(lost));
    CHECK_FALSE(again_after(error{errc::connection_lost, "gone"}, verdict::unknown));
    CHECK_FALSE(again_after(error{errc::connection_lost, "gone"}, verdict::committed));
}

TEST_CASE("attempts are counted, and end with the deadline", "[transaction]") {
    detail::attempts twice{{.timeout = 5s, .attempts = 2}};
    CHECK(twice.again(reported("40001"), verdict::rolled_back));
    CHECK(twice.number() == 2);
    CHECK_FALSE(twice.again(reported("40001"), verdict::rolled_back));
    detail::attempts late{{.timeout = 1ms, .attempts = 100}};
    while (late.again(reported("40001"), verdict::rolled_back)) {
    }
    CHECK(late.number() < 100);
}

TEST_CASE("the pause before an attempt grows, and stays below a second", "[transaction]") {
    const auto longest_of_many = [](int made) {
        std::chrono::microseconds longest{};
        for (int i = 0; i < 200; ++i) {
            const auto pause = detail::retry_pause(made);
            CHECK(pause >= 0s);
            longest = std::max(longest, pause);
        }
        return longest;
    };
    for (int made = 1; made < 6; ++made) {
        CHECK(longest_of_many(made) <= 10ms * (1 << made));
        CHECK(longest_of_many(made) > 5ms * (1 << made));
    }
    for (int made = 7; made <= 100; ++made) {
        CHECK(longest_of_many(made) <= 1s);
        CHECK(longest_of_many(made) > 500ms);
    }
}

TEST_CASE("the chaos judge finds each kind of lie", "[transaction]") {
    using chaos::told;
    CHECK(is_clean(evidence_of(told::committed, 1)));
    CHECK(is_clean(evidence_of(told::failed, 0)));
    CHECK(is_clean(evidence_of(told::unknown, 0)));
    CHECK(is_clean(evidence_of(told::unknown, 1)));
    CHECK_FALSE(is_clean(evidence_of(told::committed, 0)));
    CHECK_FALSE(is_clean(evidence_of(told::committed, 2)));
    CHECK_FALSE(is_clean(evidence_of(told::failed, 1)));
    CHECK_FALSE(is_clean(evidence_of(told::unknown, 2)));
    auto seen = evidence_of(told::committed, 1);
    seen.balance_after = 1;
    CHECK_FALSE(is_clean(seen));
    seen = evidence_of(told::committed, 1);
    seen.transfers.front().waited = 4'001ms;
    CHECK_FALSE(is_clean(seen));
    seen = evidence_of(told::committed, 1);
    seen.idle_in_transaction = 1;
    CHECK_FALSE(is_clean(seen));
    seen = evidence_of(told::committed, 1);
    seen.bystander_surprises = 1;
    CHECK_FALSE(is_clean(seen));
    seen = evidence_of(told::committed, 1);
    seen.tokens_left = 1;
    CHECK_FALSE(is_clean(seen));
}

TEST_CASE("a seed gives the same faults again, each kind before any comes twice", "[transaction]") {
    const auto plan = chaos::plan_faults(7, 60s);
    const auto again = chaos::plan_faults(7, 60s);
    REQUIRE(plan.size() == again.size());
    std::array<int, chaos::fault_names.size()> counts{};
    for (std::size_t i = 0; i < plan.size(); ++i) {
        CHECK(plan[i].at == again[i].at);
        CHECK(plan[i].kind == again[i].kind);
        CHECK(plan[i].magnitude == again[i].magnitude);
        ++counts[static_cast<std::size_t>(plan[i].kind)];
    }
    CHECK(std::ranges::all_of(counts, [](int count) { return count >= 1; }));
    CHECK(chaos::plan_faults(8, 60s).front().magnitude != plan.front().magnitude);
}
