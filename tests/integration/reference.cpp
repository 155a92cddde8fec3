// SPDX-License-Identifier: MIT
// The reference system: its models against its baseline migration and its seed.
#include <reference/reference.hpp>

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include <honeydue/connection.hpp>
#include <honeydue/migration.hpp>
#include <honeydue/query.hpp>

#include "migration_sql.hpp"
#include "reach.hpp"

using namespace honeydue;
using namespace honeydue::support;

namespace {

/// A database with the baseline and the seed, made once.
const endpoint& seeded() {
    static const endpoint to = [] {
        auto& server = test_environment::shared().postgres();
        endpoint made = reach(server.as_user());
        must(must(connection::open(reach(server.as_superuser())))
                 .run(runtime("create database reference owner " + made.user)));
        made.database = "reference";
        const auto report = must(migrator::open(made, HONEYDUE_SOURCE_DIR "/migrations")).up();
        if (report.failed) throw server_error(explain(report.failed->why));
        std::ifstream file{HONEYDUE_SOURCE_DIR "/examples/reference/seed.sql"};
        const std::string text{std::istreambuf_iterator<char>{file}, {}};
        std::vector<statement> group;
        for (const auto& piece : detail::cut_statements(text).pieces) {
            group.push_back(runtime(std::string{piece.text}));
        }
        must(must(connection::open(made)).run(group));
        return made;
    }();
    return to;
}

std::int64_t number(const std::string& query) {
    const rows answer =
        must(must(connection::open(seeded())).run(runtime("select (" + query + ")::int8")));
    return must(decode<std::int64_t>(answer)).at(0);
}

/// Members and columns have the same names in the same order, the same types and NULLs.
template <class Model>
void check_model(std::int64_t expected_rows) {
    auto on = must(connection::open(seeded()));
    const std::string table{model<Model>::table()};
    CAPTURE(table);
    const auto columns = must(decode<std::string>(must(on.run(
        runtime("select attname::text from pg_attribute where attrelid = to_regclass($1) and "
                "attnum > 0 order by attnum",
                table)))));
    CHECK(
        must(decode<std::int64_t>(must(on.run(runtime("select count(*) from " + table))))).at(0) ==
        expected_rows);
    const auto all = must(select<Model>().fetch_all(on));
    CHECK(static_cast<std::int64_t>(all.size()) == expected_rows);
    std::vector<std::string> members;
    for (const auto name : model<Model>::columns)
        members.emplace_back(name);
    CHECK(members == columns);
}

}  // namespace

TEST_CASE("every model reads every row of its table") {
    check_model<auth::user>(500);
    check_model<user::userprofile>(500);
    check_model<authtoken::token>(500);
    check_model<residence::residence>(2000);
    check_model<residence::users>(number("select count(*) from residence_residence_users"));
    check_model<contractor::contractor>(2000);
    check_model<task::task>(40000);
    check_model<task::taskcompletion>(number("select count(*) from task_taskcompletion"));
    check_model<documents::document>(number("select count(*) from documents_document"));
    check_model<::notification::notification>(
        number("select count(*) from notification_notification"));
    check_model<subscription::usersubscription>(500);
    check_model<admin::user>(3);
}

TEST_CASE("every foreign key has an index that begins with it") {
    CHECK(number("select count(*) from pg_constraint where contype = 'f'") == 22);
    CHECK(number("select count(*) from pg_constraint c where contype = 'f' and not exists (select "
                 "from pg_index i where i.indrelid = c.conrelid and i.indkey[0] = c.conkey[1] and "
                 "i.indpred is null)") == 0);
}

TEST_CASE("the demo user owns and shares homes with more tasks than a page") {
    CHECK(number("select count(*) from residence_residence where owner_id = 1") == 6);
    CHECK(number("select count(*) from residence_residence_users where user_id = 1") == 4);
    CHECK(number("select count(*) from task_task where residence_id in (select id from "
                 "residence_residence where owner_id = 1 union select residence_id from "
                 "residence_residence_users where user_id = 1)") == 240);
    CHECK(number("select count(*) from authtoken_token where user_id = 1 and key = "
                 "'92b595766c69fe2e49154f0ef2226405b82823d9'") == 1);
    CHECK(number("select count(*) from residence_residence where owner_id = 500") == 0);
}

TEST_CASE("rows inserted after the seed take the keys after its own") {
    CHECK(number("select nextval(pg_get_serial_sequence('task_task', 'id'))") == 40001);
    CHECK(number("select nextval(pg_get_serial_sequence('residence_residence_users', 'id'))") ==
          number("select max(id) + 1 from residence_residence_users"));
}

TEST_CASE("the baseline's Down leaves nothing of its Up") {
    auto& server = test_environment::shared().postgres();
    endpoint to = reach(server.as_user());
    must(must(connection::open(reach(server.as_superuser())))
             .run(runtime("create database reference_down owner " + to.user)));
    to.database = "reference_down";
    auto migrator = must(migrator::open(to, HONEYDUE_SOURCE_DIR "/migrations"));
    REQUIRE_FALSE(migrator.up().failed);
    REQUIRE_FALSE(migrator.reset().failed);
    const rows left =
        must(must(connection::open(to))
                 .run(runtime("select count(*) from pg_class where relnamespace = "
                              "'public'::regnamespace and relname not like 'goose%'")));
    CHECK(must(decode<std::int64_t>(left)).at(0) == 0);
}
