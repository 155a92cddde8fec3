// SPDX-License-Identifier: MIT
// The twelve reference models read from a seeded database, every value of every row beside what the
// program psql prints of it.
#include <honeydue/connection.hpp>
#include <honeydue/migration.hpp>
#include <honeydue/rows.hpp>
#include <reference/reference.hpp>

#include <unistd.h>

#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "migration_sql.hpp"
#include "plain_client.hpp"
#include "program.hpp"
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

// Between columns and between rows: signs that no value has.
constexpr char column_end = '\x1f';
constexpr char row_end = '\x1e';

std::vector<std::string> split(const std::string& text, char at) {
    std::vector<std::string> parts{1};
    for (const char one : text) {
        if (one == at)
            parts.emplace_back();
        else
            parts.back() += one;
    }
    return parts;
}

/// What psql prints, without headers: straight from the server, whatever the row.
std::vector<text_row> psql(const std::string& query) {
    auto parameters = test_environment::shared().postgres().as_user();
    parameters["dbname"] = database;
    std::string address;
    for (const auto& [word, value] : parameters)
        address += word + "='" + value + "' ";
    auto printed = run_program({find_program("psql"),
                                "-X",
                                "-q",
                                "-A",
                                "-t",
                                "-F",
                                {column_end},
                                "-R",
                                {row_end},
                                "-d",
                                address,
                                "-c",
                                "set timezone = 'UTC'",
                                "-c",
                                query},
                               server_user{::geteuid(), ::getegid(), false}, "/");
    std::vector<text_row> rows;
    if (printed.ends_with('\n')) printed.pop_back();
    for (const auto& row : split(printed, row_end))
        rows.push_back(split(row, column_end));
    return rows;
}

template <class Model>
void reads_as_psql_prints() {
    std::string query;
    for (const std::string_view column : model<Model>::columns)
        query += (query.empty() ? "select " : ", ") + std::string{column};
    query += " from " + std::string{model<Model>::table()} + " order by 1";
    CAPTURE(query);
    auto on = must(connection::open(seeded()));
    const auto models = must(decode<Model>(must(on.run(runtime(query)))));
    const auto expected = psql(query);
    REQUIRE(models.size() == expected.size());
    CHECK_FALSE(models.empty());
    for (std::size_t i = 0; i < models.size(); ++i) {
        if (shown_row(models[i]) != expected[i]) CHECK(shown_row(models[i]) == expected[i]);
    }
}

}  // namespace

TEST_CASE("every reference model reads what psql prints, value for value", "[rows]") {
    reads_as_psql_prints<auth::user>();
    reads_as_psql_prints<user::userprofile>();
    reads_as_psql_prints<authtoken::token>();
    reads_as_psql_prints<residence::residence>();
    reads_as_psql_prints<residence::users>();
    reads_as_psql_prints<contractor::contractor>();
    reads_as_psql_prints<task::task>();
    reads_as_psql_prints<task::taskcompletion>();
    reads_as_psql_prints<documents::document>();
    reads_as_psql_prints<::notification::notification>();
    reads_as_psql_prints<subscription::usersubscription>();
    reads_as_psql_prints<admin::user>();
}
