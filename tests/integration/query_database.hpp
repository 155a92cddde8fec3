// SPDX-License-Identifier: MIT
// The seeded reference database of the query tests, reached as the row says.
#pragma once

#include <honeydue/connection.hpp>
#include <honeydue/migration.hpp>
#include <honeydue/query.hpp>

#include <fstream>
#include <iterator>
#include <string>

#include <catch2/catch_test_macros.hpp>

#include "plain_client.hpp"
#include "reach.hpp"

namespace honeydue::support {

inline const endpoint& query_database() {
    static const endpoint to = [] {
        auto& servers = test_environment::shared();
        const std::string name = "query_reference";
        plain_client{servers.postgres().as_superuser()}.execute(
            "create database " + name + " owner " + servers.postgres().user());
        endpoint direct = reach(servers.postgres().as_user());
        direct.database = name;
        const auto report = must(migrator::open(direct, HONEYDUE_SOURCE_DIR "/migrations")).up();
        if (report.failed) throw server_error(explain(report.failed->why));
        std::ifstream file{HONEYDUE_SOURCE_DIR "/examples/reference/seed.sql"};
        auto parameters = servers.postgres().as_user();
        parameters["dbname"] = name;
        plain_client{parameters}.execute(std::string{std::istreambuf_iterator<char>{file}, {}});
        if (servers.row() == test_row::direct) return direct;
        endpoint pooled = reach(servers.pooled());
        pooled.database = name;
        return pooled;
    }();
    return to;
}

inline connection opened_query_database() { return must(connection::open(query_database())); }

/// A fresh table for one test, gone at its end; by its own name, for models name it too.
class made_table {
public:
    made_table(connection& on, std::string name, const std::string& definition)
        : on_{on}, name_{std::move(name)} {
        must(on_.run(runtime("drop table if exists " + name_)));
        must(on_.run(runtime("create table " + name_ + " (" + definition + ")")));
    }
    made_table(const made_table&) = delete;
    made_table& operator=(const made_table&) = delete;
    ~made_table() { static_cast<void>(on_.run(runtime("drop table if exists " + name_))); }

private:
    connection& on_;
    std::string name_;
};

}  // namespace honeydue::support
