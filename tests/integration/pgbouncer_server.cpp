// SPDX-License-Identifier: MIT
// The private PgBouncer is what the tests are told it is.
#include "pgbouncer_server.hpp"

#include "test_environment.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <csignal>
#include <string>

using namespace honeydue::support;

namespace {

std::string only_value(std::vector<text_row> rows) { return rows.at(0).at(0); }

std::string setting(const pgbouncer_server& server, const std::string& name) {
    for (const auto& row : server.administer("show config")) {
        if (row.at(0) == name) return row.at(1);
    }
    return "";
}

}  // namespace

TEST_CASE("PgBouncer gives each transaction whichever server connection is free",
          "[support][pgbouncer_server]") {
    const auto kind = GENERATE(pgbouncer_kind::packaged, pgbouncer_kind::tracking);
    const pgbouncer_server server(test_environment::shared().postgres(), {.kind = kind});
    plain_client first(server.as_user());
    plain_client second(server.as_user());
    const auto before = only_value(first.execute("select pg_backend_pid()"));
    second.execute("begin");
    const auto taken = only_value(second.execute("select pg_backend_pid()"));
    const auto after = only_value(first.execute("select pg_backend_pid()"));
    CHECK(taken == before);
    CHECK(after != before);
    CHECK(setting(server, "pool_mode") == "transaction");
}

TEST_CASE("PgBouncer refuses a client without TLS", "[support][pgbouncer_server]") {
    auto parameters = test_environment::shared().pooled();
    parameters["sslmode"] = "disable";
    parameters.erase("sslrootcert");
    CHECK_THROWS_AS(plain_client(parameters), server_error);
}

TEST_CASE("PgBouncer refuses a wrong password", "[support][pgbouncer_server]") {
    auto parameters = test_environment::shared().pooled();
    parameters["password"] = "wrong";
    CHECK_THROWS_AS(plain_client(parameters), server_error);
}

TEST_CASE("the tracking kind tracks prepared statements", "[support][pgbouncer_server]") {
    auto& server = test_environment::shared().pgbouncer(pgbouncer_kind::tracking);
    CHECK(setting(server, "max_prepared_statements") == "200");
}

TEST_CASE("pool size and client limit are what was asked for", "[support][pgbouncer_server]") {
    const pgbouncer_server server(test_environment::shared().postgres(),
                                  {.pool_size = 3, .max_client_conn = 7});
    CHECK(setting(server, "default_pool_size") == "3");
    CHECK(setting(server, "max_client_conn") == "7");
}

TEST_CASE("a stopped PgBouncer comes back on its port", "[support][pgbouncer_server]") {
    pgbouncer_server server(test_environment::shared().postgres());
    const auto port = server.port();
    server.stop(SIGTERM);
    CHECK_THROWS_AS(plain_client(server.as_user()), server_error);
    server.start();
    CHECK(server.port() == port);
    plain_client client(server.as_user());
    CHECK(only_value(client.execute("select 1")) == "1");
}
