// SPDX-License-Identifier: MIT
// The twelve reference models read from a seeded database, every value of every row beside the text
// that libpq is given, which is what psql prints.
#include <honeydue/connection.hpp>
#include <honeydue/migration.hpp>
#include <honeydue/rows.hpp>
#include <reference/reference.hpp>

#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "migration_sql.hpp"
#include "plain_client.hpp"
#include "reach.hpp"
#include "spelled.hpp"

using namespace honeydue;
using namespace honeydue::support;

namespace {

constexpr const char* database = "rows_reference";

void seed(connection on) {
    std::ifstream file{HONEYDUE_SOURCE_DIR "/examples/reference/seed.sql"};
    const std::string text{std::istreambuf_iterator<char>{file}, {}};
    std::vector<statement> group;
    for (const auto& piece : detail::cut_statements(text).pieces)
        group.push_back(runtime(std::string{piece.text}));
    must(on.run(group));
}

/// A seeded database, made once, as this row reaches it.
const endpoint& seeded() {
    static const endpoint to = [] {
        auto& server = test_environment::shared().postgres();
        endpoint made = reach(server.as_user());
        must(must(connection::open(reach(server.as_superuser())))
                 .run(runtime("create database " + std::string{database} + " owner " + made.user)));
        made.database = database;
        const auto report = must(migrator::open(made, HONEYDUE_SOURCE_DIR "/migrations")).up();
        if (report.failed) throw server_error(explain(report.failed->why));
        seed(must(connection::open(made)));
        if (test_environment::shared().row() == test_row::direct) return made;
        endpoint pooled = reach(test_environment::shared().pooled());
        pooled.database = database;
        return pooled;
    }();
    return to;
}

std::string shown(bool value) { return value ? "t" : "f"; }
template <class Model, class Key>
std::string shown(const id<Model, Key>& key) {
    return test::spelled(key.value);
}
template <class Model, class Key>
std::string shown(const foreign_key<Model, Key>& key) {
    return test::spelled(key.value);
}
template <class T>
std::string shown(const T& value) {
    return test::spelled(value);
}
template <class T>
std::string shown(const std::optional<T>& value) {
    return value ? shown(*value) : "";
}

template <class Model>
text_row shown_row(const Model& row) {
    return std::apply([](const auto&... member) { return text_row{shown(member)...}; },
                      detail::tie_members(row));
}

template <class Model>
void reads_as_shown() {
    std::string query;
    for (const std::string_view column : model<Model>::columns)
        query += (query.empty() ? "select " : ", ") + std::string{column};
    query += " from " + std::string{model<Model>::table()} + " order by 1";
    CAPTURE(query);
    auto on = must(connection::open(seeded()));
    const auto models = must(decode<Model>(must(on.run(runtime(query)))));
    auto parameters = test_environment::shared().postgres().as_user();
    parameters["dbname"] = database;
    plain_client plain{parameters};
    const auto expected = plain.execute("set timezone = 'UTC'; " + query);
    REQUIRE(models.size() == expected.size());
    CHECK_FALSE(models.empty());
    for (std::size_t i = 0; i < models.size(); ++i) {
        if (shown_row(models[i]) != expected[i]) CHECK(shown_row(models[i]) == expected[i]);
    }
}

}  // namespace

TEST_CASE("every reference model reads what psql prints, value for value", "[rows]") {
    reads_as_shown<auth::user>();
    reads_as_shown<user::userprofile>();
    reads_as_shown<authtoken::token>();
    reads_as_shown<residence::residence>();
    reads_as_shown<residence::users>();
    reads_as_shown<contractor::contractor>();
    reads_as_shown<task::task>();
    reads_as_shown<task::taskcompletion>();
    reads_as_shown<documents::document>();
    reads_as_shown<::notification::notification>();
    reads_as_shown<subscription::usersubscription>();
    reads_as_shown<admin::user>();
}
