// SPDX-License-Identifier: MIT
// That the judge of the replicas' run can be made to complain.
#include <algorithm>
#include <chrono>
#include <string>

#include <catch2/catch_test_macros.hpp>

#include "support/programs/chaos_api/judge.hpp"

using namespace honeydue;
using namespace std::chrono_literals;
using chaos::told;

namespace {

const chaos::moment start{};

/// Completions that were told so and are kept so, and a read of what was written.
chaos::api_evidence well() {
    chaos::api_evidence seen;
    for (int i = 0; i < 2; ++i) {
        const std::string mark = "chaos 0-" + std::to_string(i);
        seen.completions.push_back({mark, i, told::committed, "2030-01-01"});
        seen.completions_kept.push_back({mark, i, "2030-01-01"});
    }
    seen.reads.judge({.visible = true}, 0, start, true);
    seen.recurring.push_back({.task = 1, .moved = 2, .completed = {0, 1}, .completions = 2});
    seen.lulls.push_back({.fault_ended = start, .over = start + 20s, .is_well = true});
    seen.well_within = 15s;
    return seen;
}

bool is_clean(const chaos::api_evidence& seen) {
    return std::ranges::all_of(chaos::judge_all(seen), &chaos::finding::kept);
}

bool is_clean_with(auto change) {
    auto seen = well();
    change(seen);
    return is_clean(seen);
}

bool is_clean_read(std::size_t replica, chaos::milliseconds after, bool visible,
                   std::uint64_t unfenced = 0) {
    return is_clean_with([&](chaos::api_evidence& seen) {
        seen.reads.judge({.replica = 0, .acknowledged = start, .visible = true, .name = "joining"},
                         replica, start + after, visible);
        seen.unfenced_commits = unfenced;
    });
}

}  // namespace

TEST_CASE("the replicas' judge finds a completion that was lost, doubled or never asked for",
          "[chaos]") {
    using seen = chaos::api_evidence;
    CHECK(is_clean(well()));
    CHECK_FALSE(is_clean_with([](seen& of) { of.completions_kept.pop_back(); }));
    CHECK_FALSE(is_clean_with([](seen& of) { of.completions_kept.back().due = "2030-01-02"; }));
    CHECK_FALSE(is_clean_with([](seen& of) { of.completions.back().outcome = told::failed; }));
    CHECK(is_clean_with([](seen& of) { of.completions.push_back({"x", 99, told::unknown}); }));
    CHECK_FALSE(is_clean_with([](seen& of) { of.completions_kept.push_back({"x", 99, ""}); }));
    // Two that were told they did it, and one date.
    CHECK_FALSE(is_clean_with([](seen& of) {
        of.completions.push_back({"x", 0, told::committed, "2030-01-01"});
        of.completions_kept.push_back({"x", 0, "2030-01-01"});
    }));
}

TEST_CASE("the replicas' judge finds a residence that is not as it was answered", "[chaos]") {
    const auto is_right = [](chaos::home_asked home, int rows) {
        return is_clean_with([&](chaos::api_evidence& of) {
            of.homes.push_back(home);
            if (rows > 0) of.homes_kept[home.name] = rows;
        });
    };
    CHECK(is_right({"a", told::committed}, 1));
    CHECK_FALSE(is_right({"a", told::committed}, 0));
    CHECK(is_right({"a", told::unknown}, 0));
    CHECK(is_right({"a", told::unknown}, 1));
    CHECK_FALSE(is_right({"a", told::unknown}, 2));
    CHECK(is_right({"a", told::committed, true, told::committed}, 0));
    CHECK_FALSE(is_right({"a", told::committed, true, told::committed}, 1));
    CHECK(is_right({"a", told::committed, true, told::unknown}, 1));
}

TEST_CASE("the replicas' judge finds a read that is too old", "[chaos]") {
    CHECK(is_clean_read(0, 1ms, true));
    CHECK_FALSE(is_clean_read(0, 1ms, false));
    CHECK(is_clean_read(1, 6'000ms, false));
    CHECK_FALSE(is_clean_read(1, 6'001ms, false));
    CHECK(is_clean_read(1, 6'001ms, false, 1));
    CHECK_FALSE(is_clean_read(0, 1ms, false, 1));
}

TEST_CASE("the replicas' judge finds a task that moved on twice, or not at all", "[chaos]") {
    const auto is_right = [](const chaos::series& one) {
        return is_clean_with([&](chaos::api_evidence& of) { of.recurring = {one}; });
    };
    CHECK(is_right({1, 0, {}, 0}));
    CHECK(is_right({1, 3, {0, 1, 2}, 3}));
    CHECK_FALSE(is_right({1, 3, {0, 1}, 2}));
    CHECK_FALSE(is_right({1, 2, {0, 1, 2}, 3}));
    CHECK_FALSE(is_right({1, 3, {0, 1, 2}, 4}));
    CHECK_FALSE(is_right({1, 3, {0, 1, 3}, 3}));
}

TEST_CASE("the replicas' judge finds a failure that comes too long after the last fault",
          "[chaos]") {
    const auto is_right = [](std::chrono::seconds after, int status) {
        return is_clean_with([&](chaos::api_evidence& of) {
            of.answers.push_back({start + after, status});
        });
    };
    CHECK(is_right(15s, 503));
    CHECK_FALSE(is_right(16s, 503));
    CHECK_FALSE(is_right(16s, 0));
    CHECK(is_right(16s, 200));
    CHECK_FALSE(is_clean_with([](auto& of) { of.lulls.back().is_well = false; }));
    CHECK_FALSE(is_clean_with([](auto& of) { of.surprises.emplace_back("404"); }));
    CHECK_FALSE(is_clean_with([](auto& of) { of.wrong_rows.emplace_back("1 too many"); }));
    CHECK_FALSE(is_clean_with([](auto& of) { of.wrong_endings.emplace_back("killed"); }));
    CHECK_FALSE(is_clean_with([](auto& of) { of.completions.clear(); }));
}
