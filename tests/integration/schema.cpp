// SPDX-License-Identifier: MIT
// The reference models beside the live catalog: nothing is reported of the true schema, every kind
// of drift made by ALTER is, and a drafted migration makes what the models say.
#include <honeydue/schema.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include <honeydue/connection.hpp>
#include <honeydue/migration.hpp>
#include <honeydue/trace.hpp>

#include "plain_client.hpp"
#include "reach.hpp"
#include "reference/reference.hpp"
#include "scratch_directory.hpp"

using namespace honeydue;
using namespace honeydue::support;

namespace {

connection_parameters new_database(const std::string& name) {
    auto& server = test_environment::shared().postgres();
    plain_client{server.as_superuser()}.execute("create database " + name + " owner " +
                                                server.user());
    auto to = server.as_user();
    to["dbname"] = name;
    return to;
}

template <class Db>
result<std::vector<drift>> compare_all(Db& db) {
    return compare<auth::user, user::userprofile, authtoken::token, residence::residence,
                   residence::users, contractor::contractor, task::task, task::taskcompletion,
                   documents::document, notification::notification, subscription::usersubscription,
                   admin::user>(db);
}

struct change {
    std::string_view sql;
    drift_kind kind;
    std::string_view sentence;  ///< a part of it
};

constexpr change changes[] = {
    {"drop table admin_users", drift_kind::missing_table, "admin_users: the table does not exist"},
    {"drop table notification_notification cascade", drift_kind::missing_table,
     "notification_notification: the table does not exist"},
    {"alter table task_task rename to task_job", drift_kind::missing_table, "task_task: the table"},
    {"alter table task_task drop column title", drift_kind::missing_column,
     "task_task.title: the table has no such column"},
    {"alter table auth_user rename column email to mail", drift_kind::missing_column,
     "auth_user.email: the table has no such column"},
    {"alter table auth_user add column nick text", drift_kind::extra_column,
     "auth_user.nick: the model has no such member"},
    {"alter table auth_user add column code integer not null", drift_kind::extra_column,
     "auth_user.code: the model has no such member, and without a value no row can be inserted"},
    {"alter table task_task alter column title type bytea using title::bytea", drift_kind::type,
     "task_task.title: the column is bytea and the member is text"},
    {"alter table task_task alter column due_date type timestamptz", drift_kind::type,
     "task_task.due_date: the column is timestamp with time zone and the member is date"},
    {"alter table task_task alter column estimated_cost type double precision", drift_kind::type,
     "task_task.estimated_cost: the column is double precision and the member is numeric"},
    {"alter table task_task alter column recurrence_interval_days type bigint", drift_kind::type,
     "the column is bigint and the member is integer"},
    {"alter table authtoken_token drop constraint authtoken_token_user_id_fkey, alter column "
     "user_id type text",
     drift_kind::type, "authtoken_token.user_id: the column is text and the member is bigint"},
    {"alter table auth_user alter column last_login type timestamp", drift_kind::type,
     "the column is timestamp without time zone"},
    {"alter table residence_residence alter column name drop not null", drift_kind::nullability,
     "residence_residence.name: the column can be NULL and the member is not std::optional"},
    {"alter table residence_residence alter column owner_id drop not null", drift_kind::nullability,
     "residence_residence.owner_id: the column can be NULL"},
    {"alter table residence_residence alter column city set not null", drift_kind::nullability,
     "residence_residence.city: the column is not null and the member is std::optional"},
    {"create domain must as text not null; alter table residence_residence alter column city type "
     "must",
     drift_kind::nullability, "residence_residence.city: the column is not null"},
    {"alter table task_taskcompletion drop constraint task_taskcompletion_pkey", drift_kind::key,
     "task_taskcompletion: the primary key is none and the model's (id)"},
    {"alter table authtoken_token drop constraint authtoken_token_pkey, add primary key (user_id)",
     drift_kind::key, "authtoken_token: the primary key is (user_id) and the model's (key)"},
    {"alter table residence_residence_users drop constraint residence_residence_users_pkey, add "
     "primary key (id, user_id)",
     drift_kind::key, "the primary key is (id, user_id) and the model's (id)"},
    {"alter table task_task alter column id drop identity", drift_kind::default_value,
     "task_task.id: the model leaves the column to the server, which has no default for it"},
    {"alter table task_task drop column category, add column category text generated always as "
     "('general') stored not null",
     drift_kind::generated, "task_task.category: only the server may compute the column"},
    {"alter table task_task drop constraint task_task_residence_id_fkey", drift_kind::foreign_key,
     "task_task.residence_id: the column does not reference residence_residence.id"},
    {"alter table authtoken_token drop constraint authtoken_token_user_id_fkey, add foreign key "
     "(user_id) references admin_users (id) not valid",
     drift_kind::foreign_key,
     "authtoken_token.user_id: the column references public.admin_users.id and the model "
     "auth_user.id"},
    {"alter table contractor_contractor drop constraint contractor_contractor_created_by_id_fkey",
     drift_kind::foreign_key, "contractor_contractor.created_by_id: the column does not reference"},
    {"drop index residence_residence_owner_id_idx", drift_kind::foreign_key_index,
     "residence_residence.owner_id: no index begins with this foreign key"},
    {"drop index residence_residence_owner_id_idx; create index on residence_residence (name, "
     "owner_id)",
     drift_kind::foreign_key_index, "residence_residence.owner_id: no index begins"},
    {"drop index residence_residence_owner_id_idx; create index on residence_residence (owner_id) "
     "where is_active",
     drift_kind::foreign_key_index, "residence_residence.owner_id: no index begins"},
};

/// Statements with semicolons between them, none of which is in a text.
void run_each(connection& db, std::string_view left) {
    while (!left.empty()) {
        const auto end = std::min(left.find(';'), left.size());
        must(db.run(runtime(std::string{left.substr(0, end)})));
        left.remove_prefix(std::min(end + 1, left.size()));
    }
}

std::string told(const std::vector<drift>& drifts) {
    std::string all;
    for (const drift& one : drifts)
        all += one.sentence + "; " + one.mend + "\n";
    return all;
}

}  // namespace

TEST_CASE("nothing is reported of the true schema, in one round trip", "[schema]") {
    const auto to = new_database("schema_true");
    REQUIRE_FALSE(must(migrator::open(reach(to), HONEYDUE_SOURCE_DIR "/migrations")).up().failed);
    auto db = must(connection::open(reach(to)));
    round_trips counted;
    const auto drifts = must(compare_all(db));
    CHECK(told(drifts).empty());
    CHECK(counted.count() == 1);
}

TEST_CASE("every kind of drift is reported with its place and cure, and mending it ends it",
          "[schema]") {
    const auto to = new_database("schema_drift");
    REQUIRE_FALSE(must(migrator::open(reach(to), HONEYDUE_SOURCE_DIR "/migrations")).up().failed);
    auto db = must(connection::open(reach(to)));
    for (const change& made : changes) {
        CAPTURE(made.sql);
        must(db.run(runtime("begin")));
        run_each(db, made.sql);
        const auto drifts = must(compare_all(db));
        CAPTURE(told(drifts));
        const auto right = std::ranges::find_if(drifts, [&](const drift& one) {
            return one.kind == made.kind && one.sentence.find(made.sentence) != std::string::npos;
        });
        CHECK(right != drifts.end());
        must(db.run(runtime("rollback")));
    }
    CHECK(must(compare_all(db)).empty());
}

TEST_CASE("the cure of every drift, applied, leaves nothing to report", "[schema]") {
    const auto to = new_database("schema_cured");
    REQUIRE_FALSE(must(migrator::open(reach(to), HONEYDUE_SOURCE_DIR "/migrations")).up().failed);
    auto db = must(connection::open(reach(to)));
    for (const change& made : changes) {
        CAPTURE(made.sql);
        must(db.run(runtime("begin")));
        run_each(db, made.sql);
        const auto drifts = must(compare_all(db));
        REQUIRE_FALSE(drifts.empty());
        for (const drift& one : drifts) {
            CAPTURE(one.sentence, one.mend);
            REQUIRE_FALSE(one.mend.empty());
            run_each(db, one.mend);
        }
        CHECK(told(must(compare_all(db))).empty());
        must(db.run(runtime("rollback")));
    }
}

TEST_CASE("a wrong foreign key beside the right one is reported, and its cure leaves the right one",
          "[schema]") {
    const auto to = new_database("schema_beside");
    REQUIRE_FALSE(must(migrator::open(reach(to), HONEYDUE_SOURCE_DIR "/migrations")).up().failed);
    auto db = must(connection::open(reach(to)));
    run_each(db,
             "alter table authtoken_token add constraint wrong foreign key (user_id) "
             "references admin_users (id)");
    const auto drifts = must(compare_all(db));
    CAPTURE(told(drifts));
    REQUIRE(drifts.size() == 1);
    CHECK(drifts[0].kind == drift_kind::foreign_key);
    CHECK(drifts[0].sentence ==
          "authtoken_token.user_id: the column references "
          "public.admin_users.id and the model auth_user.id");
    CHECK(drifts[0].mend == "alter table authtoken_token drop constraint wrong");
    run_each(db, drifts[0].mend);
    CHECK(told(must(compare_all(db))).empty());
}

TEST_CASE("what would mend a drift does", "[schema]") {
    const auto to = new_database("schema_mended");
    REQUIRE_FALSE(must(migrator::open(reach(to), HONEYDUE_SOURCE_DIR "/migrations")).up().failed);
    plain_client client{to};
    client.execute(
        "drop table admin_users; alter table task_task drop column title; "
        "alter table auth_user add column nick text; "
        "alter table residence_residence alter column name drop not null; "
        "alter table residence_residence alter column city set not null; "
        "alter table task_task alter column estimated_cost type double precision; "
        "alter table task_taskcompletion drop constraint task_taskcompletion_pkey; "
        "alter table task_task alter column id drop identity; "
        "alter table task_task drop constraint task_task_residence_id_fkey; "
        "drop index residence_residence_owner_id_idx");
    auto db = must(connection::open(reach(to)));
    const auto drifts = must(compare_all(db));
    CHECK(drifts.size() == 10);
    for (const drift& one : drifts) {
        CAPTURE(one.sentence, one.mend);
        CHECK_NOTHROW(client.execute(one.mend));
    }
    CHECK(told(must(compare_all(db))).empty());
}

TEST_CASE("a drafted migration leaves nothing to report, and its Down nothing at all", "[schema]") {
    const auto to = new_database("schema_drafted");
    const scratch_directory folder{unprivileged_user()};
    folder.write(
        "00001_first.sql",
        draft_migration<admin::user, subscription::usersubscription, notification::notification,
                        documents::document, task::taskcompletion, task::task,
                        contractor::contractor, residence::users, residence::residence,
                        authtoken::token, user::userprofile, auth::user>());
    auto migrations = must(migrator::open(reach(to), folder.path().string()));
    const auto up = migrations.up();
    CAPTURE(up.failed ? explain(up.failed->why) : std::string{});
    REQUIRE_FALSE(up.failed);
    auto db = must(connection::open(reach(to)));
    CHECK(told(must(compare_all(db))).empty());
    REQUIRE_FALSE(migrations.down().failed);
    CHECK(plain_client{to}.execute("select count(*) from pg_tables where schemaname = 'public' and "
                                   "tablename not like 'goose%'")[0][0] == "0");
}
