// SPDX-License-Identifier: MIT
// The migrator on a real server: what it leaves behind, what it costs, and how it fails.
#include <honeydue/connection.hpp>
#include <honeydue/migration.hpp>
#include <honeydue/trace.hpp>

#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "migration_scratch.hpp"
#include "reach.hpp"

using namespace honeydue;
using namespace honeydue::support;

TEST_CASE("up applies what is pending in order, and then there is nothing to do", "[migration]") {
    const scratch_database database;
    const scratch_folder folder;
    folder.write("00001_a.sql",
                 "-- +goose Up\ncreate table a (id int);\n-- +goose Down\ndrop table a;\n");
    folder.write("2_b.sql", "-- +goose Up\ninsert into a values (1);\ninsert into a values (2);\n");
    auto migrator = opened(database, folder);
    const migration_report report = migrator.up();
    CHECK(failure_of(report) == "nothing");
    REQUIRE(report.applied.size() == 2);
    CHECK(report.applied[0].file == "00001_a.sql");
    CHECK(report.applied[1].statements == 2);
    CHECK(database.number("select count(*) from a") == 2);
    CHECK(database.versions() == "0 1 2");
    CHECK(migrator.up().applied.empty());
    CHECK(must(migrator.version()) == 2);
}

TEST_CASE("a file is one round trip, whatever the number of its statements", "[migration]") {
    const scratch_database database;
    const scratch_folder folder;
    folder.write("1_a.sql", "-- +goose Up\ncreate table a (id int);\n");
    auto migrator = opened(database, folder);
    REQUIRE(migrator.up().applied.size() == 1);
    std::string text = "-- +goose Up\n";
    for (int i = 0; i < 500; ++i)
        text += "insert into a values (" + std::to_string(i) + ");\n";
    folder.write("2_b.sql", text);
    folder.write("3_c.sql", text);
    const round_trips counted;
    REQUIRE(migrator.up().applied.size() == 2);
    CHECK(counted.count() == 3 + 2);
    CHECK(database.number("select count(*) from a") == 1000);
}

TEST_CASE("a failing file leaves nothing, and is named with its line and statement",
          "[migration]") {
    const scratch_database database;
    const scratch_folder folder;
    folder.write("1_a.sql", "-- +goose Up\ncreate table a (id int);\n");
    folder.write("2_b.sql",
                 "-- +goose Up\ncreate table b ();\n\nselect 1\n from a;\ninsert into a values "
                 "(1);\nselect nope;\n");
    folder.write("3_c.sql", "-- +goose Up\ncreate table c ();\n");
    auto migrator = opened(database, folder);
    const migration_report report = migrator.up();
    REQUIRE(report.failed);
    CHECK(report.applied.size() == 1);
    CHECK(report.failed->version == 2);
    CHECK(report.failed->file == "2_b.sql");
    CHECK(report.failed->line == 7);
    CHECK(report.failed->statement == "select nope");
    CHECK(report.failed->why.sqlstate() == "42703"_sqlstate);
    CHECK(has(report.failed->why.message(), "2_b.sql:7: "));
    CHECK_FALSE(database.exists("b"));
    CHECK_FALSE(database.exists("c"));
    CHECK(database.versions() == "0 1");
    folder.write("2_b.sql", "-- +goose Up\ncreate table b ();\n");
    CHECK(migrator.up().applied.size() == 2);
}

TEST_CASE("a deferred constraint fails the file at its COMMIT, and no statement", "[migration]") {
    const scratch_database database;
    const scratch_folder folder;
    folder.write("1_a.sql",
                 "-- +goose Up\ncreate table a (id int primary key);\ncreate table b (a_id int "
                 "references a deferrable initially deferred);\ninsert into b values (1);\n");
    const migration_report report = opened(database, folder).up();
    REQUIRE(report.failed);
    CHECK(report.failed->line == 0);
    CHECK(report.failed->why.sqlstate() == "23503"_sqlstate);
    CHECK_FALSE(database.exists("a"));
}

TEST_CASE("a statement that cannot be sent is told after those above it have run", "[migration]") {
    const scratch_database database;
    const scratch_folder folder;
    const auto told = [&](const std::string& above, const std::string& last) {
        folder.write("1_a.sql", "-- +goose Up\n" + above + ";\n" + last + ";\n");
        return failure_of(
            opened(database, folder, {.reading = migration_reading::compatible}).up());
    };
    for (const std::string& last : {std::string(1, '\0'), {"select 'a"}, {"/* a"}}) {
        CHECK(has(told("select nope", last), "42703"));
        CHECK(has(told("create table a ()", last), "3: "));
    }
    CHECK_FALSE(database.exists("a"));
}

TEST_CASE("a NO TRANSACTION file keeps what ran, and says how much", "[migration]") {
    const scratch_database database;
    const scratch_folder folder;
    folder.write("1_a.sql",
                 "-- +goose NO TRANSACTION\n-- +goose Up\ncreate table a (id int);\ncreate index "
                 "concurrently a_id on a (id);\nselect nope;\nselect 1;\n");
    auto migrator = opened(database, folder);
    const migration_report report = migrator.up();
    REQUIRE(report.failed);
    CHECK(report.failed->statements_kept == 2);
    CHECK(report.failed->line == 5);
    CHECK(report.failed->statement == "select nope");
    CHECK(database.exists("a_id"));
    CHECK(database.versions() == "0");
    folder.write("1_a.sql", "-- +goose NO TRANSACTION\n-- +goose Up\nvacuum a;\n");
    CHECK(failure_of(migrator.up()) == "nothing");
    CHECK(database.versions() == "0 1");
}

TEST_CASE("down, down-to, redo and reset go the way back", "[migration]") {
    const scratch_database database;
    const scratch_folder folder;
    for (const std::string name : {"a", "b", "c"}) {
        const std::string number = std::to_string(1 + name[0] - 'a');
        folder.write(number + "_" + name + ".sql", "-- +goose Up\ncreate table " + name +
                                                       " ();\n-- +goose Down\ndrop table " + name +
                                                       ";\n");
    }
    auto migrator = opened(database, folder);
    REQUIRE(migrator.up().applied.size() == 3);
    CHECK(migrator.down().applied.at(0).version == 3);
    CHECK_FALSE(database.exists("c"));
    CHECK(migrator.redo().applied.size() == 2);
    CHECK(database.versions() == "0 1 2");
    CHECK(migrator.up().applied.size() == 1);
    CHECK(migrator.down_to(1).applied.size() == 2);
    CHECK(database.versions() == "0 1");
    CHECK(migrator.up_by_one().applied.at(0).version == 2);
    CHECK(migrator.up_to(2).applied.empty());
    CHECK(migrator.reset().applied.size() == 2);
    CHECK(database.versions() == "0");
    CHECK(has(failure_of(migrator.down()), "migration 0: no current version found"));
}

TEST_CASE("status tells pending from applied and makes no table", "[migration]") {
    const scratch_database database;
    const scratch_folder folder;
    folder.write("1_a.sql", "-- +goose Up\nselect 1;\n");
    auto migrator = opened(database, folder);
    CHECK_FALSE(must(migrator.status()).at(0).is_applied);
    CHECK(must(migrator.version()) == 0);
    CHECK_FALSE(database.exists("goose_db_version"));
    REQUIRE(migrator.up().applied.size() == 1);
    folder.write("2_b.sql", "-- +goose Up\nselect 1;\n");
    const auto status = must(migrator.status());
    REQUIRE(status.size() == 2);
    CHECK(status[0].is_applied);
    CHECK(status[0].applied_at.size() == std::string{"2026-06-01 12:00:00.500000"}.size());
    CHECK_FALSE(status[1].is_applied);
    CHECK(status[1].file == "2_b.sql");
}

TEST_CASE("a file older than the newest applied one is refused unless allowed", "[migration]") {
    const scratch_database database;
    const scratch_folder folder;
    folder.write("2_b.sql", "-- +goose Up\ncreate table b ();\n");
    REQUIRE(opened(database, folder).up().applied.size() == 1);
    folder.write("1_a.sql", "-- +goose Up\ncreate table a ();\n");
    CHECK(has(failure_of(opened(database, folder).up()),
              "found 1 missing migrations before current version 2"));
    CHECK_FALSE(database.exists("a"));
    CHECK(opened(database, folder, {.out_of_order = out_of_order::apply}).up().applied.size() == 1);
    CHECK(database.versions() == "0 2 1");
    CHECK(must(opened(database, folder).version()) == 1);
}

TEST_CASE("what a file sets does not reach the next, nor its own version row", "[migration]") {
    const scratch_database database;
    const scratch_folder folder;
    folder.write("1_a.sql",
                 "-- +goose Up\nselect set_config('search_path', '', false);\nset "
                 "default_transaction_isolation = 'serializable';\n");
    folder.write(
        "2_b.sql",
        "-- +goose Up\ncreate table seen as select current_setting('search_path') as path, "
        "current_setting('transaction_isolation') as isolation;\n");
    CHECK(failure_of(opened(database, folder).up()) == "nothing");
    CHECK(database.versions() == "0 1 2");
    CHECK(database.text("select path from seen") == "\"$user\", public");
    CHECK(database.text("select isolation from seen") == "read committed");
}

TEST_CASE("a strict migrator refuses what a compatible one reads as goose does", "[migration]") {
    const scratch_database database;
    const scratch_folder folder;
    folder.write(
        "1_a.sql",
        "-- +goose Up\n-- +goose StatementBegin\n-- +goose StatementEnd\ncreate table lost "
        "();\ncreate table a ();\n");
    const migration_report refused = opened(database, folder).up();
    REQUIRE(refused.failed);
    CHECK(refused.failed->line == 3);
    CHECK(has(refused.failed->why.message(), "1_a.sql:3: an empty block"));
    CHECK_FALSE(database.exists("a"));
    const migration_report read =
        opened(database, folder, {.reading = migration_reading::compatible}).up();
    CHECK(failure_of(read) == "nothing");
    CHECK(read.applied.at(0).statements == 2);
    CHECK(database.exists("a"));
    CHECK_FALSE(database.exists("lost"));
}

TEST_CASE("a file beyond a MiB goes in parts and stays one transaction", "[migration]") {
    const scratch_database database;
    const scratch_folder folder;
    std::string text = "-- +goose Up\ncreate table a (t text);\n";
    const std::string filling(1000, 'x');
    for (int i = 0; i < 3000; ++i)
        text += "insert into a values ('" + filling + "');\n";
    folder.write("1_a.sql", text + "select nope;\n");
    auto migrator = opened(database, folder);
    const migration_report failed = migrator.up();
    REQUIRE(failed.failed);
    CHECK(failed.failed->line == 3003);
    CHECK(failed.failed->statement == "select nope");
    CHECK_FALSE(database.exists("a"));
    folder.write("1_a.sql", text);
    const round_trips counted;
    CHECK(migrator.up().applied.at(0).statements == 3001);
    CHECK(counted.count() == 3 + 3);
    CHECK(database.number("select count(*) from a") == 3000);
}

TEST_CASE("eight migrators on an empty database apply each version once", "[migration]") {
    const scratch_database database;
    const scratch_folder folder;
    folder.write("1_a.sql", "-- +goose Up\ncreate table a (id int);\n");
    folder.write("2_b.sql", "-- +goose Up\ninsert into a select 1 from pg_sleep(0.2);\n");
    std::vector<std::string> failures(8);
    std::atomic<std::size_t> applied = 0;
    std::vector<std::thread> crowd;
    for (std::string& failure : failures) {
        crowd.emplace_back([&] {
            auto migrator = migrator::open(database.to(), folder.path());
            if (!migrator) {
                failure = explain(migrator.error());
                return;
            }
            const migration_report report = migrator->up();
            failure = failure_of(report);
            applied += report.applied.size();
        });
    }
    for (std::thread& one : crowd)
        one.join();
    for (const std::string& failure : failures)
        CHECK(failure == "nothing");
    CHECK(applied == 2);
    CHECK(database.number("select count(*) from a") == 1);
    CHECK(database.versions() == "0 1 2");
}

TEST_CASE("a migrator waits for the lock as long as it is told", "[migration]") {
    const scratch_database database;
    const scratch_folder folder;
    folder.write("1_a.sql", "-- +goose Up\nselect 1;\n");
    for (const char* id : {"5887940537704921958", "4097083626"}) {
        auto other = database.opened();
        must(other.run(runtime(std::string{"select pg_advisory_lock("} + id + ")")));
        auto migrator = opened(database, folder, {.lock_wait = std::chrono::milliseconds{0}});
        CHECK(has(failure_of(migrator.up()), "another migrator is at work"));
    }
    CHECK(opened(database, folder).up().applied.size() == 1);
}

TEST_CASE("one that knows no lock and is faster is noticed, and its version is not run again",
          "[migration]") {
    const scratch_database database;
    const scratch_folder folder;
    folder.write("1_a.sql", "-- +goose Up\ncreate table a ();\n");
    auto migrator = opened(database, folder);
    REQUIRE(migrator.up().applied.size() == 1);
    folder.write("2_b.sql", "-- +goose Up\ncreate table b ();\n");
    folder.write("3_c.sql", "-- +goose Up\ncreate table c ();\n");
    auto other = database.opened();
    must(other.run(std::vector<statement>{
        runtime("begin"), runtime("create table b ()"),
        runtime("insert into goose_db_version (version_id, is_applied) values (2, true)")}));
    migration_report report;
    std::thread ours{[&] { report = migrator.up(); }};
    database.await(
        "exists (select from pg_locks where not granted and relation = "
        "'goose_db_version'::regclass)");
    must(other.run(runtime("commit")));
    ours.join();
    CHECK(failure_of(report) == "nothing");
    REQUIRE(report.applied.size() == 1);
    CHECK(report.applied[0].version == 3);
    CHECK(database.versions() == "0 1 2 3");
}

TEST_CASE("a version applied behind our back a second time is an error of its doer",
          "[migration]") {
    const scratch_database database;
    const scratch_folder folder;
    folder.write("1_a.sql", "-- +goose Up\nselect 1;\n");
    REQUIRE(opened(database, folder).up().applied.size() == 1);
    const auto again = database.opened().run(
        runtime("insert into goose_db_version (version_id, is_applied) values (1, true)"));
    REQUIRE_FALSE(again);
    CHECK(again.error().sqlstate() == "23505"_sqlstate);
}

TEST_CASE("a table an old goose made, with a version twice and a time unknown, is used as it is",
          "[migration]") {
    const scratch_database database;
    const scratch_folder folder;
    database.run(
        "create table goose_db_version (id serial not null, version_id bigint not null, is_applied "
        "boolean not null, tstamp timestamp null default now(), primary key (id))");
    database.run(
        "insert into goose_db_version (version_id, is_applied, tstamp) values (0, true, now()), "
        "(1, "
        "true, null), (2, true, null), (2, false, now())");
    for (const char* name : {"1_a.sql", "2_b.sql", "3_c.sql"}) {
        folder.write(name, "-- +goose Up\nselect 1;\n");
    }
    auto migrator = opened(database, folder);
    CHECK(must(migrator.version()) == 1);
    CHECK(must(migrator.status()).at(0).is_applied);
    CHECK(must(migrator.status()).at(0).applied_at.empty());
    CHECK_FALSE(must(migrator.status()).at(1).is_applied);
    CHECK(migrator.up().applied.at(0).version == 3);
    CHECK(must(migrator.version()) == 3);
}

TEST_CASE("a version table may have any name and schema, and is found again", "[migration]") {
    const scratch_database database;
    const scratch_folder folder;
    folder.write("1_a.sql", "-- +goose Up\nselect 1;\n");
    database.run("create schema \"S x\"");
    for (const char* table : {"Versions", "\"My \"\"T\"\"\"", "\"S x\".v", "public.\"$1\""}) {
        CAPTURE(table);
        CHECK(opened(database, folder, {.table = table}).up().applied.size() == 1);
        CHECK(opened(database, folder, {.table = table}).up().applied.empty());
    }
    CHECK(has(explain(migrator::open(database.to(), folder.path(), {.table = "a; drop"}).error()),
              "table is 'a; drop'"));
    CHECK(has(failure_of(opened(database, folder, {.table = "nos.v"}).up()),
              "schema \"nos\" does not exist"));
}

TEST_CASE("a server process killed in the middle of a file leaves none of it", "[migration]") {
    const scratch_database database;
    const scratch_folder folder;
    folder.write("1_a.sql",
                 "-- +goose Up\ncreate table a ();\nselect pg_sleep(30);\ncreate table b ();\n");
    auto migrator = opened(database, folder);
    migration_report report;
    std::thread ours{[&] { report = migrator.up(); }};
    database.await(
        "(select count(pg_terminate_backend(pid)) from pg_stat_activity where query like 'select "
        "pg_sleep%' and datname = current_database()) > 0");
    ours.join();
    REQUIRE(report.failed);
    CHECK(report.failed->why.connection_lost());
    CHECK_FALSE(database.exists("a"));
    CHECK(database.versions() == "0");
    folder.write("1_a.sql", "-- +goose Up\ncreate table a ();\ncreate table b ();\n");
    CHECK(opened(database, folder).up().applied.size() == 1);
}

TEST_CASE("a timeout ends a command, and nothing of the file is kept", "[migration]") {
    const scratch_database database;
    const scratch_folder folder;
    folder.write("1_a.sql", "-- +goose Up\ncreate table a ();\nselect pg_sleep(30);\n");
    auto migrator = opened(database, folder, {.timeout = std::chrono::milliseconds{700}});
    const migration_report report = migrator.up();
    REQUIRE(report.failed);
    CHECK(report.failed->why.code() == errc::deadline);
    database.await(
        "not exists (select from pg_locks where locktype = 'advisory' and database = (select oid "
        "from pg_database where datname = current_database()))");
    CHECK_FALSE(database.exists("a"));
    CHECK(database.number("select count(*) from pg_stat_activity where query like 'select "
                          "pg_sleep%' and datname = current_database()") == 0);
}

TEST_CASE("a statement waits for a lock no longer than lock_timeout says", "[migration]") {
    const scratch_database database;
    const scratch_folder folder;
    database.run("create table a (id int)");
    auto reader = database.opened();
    must(reader.run(std::vector<statement>{runtime("begin"), runtime("select * from a")}));
    folder.write("1_a.sql", "-- +goose Up\nalter table a add b int;\n");
    auto migrator = opened(database, folder, {.lock_timeout = std::chrono::milliseconds{50}});
    const migration_report report = migrator.up();
    REQUIRE(report.failed);
    CHECK(report.failed->why.sqlstate() == "55P03"_sqlstate);
    CHECK(report.failed->line == 2);
    must(reader.run(runtime("rollback")));
    CHECK(migrator.up().applied.size() == 1);
}

TEST_CASE("a pooler in transaction mode is refused with the cure", "[migration]") {
    const scratch_folder folder;
    folder.write("1_a.sql", "-- +goose Up\ncreate table never_made ();\n");
    auto& environment = test_environment::shared();
    for (const pgbouncer_kind kind : {pgbouncer_kind::packaged, pgbouncer_kind::tracking}) {
        auto migrator = must(migrator::open(reach(environment.pooled(kind)), folder.path()));
        const std::string failure = failure_of(migrator.up());
        CAPTURE(failure);
        CHECK(has(failure, "is a pooler in transaction mode"));
        CHECK(has(failure, "set DB_HOST"));
    }
    auto straight = must(connection::open(reach(environment.postgres().as_superuser())));
    const rows held = must(straight.run(
        runtime("select count(*) from pg_locks where locktype = 'advisory' and database = (select "
                "oid from pg_database where datname = current_database())")));
    CHECK(must(decode<std::int64_t>(held)).at(0) == 0);
}

TEST_CASE("a folder that is missing, empty or for something else is refused", "[migration]") {
    const scratch_database database;
    const scratch_folder folder;
    CHECK(has(failure_of(must(migrator::open(database.to(), "/nowhere")).up()),
              "/nowhere directory does not exist"));
    CHECK(has(failure_of(opened(database, folder).up()), "no migration files found"));
    folder.write("schema.sql", "select 1;");
    CHECK(has(failure_of(opened(database, folder).up()), "could not parse SQL migration file"));
}

TEST_CASE("a new file has the next number, and applies as it is", "[migration]") {
    const scratch_database database;
    const scratch_folder folder;
    folder.write("00041_a.sql", "-- +goose Up\nselect 1;\n");
    CHECK(must(create_migration(folder.path(), "Add index")) ==
          folder.path() + "/00042_add_index.sql");
    CHECK(opened(database, folder).up().applied.at(1).file == "00042_add_index.sql");
    CHECK(has(explain(create_migration("/nowhere", "x").error()), "/nowhere"));
}
