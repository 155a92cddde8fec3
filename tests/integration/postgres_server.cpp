// SPDX-License-Identifier: MIT
// The private PostgreSQL is what the tests are told it is.
#include "postgres_server.hpp"

#include "test_environment.hpp"

#include <catch2/catch_test_macros.hpp>
#include <csignal>
#include <string>

using namespace honeydue::support;

namespace {

postgres_server& shared_server() { return test_environment::shared().postgres(); }

std::string refusal_of(const connection_parameters& parameters) {
    try {
        const plain_client client(parameters);
    } catch (const server_error& error) {
        return error.what();
    }
    return "";
}

bool mentions(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("the database keeps its capital letter and belongs to the application",
          "[support][postgres_server]") {
    plain_client client(shared_server().as_user());
    const auto row = client.execute(
        "select current_database(), d.datdba::regrole, r.rolsuper from pg_database d, pg_roles r"
        " where d.datname = current_database() and r.rolname = current_user");
    CHECK(row == std::vector<text_row>{{"honeyDue", "honeydue_app", "f"}});
}

TEST_CASE("sessions are encrypted and passwords are SCRAM verifiers",
          "[support][postgres_server]") {
    plain_client client(shared_server().as_superuser());
    CHECK(client.execute("select ssl from pg_stat_ssl where pid = pg_backend_pid()") ==
          std::vector<text_row>{{"t"}});
    CHECK(shared_server().verifier_of("honeydue_app").starts_with("SCRAM-SHA-256$"));
}

TEST_CASE("a client without TLS is refused", "[support][postgres_server]") {
    auto parameters = shared_server().as_user();
    parameters["sslmode"] = "disable";
    parameters.erase("sslrootcert");
    CHECK(mentions(refusal_of(parameters), "no encryption"));
}

TEST_CASE("a wrong password is refused", "[support][postgres_server]") {
    auto parameters = shared_server().as_user();
    parameters["password"] = "wrong";
    CHECK(mentions(refusal_of(parameters), "password authentication failed"));
}

TEST_CASE("the certificate holds for the name and for the address", "[support][postgres_server]") {
    auto parameters = shared_server().as_user();
    CHECK(refusal_of(parameters).empty());
    parameters["host"] = "127.0.0.1";
    CHECK(refusal_of(parameters).empty());
    parameters["host"] = "somebody.else";
    CHECK(mentions(refusal_of(parameters), "somebody.else"));
}

TEST_CASE("a client that trusts another authority refuses the server",
          "[support][postgres_server]") {
    const postgres_server stranger;
    auto parameters = shared_server().as_user();
    parameters["sslrootcert"] = stranger.certificates().authority.native();
    CHECK(mentions(refusal_of(parameters), "certificate verify failed"));
}

TEST_CASE("a stopped server comes back on its port with its data", "[support][postgres_server]") {
    postgres_server server({.writes = durability::full});
    const auto port = server.port();
    plain_client(server.as_user()).execute("create table kept as select 42 as answer");
    server.stop(SIGINT);
    CHECK_FALSE(refusal_of(server.as_user()).empty());
    server.start();
    CHECK(server.port() == port);
    plain_client client(server.as_user());
    CHECK(client.execute("select answer from kept") == std::vector<text_row>{{"42"}});
    CHECK(client.execute("show fsync") == std::vector<text_row>{{"on"}});
}
