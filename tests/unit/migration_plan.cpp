// SPDX-License-Identifier: MIT
// Planning migrations: dialogues of files and rows.
#include "migration_plan.hpp"

#include <limits>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

using namespace honeydue::detail;

namespace {

constexpr std::int64_t everything = std::numeric_limits<std::int64_t>::max();
using versions = std::vector<std::int64_t>;

std::vector<migration_source> files(const versions& wanted) {
    std::vector<migration_source> made;
    for (const std::int64_t version : wanted)
        made.push_back({version, std::to_string(version) + "_x.sql"});
    return made;
}

/// Rows as they were inserted; the planner is given the newest first.
version_rows inserted(const std::vector<version_row>& oldest_first) {
    return {oldest_first.rbegin(), oldest_first.rend()};
}

version_rows applied(const versions& oldest_first) {
    version_rows rows;
    for (const std::int64_t version : oldest_first)
        rows.insert(rows.begin(), {version, true});
    return rows;
}

versions up(const versions& there, const version_rows& rows, std::int64_t target = everything,
            missing_policy missing = missing_policy::refuse) {
    versions made;
    const auto plan = plan_up(files(there), rows, target, missing, "m");
    for (const auto& step : plan.value()) {
        CHECK(step.way == direction::up);
        made.push_back(step.source.version);
    }
    return made;
}

versions down_to(const versions& there, const version_rows& rows, std::int64_t target) {
    versions made;
    const auto plan = plan_down_to(files(there), rows, target);
    for (const auto& step : plan.value()) {
        CHECK(step.way == direction::down);
        made.push_back(step.source.version);
    }
    return made;
}

}  // namespace

TEST_CASE("up takes what no row speaks of, by ascending number up to the target") {
    CHECK(up({1, 2, 10, 20200101000000}, applied({0})) == versions{1, 2, 10, 20200101000000});
    CHECK(up({1, 2, 10}, applied({0, 1})) == versions{2, 10});
    CHECK(up({1, 2, 10}, applied({0, 1}), 2) == versions{2});
    CHECK(up({1}, applied({0, 1})).empty());
}

TEST_CASE("a row counts for up whether or not it says applied") {
    CHECK(up({1, 2}, inserted({{0, true}, {1, true}, {1, false}})) == versions{2});
}

TEST_CASE("a file older than the newest row is refused, or comes first when allowed") {
    const auto refused =
        plan_up(files({1, 2, 3, 4}), applied({0, 1, 3}), everything, missing_policy::refuse, "m");
    REQUIRE_FALSE(refused);
    CHECK(refused.error() ==
          "error: found 1 missing migrations before current version 3:\n\tversion 2: m/2_x.sql");
    CHECK(up({1, 2, 3, 4}, applied({0, 1, 3}), everything, missing_policy::apply) ==
          versions{2, 4});
    CHECK(up({1, 2, 3}, applied({0, 3}), 1, missing_policy::apply) == versions{1});
}

TEST_CASE("a missing file above the target is nobody's concern") {
    CHECK(up({1, 2, 3}, applied({0, 1, 3}), 1).empty());
}

TEST_CASE("a target below every file is refused, as there are no files then") {
    CHECK(plan_up(files({4}), applied({0}), 3, missing_policy::refuse, "m").error() ==
          "no migration files found");
}

TEST_CASE("the current version is the one applied last, not the highest") {
    CHECK(current_version(applied({0, 1, 5, 2})) == 2);
    CHECK(current_version(inserted({{0, true}, {1, true}, {1, false}})) == 0);
    CHECK(current_version(inserted({{0, true}, {1, true}, {2, true}, {2, false}, {2, true}})) == 2);
    CHECK_FALSE(current_version({}));
    CHECK_FALSE(current_version(inserted({{1, false}})));
}

TEST_CASE("an empty version table is refused in goose's words") {
    CHECK(plan_up(files({1}), {}, everything, missing_policy::refuse, "m").error() ==
          "no next version found");
    CHECK(plan_down(files({1}), {}).error() == "no next version found");
}

TEST_CASE("down rolls back the current version, and says when its file is gone") {
    CHECK(plan_down(files({1, 2}), applied({0, 1, 2})).value() ==
          std::vector<migration_step>{{{2, "2_x.sql"}, direction::down}});
    CHECK(plan_down(files({1, 2}), applied({0})).error() ==
          "migration 0: no current version found");
    CHECK(plan_down(files({1}), applied({0, 1, 2})).error() ==
          "migration 2: no current version found");
}

TEST_CASE("down-to goes back in the order of application and stops at the first low enough") {
    CHECK(down_to({1, 2, 3}, applied({0, 1, 2, 3}), 1) == versions{3, 2});
    CHECK(down_to({1, 2, 3}, applied({0, 1, 3, 2}), 2).empty());
    CHECK(down_to({1, 2, 3}, applied({0, 1, 3, 2}), 1) == versions{2, 3});
    CHECK(down_to({1}, applied({0, 1}), 0) == versions{1});
    CHECK(down_to({2}, applied({2}), 0) == versions{2});
    CHECK(plan_down_to(files({2}), {}, 0).error() == "no next version found");
    CHECK(plan_down_to(files({1}), applied({0, 1, 2}), 2).error() ==
          "migration file not found for current version (2), error: no current version found");
    CHECK(plan_down_to(files({1}), applied({0, 1, 2}), 0).error() ==
          "migration file not found for current version (2), error: no current version found");
}

TEST_CASE("redo is down and then up of the current version") {
    CHECK(plan_redo(files({1, 2}), applied({0, 1, 2})).value() ==
          std::vector<migration_step>{{{2, "2_x.sql"}, direction::down},
                                      {{2, "2_x.sql"}, direction::up}});
    CHECK(plan_redo(files({1}), applied({0})).error() == "no current version found");
}

TEST_CASE("reset goes by version, not by application, and leaves rows without a file") {
    const auto plan =
        plan_reset(files({1, 2, 3}),
                   inserted({{0, true}, {3, true}, {1, true}, {2, true}, {2, false}, {9, true}}));
    CHECK(plan == std::vector<migration_step>{{{3, "3_x.sql"}, direction::down},
                                              {{1, "1_x.sql"}, direction::down}});
}

TEST_CASE("a folder's files are ordered by number, whatever their names' length") {
    const auto sources =
        sources_of({"10_b.sql", "9_a.sql", "00100_c.sql", "2_d.go", "tool.go"}, "m");
    REQUIRE(sources);
    CHECK(*sources == std::vector<migration_source>{
                          {2, "2_d.go"}, {9, "9_a.sql"}, {10, "10_b.sql"}, {100, "00100_c.sql"}});
}

TEST_CASE("two files of one version are refused, and so is a name without a version") {
    CHECK(sources_of({"00001_a.sql", "1_b.sql"}, "m").error() ==
          "goose: duplicate version 1 detected:\nm/1_b.sql\nm/00001_a.sql");
    CHECK(sources_of({"schema.sql"}, "m/").error() ==
          "could not parse SQL migration file \"m/schema.sql\": no filename separator '_' found");
}

TEST_CASE("down-to undoes what it can before a version without a file, and refuses that one") {
    CHECK(down_to({1, 3}, applied({0, 1, 2, 3}), 0) == versions{3});
    CHECK(plan_down_to(files({1, 3}), applied({0, 1, 2}), 0).error() ==
          "migration file not found for current version (2), error: no current version found");
}

TEST_CASE("a file above the last one asked for is not looked at, be its version there twice") {
    CHECK(sources_of({"1_a.sql", "5_b.sql", "05_c.sql"}, "m", 4).value().size() == 1);
    CHECK_FALSE(sources_of({"1_a.sql", "5_b.sql", "05_c.sql"}, "m"));
}

TEST_CASE("the rows after a run are those a server would have") {
    const std::vector<migration_step> ran{{{3, "3_x.sql"}, direction::up},
                                          {{1, "1_x.sql"}, direction::down}};
    CHECK(rows_after(applied({0, 1, 2}), ran) == applied({0, 2, 3}));
    CHECK(current_version(rows_after(applied({0, 1, 2}), ran)) == 3);
}

TEST_CASE("without a version table every file is run, and undone from the last") {
    CHECK(plan_up_unversioned(files({1, 2, 3}), 2).size() == 2);
    const auto back = plan_down_unversioned(files({1, 2, 3}), 1);
    REQUIRE(back.size() == 2);
    CHECK(back[0].source.version == 3);
}
