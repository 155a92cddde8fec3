// SPDX-License-Identifier: MIT
// Failures in goose's words.
#include "migration_words.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace honeydue::detail;

TEST_CASE("goose quotes a statement without the comments and empty lines at its margin") {
    CHECK(cleared("-- a\nselect 1\n\n\n-- b\n  -- kept\n;") == "select 1\n  -- kept\n;");
    CHECK(cleared("--only") == "");
    CHECK(cleared("a\r\n\r\nb") == "a\r\n\r\nb");
}

TEST_CASE("where a file stopped is said as goose says it") {
    const migration_step step{{2, "2_b.sql"}, direction::down};
    CHECK(goose_words(migration_stage::running, step, "ERROR: no (SQLSTATE 42P01)",
                      "drop table \"a\";") ==
          "ERROR 2_b.sql: failed to run SQL migration: failed to execute SQL query "
          "\"drop table \\\"a\\\";\": ERROR: no (SQLSTATE 42P01)");
    CHECK(goose_words(migration_stage::recording, step, "x") ==
          "ERROR 2_b.sql: failed to run SQL migration: failed to delete goose version: x");
    CHECK(goose_words(migration_stage::reading, step, "x") ==
          "ERROR 2_b.sql: failed to parse SQL migration file: x");
}
