// SPDX-License-Identifier: MIT
// Names of version tables.
#include "migration_table.hpp"

#include <catch2/catch_test_macros.hpp>

using honeydue::detail::is_table_name;

TEST_CASE("a version table's name is one or two SQL identifiers and nothing else") {
    for (const char* name :
         {"goose_db_version", "s.t", "\"My T\"", "s.\"a\"\"b\"", "\"s.x\".t", "é1$"}) {
        CAPTURE(name);
        CHECK(is_table_name(name));
    }
    for (const char* name : {"", ".", "a.", ".a", "a.b.c", "a b", "a;drop", "\"\"", "\"a", "1a",
                             "a-b", "a(b)", "a.\"b\"c", "$a"}) {
        CAPTURE(name);
        CHECK_FALSE(is_table_name(name));
    }
}
