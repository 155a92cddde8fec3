// SPDX-License-Identifier: MIT
// What the migrator does that goose does not: verify, plan and rehearsal, baseline, stopping, and
// trying again for a lock.
#include <algorithm>
#include <thread>
#include <vector>

#include "migration_scratch.hpp"

using namespace honeydue;
using namespace honeydue::support;

namespace {

constexpr const char* simple = "-- +goose Up\nselect 1;\n-- +goose Down\nselect 2;\n";

}  // namespace

TEST_CASE("verify names a file edited since, and an applied version without a file",
          "[migration]") {
    const scratch_database database;
    const scratch_folder folder;
    folder.write("1_a.sql", simple);
    folder.write("2_b.sql", simple);
    folder.write("3_c.sql", simple);
    auto migrator = opened(database, folder);
    REQUIRE(migrator.up().applied.size() == 3);
    CHECK(must(migrator.verify()).empty());
    folder.write("1_a.sql", "-- +goose Up\r\nselect 1;\r\n-- +goose Down\r\nselect 2;\r\n");
    CHECK(must(migrator.verify()).empty());  // other line ends are no edit
    folder.write("2_b.sql", "-- +goose Up\nselect 2;\n");
    folder.remove("3_c.sql");
    const auto drift = must(migrator.verify());
    REQUIRE(drift.size() == 2);
    CHECK(drift[0].what == migration_drift::kind::edited);
    CHECK(drift[0].file == "2_b.sql");
    CHECK(drift[0].applied_by == database.to().user);
    CHECK(drift[1].what == migration_drift::kind::vanished);
    CHECK(drift[1].version == 3);
    CHECK(drift[1].file == "3_c.sql");
}

TEST_CASE("a version that goose applied anew is not called edited", "[migration]") {
    const scratch_database database;
    const scratch_folder folder;
    folder.write("1_a.sql", simple);
    auto migrator = opened(database, folder);
    REQUIRE(migrator.up().applied.size() == 1);
    folder.write("1_a.sql", "-- +goose Up\nselect 3;\n");
    REQUIRE(must(migrator.verify()).size() == 1);
    database.run("delete from goose_db_version where version_id = 1");
    database.run("insert into goose_db_version (version_id, is_applied) values (1, true)");
    CHECK(must(migrator.verify()).empty());
}

TEST_CASE("what was applied is remembered with who and how long, and forgotten by down",
          "[migration]") {
    const scratch_database database;
    const scratch_folder folder;
    folder.write("1_a.sql", "-- +goose Up\nselect pg_sleep(0.05);\n-- +goose Down\nselect 2;\n");
    folder.write("2_b.sql", "-- +goose NO TRANSACTION\n-- +goose Up\nselect pg_sleep(0.05);\n");
    auto migrator = opened(database, folder);
    REQUIRE(migrator.up().applied.size() == 2);
    CHECK(database.number("select count(*) from goose_db_version_honeydue where took >= '50 ms' "
                          "and took < '1 min' and length(checksum) = 64 and applied_by = "
                          "session_user") == 2);
    folder.write("2_b.sql", simple);
    REQUIRE(migrator.down_to(0).applied.size() == 2);
    CHECK(database.number("select count(*) from goose_db_version_honeydue") == 0);
}

TEST_CASE("a plan says what up would run, and changes nothing", "[migration]") {
    const scratch_database database;
    const scratch_folder folder;
    folder.write("1_a.sql", "-- +goose Up\ncreate table a ();\nselect 1;\n");
    folder.write("2_b.sql", "-- +goose NO TRANSACTION\n-- +goose Up\nvacuum;\n");
    auto migrator = opened(database, folder);
    const migration_report plan = migrator.plan();
    CHECK(failure_of(plan) == "nothing");
    REQUIRE(plan.applied.size() == 2);
    CHECK(plan.applied[0].statements == 2);
    CHECK_FALSE(plan.applied[1].in_transaction);
    CHECK(plan.current == 2);
    CHECK_FALSE(database.exists("goose_db_version"));
    CHECK_FALSE(database.exists("a"));
    CHECK(migrator.up().applied.size() == 2);
}

TEST_CASE("a rehearsal prints what does the same when it is run by hand", "[migration]") {
    const scratch_database database;
    const scratch_folder folder;
    folder.write("1_a.sql",
                 "-- +goose Up\ncreate table a (id int);\n-- +goose Down\ndrop table a;\n");
    REQUIRE(opened(database, folder).up().applied.size() == 1);
    folder.write("2_b.sql", "-- +goose Up\ninsert into a values (7);\n");
    std::vector<std::string> script;
    migration_options options;
    options.rehearse = [&script](std::string_view text) { script.emplace_back(text); };
    REQUIRE(opened(database, folder, options).up().applied.size() == 1);
    CHECK(database.versions() == "0 1");
    auto by_hand = database.opened();
    for (const std::string& one : script)
        must(by_hand.run(runtime(one)));
    CHECK(database.versions() == "0 1 2");
    CHECK(database.number("select id from a") == 7);
    script.clear();
    REQUIRE(opened(database, folder, options).down().applied.size() == 1);
    CHECK(std::count(script.begin(), script.end(),
                     "delete from public.goose_db_version where version_id = 2") == 1);
    CHECK(database.versions() == "0 1 2");
}

TEST_CASE("a baseline marks files as applied and runs none, once", "[migration]") {
    const scratch_database database;
    const scratch_folder folder;
    for (const char* name : {"1_a.sql", "2_b.sql", "3_c.sql"})
        folder.write(name, "-- +goose Up\nselect nope;\n");
    auto migrator = opened(database, folder);
    CHECK(has(failure_of(migrator.baseline(9)), "no file has version 9"));
    const migration_report report = migrator.baseline(2);
    CHECK(failure_of(report) == "nothing");
    CHECK(report.current == 2);
    CHECK(database.versions() == "0 1 2");
    CHECK(has(failure_of(migrator.baseline(3)), "version 2 is in the version table already"));
    CHECK(database.versions() == "0 1 2");
    CHECK(migrator.baseline(3, baseline_over::add).applied.size() == 1);
    CHECK(migrator.up().applied.empty());
}

TEST_CASE("asked to stop, a command ends what it was doing on the server too", "[migration]") {
    const scratch_database database;
    const scratch_folder folder;
    folder.write("1_a.sql", "-- +goose Up\ncreate table a ();\nselect pg_sleep(30);\n");
    std::stop_source stop;
    migration_options options;
    options.stop = stop.get_token();
    migration_report report;
    std::thread ours{[&] { report = opened(database, folder, options).up(); }};
    database.await(
        "exists (select from pg_stat_activity where query like 'select pg_sleep%' and datname = "
        "current_database())");
    stop.request_stop();
    ours.join();
    REQUIRE(report.failed);
    CHECK(has(failure_of(report), "stopped as asked"));
    CHECK_FALSE(database.exists("a"));
    CHECK(database.number("select count(*) from pg_stat_activity where query like 'select "
                          "pg_sleep%' and datname = current_database()") == 0);
    CHECK(database.versions() == "0");
}

TEST_CASE("a file that could not have its lock in time is tried again until it can",
          "[migration]") {
    const scratch_database database;
    const scratch_folder folder;
    database.run("create table a (id int)");
    database.run("create table tries (id int generated always as identity)");
    auto reader = database.opened();
    must(reader.run(std::vector<statement>{runtime("begin"), runtime("select * from a")}));
    folder.write("1_a.sql", "-- +goose Up\nalter table a add b int;\n");
    migration_options options;
    options.lock_timeout = std::chrono::milliseconds{20};
    migration_report report;
    std::thread ours{[&] { report = opened(database, folder, options).up(); }};
    database.await("exists (select from pg_locks where not granted and relation = 'a'::regclass)");
    database.await(
        "not exists (select from pg_locks where not granted and relation = 'a'::regclass)");
    must(reader.run(runtime("rollback")));
    ours.join();
    CHECK(failure_of(report) == "nothing");
    CHECK(database.versions() == "0 1");
}

TEST_CASE("without a version table files run again and again, and none is made", "[migration]") {
    const scratch_database database;
    const scratch_folder folder;
    database.run("create table a (id int)");
    folder.write("1_a.sql",
                 "-- +goose Up\ninsert into a values (1);\n-- +goose Down\ndelete from "
                 "a;\n");
    auto migrator = opened(database, folder, {.versions = version_keeping::ignored});
    CHECK(migrator.up().applied.size() == 1);
    CHECK(migrator.up().applied.size() == 1);
    CHECK(database.number("select count(*) from a") == 2);
    CHECK(migrator.redo().applied.size() == 2);
    CHECK(database.number("select count(*) from a") == 1);
    CHECK_FALSE(database.exists("goose_db_version"));
}

TEST_CASE("a reset on a database without the version table fails, as goose's does", "[migration]") {
    const scratch_database database;
    const scratch_folder folder;
    folder.write("1_a.sql", simple);
    const migration_report report = opened(database, folder).reset();
    REQUIRE(report.failed);
    CHECK(report.failed->why.sqlstate() == "42P01"_sqlstate);
    CHECK_FALSE(database.exists("goose_db_version"));
    folder.write("5_b.sql", simple);
    CHECK(has(failure_of(opened(database, folder).up_to(0)), "no migration files found"));
    CHECK_FALSE(database.exists("goose_db_version"));
}

TEST_CASE("lint names what hurts a database in use, and its safe form", "[migration]") {
    const scratch_folder folder;
    folder.write("1_a.sql",
                 "-- +goose Up\ncreate table a (id int);\ncreate index on a (id);\n"
                 "-- +goose Down\ndrop table a;\n");
    CHECK(must(lint_migrations(folder.path())).empty());
    folder.write("2_b.sql",
                 "-- +goose Up\n"
                 "create index on a (id);\n"
                 "create index concurrently on a (id);\n"
                 "alter table a add column c int not null;\n"
                 "alter table a alter column id type bigint;\n"
                 "alter table a add constraint k check (id > 0);\n"
                 "alter table a add constraint k check (id > 0) not valid;\n"
                 "alter table a alter id set not null;\n"
                 "alter table a add column d uuid default gen_random_uuid();\n"
                 "alter table a add constraint u unique (id);\n"
                 "alter table a add column ok int not null default 1;\n"
                 "vacuum a;\n"
                 "comment on table a is 'alter table a add column c int not null';\n");
    std::vector<std::string> found;
    for (const migration_warning& one : must(lint_migrations(folder.path()))) {
        CHECK_FALSE(one.cure.empty());
        found.push_back(std::to_string(one.line) + " " + one.rule);
    }
    CHECK(found == std::vector<std::string>{
                       "2 index_without_concurrently", "3 concurrently_in_transaction",
                       "4 not_null_without_default", "5 type_change", "6 constraint_validates",
                       "8 set_not_null", "9 volatile_default", "10 unique_constraint_builds_index",
                       "12 alone_in_transaction", "0 missing_down"});
}
