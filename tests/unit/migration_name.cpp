// SPDX-License-Identifier: MIT
// Names of new migrations.
#include "migration_name.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace honeydue::detail;

namespace {

// 2026-06-01 07:08:09 UTC
constexpr std::chrono::sys_seconds now{std::chrono::seconds{1780297689}};

}  // namespace

TEST_CASE("a name is written in lower case with underscores between its words") {
    CHECK(snake_case("Add Task  index!") == "add_task_index");
    CHECK(snake_case("--x--") == "x");
    CHECK(snake_case("élan vital") == "élan_vital");
}

TEST_CASE("the next number is one more than the highest, and as wide") {
    CHECK(next_file_name({}, "init", now) == "00001_init.sql");
    CHECK(next_file_name({{1, "000001_init.sql"}}, "b", now) == "000002_b.sql");
    CHECK(next_file_name({{1, "1_a.sql"}, {9, "9_b.sql"}}, "c", now) == "10_c.sql");
    CHECK(next_file_name({{99999, "99999_a.sql"}}, "b", now) == "100000_b.sql");
}

TEST_CASE("a folder that counts in times goes on in times") {
    CHECK(next_file_name({{1, "1_a.sql"}, {20260101000000, "20260101000000_b.sql"}}, "c", now) ==
          "20260601070809_c.sql");
}

TEST_CASE("fourteen digits are a time only when they are one") {
    CHECK(is_timestamp(20240229235959));
    CHECK_FALSE(is_timestamp(20230229000000));
    CHECK_FALSE(is_timestamp(20241301000000));
    CHECK_FALSE(is_timestamp(20240101240000));
    CHECK_FALSE(is_timestamp(19700101000000));
    CHECK_FALSE(is_timestamp(1));
}
