// SPDX-License-Identifier: MIT
// What a service asks at its start: is the schema there, through the pooler too.
#include <honeydue/pool.hpp>
#include <honeydue/trace.hpp>

#include "migration_scratch.hpp"

using namespace honeydue;
using namespace honeydue::support;

TEST_CASE("a service is told what to run unless the schema is as far as it needs", "[migration]") {
    const scratch_database database;
    const scratch_folder folder;
    folder.write("7_a.sql", "-- +goose Up\nselect 1;\n-- +goose Down\nselect 1;\n");
    auto db = database.opened();
    const auto words = [&db](std::int64_t version) {
        const auto ready = require_schema_applied(db, version);
        return ready ? std::string{"ready"} : explain(ready.error());
    };
    CHECK(has(words(7), "table goose_db_version does not exist"));
    CHECK(has(words(7), "honeydue migrate up"));
    REQUIRE(opened(database, folder).up().applied.size() == 1);
    {
        const round_trips counted;
        CHECK(words(7) == "ready");
        CHECK(counted.count() == 1);
    }
    CHECK(words(0) == "ready");
    CHECK(has(words(8), "the schema is at version 7 and 8 is needed"));
    database.run("drop index goose_db_version_version_id_idx");
    database.run("insert into goose_db_version (version_id, is_applied) values (7, false)");
    CHECK(has(words(7), "the newest row of goose_db_version says version 7 is not applied"));
    const auto odd = require_schema_applied(db, 7, "a; drop");
    CHECK(has(explain(odd.error()), "table is 'a; drop'"));
}

TEST_CASE("the schema is asked for through the row's server in one round trip", "[migration]") {
    auto db = must(pool::open({.server = reach_row(), .max_open = 1, .min_idle = 1}));
    const round_trips counted;
    const auto ready = require_schema_applied(db, 1, "honeydue_no_such_table");
    CHECK(counted.count() == 1);
    REQUIRE_FALSE(ready);
    CHECK(ready.error().code() == errc::migration);
}
