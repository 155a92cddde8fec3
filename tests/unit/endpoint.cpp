// SPDX-License-Identifier: MIT
// Endpoints from the environment and from text, the way to the pooler and back, and what is refused
// by name.
#include <honeydue/endpoint.hpp>

#include <array>
#include <chrono>
#include <cstdlib>
#include <string>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "handshake_error.hpp"
#include "libpq.hpp"

using namespace honeydue;
using namespace std::chrono_literals;

namespace {

/// The seven variables, as a service would set them.
class environment {
public:
    environment() {
        for (const char* one : {"DB_PORT", "DB_SSLMODE", "DB_SSLNEGOTIATION", "DB_SSLROOTCERT",
                                "DATABASE_URL", "POSTGRES_PASSWORD_FILE"})
            unset(one);
        set("DB_HOST", "ep-calm-sea-pooler.eu.example.com");
        set("POSTGRES_USER", "app");
        set("POSTGRES_PASSWORD", "s3cret'\\ word");
        set("POSTGRES_DB", "honeyDue");
    }
    static void set(const char* name, const char* value) { ::setenv(name, value, 1); }
    static void unset(const char* name) { ::unsetenv(name); }
};

endpoint sound() {
    endpoint to;
    to.host = "db.example";
    to.user = "app";
    to.password = "s3cret";
    to.database = "honeyDue";
    return to;
}

}  // namespace

TEST_CASE("an endpoint is read from the environment", "[endpoint]") {
    environment variables;
    variables.set("DB_PORT", "6543");
    variables.set("DB_SSLMODE", "require");
    variables.set("DB_SSLROOTCERT", "/etc/ca.crt");
    const auto to = endpoint::from_env();
    REQUIRE(to.check());
    CHECK(to.host == "ep-calm-sea-pooler.eu.example.com");
    CHECK(to.port == 6543);
    CHECK(to.user == "app");
    CHECK(to.password == "s3cret'\\ word");
    CHECK(to.database == "honeyDue");
    CHECK(to.sslmode == sslmode::require);
    CHECK(to.sslrootcert == "/etc/ca.crt");
}

TEST_CASE("what the environment leaves open is safe", "[endpoint]") {
    const environment variables;
    const auto to = endpoint::from_env();
    REQUIRE(to.check());
    CHECK(to.port == 5432);
    CHECK(to.sslmode == sslmode::verify_full);
    CHECK(to.sslrootcert.empty());
    CHECK(to.application_name == "honeydue");
}

TEST_CASE("a required variable that is not set is named, with the cure", "[endpoint]") {
    const auto* name = GENERATE("DB_HOST", "POSTGRES_USER", "POSTGRES_PASSWORD", "POSTGRES_DB");
    environment variables;
    variables.unset(name);
    const auto checked = endpoint::from_env().check();
    REQUIRE_FALSE(checked);
    CHECK(checked.error().code() == errc::configuration);
    CHECK(checked.error().message().starts_with(std::string{name} + " is not set: set it to "));
}

TEST_CASE("a password may be empty, the other required variables may not", "[endpoint]") {
    environment variables;
    variables.set("POSTGRES_PASSWORD", "");
    CHECK(endpoint::from_env().check());
    variables.set("POSTGRES_DB", "");
    CHECK(endpoint::from_env().check().error().message().starts_with("POSTGRES_DB is not set"));
}

TEST_CASE("a password may stand in a file that a variable names, but not in two places",
          "[endpoint]") {
    environment variables;
    variables.set("POSTGRES_PASSWORD_FILE", "/run/secrets/db");
    const auto both = endpoint::from_env().check();
    REQUIRE_FALSE(both);
    CHECK(both.error().message() ==
          "POSTGRES_PASSWORD and POSTGRES_PASSWORD_FILE are both set: unset one");
    variables.unset("POSTGRES_PASSWORD");
    const auto to = endpoint::from_env();
    REQUIRE(to.check());
    CHECK(to.password.empty());
    CHECK(to.password_file == "/run/secrets/db");
    variables.unset("DB_HOST");
    variables.set("DATABASE_URL", "postgresql://app@url.example/urlDb");
    CHECK(endpoint::from_env().password_file == "/run/secrets/db");
}

TEST_CASE("TLS that begins at once is refused by name where it cannot be", "[endpoint]") {
    environment variables;
    variables.set("DB_SSLNEGOTIATION", "sometimes");
    CHECK(endpoint::from_env().check().error().message() ==
          "DB_SSLNEGOTIATION is 'sometimes': give postgres or direct");
    variables.set("DB_SSLNEGOTIATION", "postgres");
    CHECK(endpoint::from_env().check());
    variables.set("DB_SSLNEGOTIATION", "direct");
    const auto to = endpoint::from_env();
    CHECK(to.sslnegotiation == sslnegotiation::direct);
    const auto parsed =
        endpoint::parse("postgresql://app@db.example/d?sslmode=require&sslnegotiation=direct");
    if (PQlibVersion() < 170000) {
        CHECK(to.check().error().message().starts_with("sslnegotiation (DB_SSLNEGOTIATION) is"));
        CHECK(to.check().error().message().find("libpq 17") != std::string::npos);
        CHECK(parsed.error().message() == to.check().error().message());
    } else {
        CHECK(to.check());
        CHECK(parsed.value().sslnegotiation == sslnegotiation::direct);
        variables.set("DB_SSLMODE", "disable");
        CHECK(endpoint::from_env().check().error().message().find("no TLS") != std::string::npos);
    }
}

TEST_CASE("a malformed variable is named, with what it may be", "[endpoint]") {
    environment variables;
    SECTION("DB_PORT") {
        const auto* value = GENERATE("0", "65536", "5432x", "-1", "postgres", "1e3");
        variables.set("DB_PORT", value);
        const auto message = endpoint::from_env().check().error().message();
        CHECK(message.starts_with("DB_PORT is '"));
        CHECK(message.find("1 to 65535") != std::string::npos);
    }
    SECTION("DB_SSLMODE") {
        const auto* value = GENERATE("prefer", "allow", "verify_full", "on");
        variables.set("DB_SSLMODE", value);
        const auto message = endpoint::from_env().check().error().message();
        CHECK(message.starts_with("DB_SSLMODE is '"));
        CHECK(message.find("verify-full, verify-ca, require or disable") != std::string::npos);
    }
}

TEST_CASE("the fault of an environment survives the way to the direct host", "[endpoint]") {
    environment variables;
    variables.unset("DB_HOST");
    CHECK(endpoint::from_env().direct().check().error().message().starts_with("DB_HOST"));
    CHECK(endpoint::from_env().pooled().check().error().message().starts_with("DB_HOST"));
}

TEST_CASE("DATABASE_URL is read when DB_HOST is not set, and DB_SSLMODE still counts",
          "[endpoint]") {
    environment variables;
    variables.set("DATABASE_URL", "postgresql://other:pw@url.example:7000/urlDb?sslmode=require");
    CHECK(endpoint::from_env().host == "ep-calm-sea-pooler.eu.example.com");
    variables.unset("DB_HOST");
    auto to = endpoint::from_env();
    REQUIRE(to.check());
    CHECK(to.host == "url.example");
    CHECK(to.user == "other");
    CHECK(to.sslmode == sslmode::require);
    variables.set("DB_SSLMODE", "verify-ca");
    CHECK(endpoint::from_env().sslmode == sslmode::verify_ca);
    variables.set("DATABASE_URL", "postgresql://other:hidden-pw@url.example:x/urlDb");
    const auto message = endpoint::from_env().check().error().message();
    CHECK(message.starts_with("DATABASE_URL: "));
    CHECK(message.find("hidden-pw") == std::string::npos);
}

TEST_CASE("a URL is read by libpq's rules", "[endpoint]") {
    const auto to = endpoint::parse(
        "postgres://us%65r:p%40ss%2Fword@[::1]:6432/honeyDue?sslmode=verify-ca&sslrootcert=/ca&"
        "application_name=api&connect_timeout=7&channel_binding=require");
    REQUIRE(to);
    CHECK(to->user == "user");
    CHECK(to->password == "p@ss/word");
    CHECK(to->host == "::1");
    CHECK(to->port == 6432);
    CHECK(to->database == "honeyDue");
    CHECK(to->sslmode == sslmode::verify_ca);
    CHECK(to->sslrootcert == "/ca");
    CHECK(to->application_name == "api");
    CHECK(to->connect_timeout == 7s);
    CHECK(to->channel_binding == "require");
}

TEST_CASE("key=value text is read by libpq's rules", "[endpoint]") {
    const auto to =
        endpoint::parse("host=/run/postgresql user=app password='it''s' dbname = 'a b'");
    REQUIRE_FALSE(to);  // '' is no quote there: \' is
    const auto read =
        endpoint::parse(R"(host=/run/postgresql user=app password='it\'s' dbname = 'a b')");
    REQUIRE(read);
    CHECK(read->host == "/run/postgresql");
    CHECK(read->password == "it's");
    CHECK(read->database == "a b");
}

TEST_CASE("text that is no endpoint is refused without showing what might be the password",
          "[endpoint]") {
    const auto* text = GENERATE("postgresql://app:hunter2@host:port/db", "host=a user=b hunter2",
                                "postgresql://app:%zz-hunter2@host/db", "password='hunter2");
    const auto read = endpoint::parse(text);
    REQUIRE_FALSE(read);
    CHECK(read.error().code() == errc::configuration);
    CHECK(explain(read.error()).find("hunter2") == std::string::npos);
    CHECK(explain(read.error()).find('\n') == std::string::npos);
}

TEST_CASE("an option that is no field of an endpoint is refused by name", "[endpoint]") {
    const auto read = endpoint::parse("host=a user=b dbname=c target_session_attrs=read-write");
    REQUIRE_FALSE(read);
    CHECK(read.error().message().find("'target_session_attrs'") != std::string::npos);
}

TEST_CASE("the direct host is the pooled one without -pooler in its first label", "[endpoint]") {
    struct pair {
        const char* pooled;
        const char* direct;
    };
    const auto one = GENERATE(values<pair>({
        {"ep-x-pooler.eu.neon.example", "ep-x.eu.neon.example"},
        {"db-pooler", "db"},
        {"a-pooler.b-pooler.c", "a.b-pooler.c"},
    }));
    auto to = sound();
    to.host = one.pooled;
    CHECK(to.direct().host == one.direct);
    CHECK(to.pooled().host == one.pooled);
    CHECK(to.direct().direct().host == one.direct);
    CHECK(to.direct().pooled().host == one.pooled);
    CHECK(to.direct().password == to.password);
}

TEST_CASE("a host that is no name has no pooler beside it", "[endpoint]") {
    auto to = sound();
    to.host = GENERATE("127.0.0.1", "::1", "/run/postgresql");
    CHECK(to.pooled().host == to.host);
    CHECK(to.direct().host == to.host);
}

TEST_CASE("a field that cannot be is refused by its name", "[endpoint]") {
    struct wrong {
        const char* field;
        void (*spoil)(endpoint&);
    };
    const auto one = GENERATE(values<wrong>({
        {"host", [](endpoint& to) { to.host.clear(); }},
        {"host", [](endpoint& to) { to.host = "a,b"; }},
        {"port", [](endpoint& to) { to.port = 0; }},
        {"user", [](endpoint& to) { to.user.clear(); }},
        {"database", [](endpoint& to) { to.database.clear(); }},
        {"application_name", [](endpoint& to) { to.application_name.clear(); }},
        {"application_name", [](endpoint& to) { to.application_name = "caf\u00e9"; }},
        {"application_name", [](endpoint& to) { to.application_name = std::string(64, 'a'); }},
        {"connect_timeout", [](endpoint& to) { to.connect_timeout = 0ms; }},
        {"connect_timeout", [](endpoint& to) { to.connect_timeout = 11min; }},
        {"tcp_user_timeout", [](endpoint& to) { to.tcp_user_timeout = -1ms; }},
        {"channel_binding", [](endpoint& to) { to.channel_binding = "maybe"; }},
        {"NUL", [](endpoint& to) { to.password.push_back('\0'); }},
    }));
    auto to = sound();
    REQUIRE(to.check());
    one.spoil(to);
    const auto checked = to.check();
    REQUIRE_FALSE(checked);
    CHECK(checked.error().code() == errc::configuration);
    CHECK(checked.error().message().find(one.field) != std::string::npos);
}

TEST_CASE("the text for logs has everything but the password", "[endpoint]") {
    CHECK(sound().redacted() == "postgresql://app@db.example:5432/honeyDue?sslmode=verify-full");
}

TEST_CASE(
    "a failed handshake is told apart by phase and words, and the field and the cure are named",
    "[endpoint]") {
    struct heard {
        handshake_phase phase;
        const char* message;
        errc code;
        const char* field;
    };
    using enum handshake_phase;
    const auto one = GENERATE(values<heard>({
        {tcp,
         "connection to server at \"10.0.0.1\", port 5432 failed: Connection refused\n\tIs the "
         "server running?",
         errc::connect, "DB_PORT"},
        {tcp, "connection to server at \"10.0.0.1\", port 5432 failed: Network is unreachable",
         errc::connect, "DB_HOST"},
        {startup,
         "connection to server failed: FATAL:  28P01: password authentication failed for user "
         "\"app\"\n"
         "LOCATION:  auth_failed, auth.c:335",
         errc::authentication, "POSTGRES_PASSWORD"},
        {startup, "connection to server failed: FATAL:  08P01: SASL authentication failed",
         errc::authentication, "POSTGRES_PASSWORD"},
        {startup,
         "connection to server failed: FATAL:  3D000: database \"honeydue\" does not exist",
         errc::authentication, "POSTGRES_DB"},
        {startup,
         "connection to server failed: FATAL:  08P01: database \"honeydue\" does not exist",
         errc::authentication, "POSTGRES_DB"},
        {startup, "connection to server failed: FATAL:  08P01: role \"x\" does not exist",
         errc::authentication, "POSTGRES_USER"},
        {startup, "connection to server failed: FATAL:  08P01: no such database: honeydue",
         errc::authentication, "POSTGRES_DB"},
        {startup,
         "connection to server failed: FATAL:  28000: no pg_hba.conf entry for host \"1.2.3.4\", "
         "user "
         "\"app\", database \"d\", no encryption",
         errc::tls, "DB_SSLMODE"},
        {startup, "connection to server failed: FATAL:  08P01: SSL required", errc::tls,
         "DB_SSLMODE"},
        {startup,
         "connection to server failed: FATAL:  08P01: unsupported startup parameter: options",
         errc::configuration, "PGOPTIONS"},
        {startup, "connection to server failed: FATAL:  53300: sorry, too many clients already",
         errc::connect, "DB_MAX_OPEN_CONNS"},
        {startup,
         "connection to server failed: FATAL:  08P01: no more connections allowed "
         "(max_client_conn)",
         errc::connect, "DB_MAX_OPEN_CONNS"},
        {tls, "connection to server failed: server does not support SSL, but SSL was required",
         errc::tls, "DB_SSLMODE"},
        {tls, "connection to server failed: SSL error: certificate verify failed", errc::tls,
         "DB_SSLROOTCERT"},
        {tls,
         "connection to server failed: root certificate file \"/x\" does not exist\nEither provide "
         "the file",
         errc::tls, "DB_SSLROOTCERT"},
        {tls,
         "connection to server failed: server certificate for \"a\" does not match host name \"b\"",
         errc::tls, "DB_HOST"},
        {tls, "connection to server failed: SSL error: tlsv1 alert protocol version", errc::tls,
         "DB_SSLMODE"},
        {tls, "connection to server failed: server closed the connection unexpectedly",
         errc::connect, "DB_HOST"},
        {startup,
         "connection to server failed: channel binding is required, but server did not offer it",
         errc::tls, "channel_binding"},
    }));
    CAPTURE(one.message);
    const auto failure = handshake_error(sound(), one.phase, one.message);
    CHECK(failure.code() == one.code);
    CHECK(failure.message().find(one.field) != std::string::npos);
    CHECK(failure.message().find('\n') == std::string::npos);
    CHECK(failure.message().find("LOCATION") == std::string::npos);
    CHECK(failure.message().find("s3cret") == std::string::npos);
}

TEST_CASE("a role that is called like a symptom does not decide what failed", "[endpoint]") {
    const auto failure = handshake_error(
        sound(), handshake_phase::startup,
        "connection to server failed: FATAL:  3D000: database \"certificate\" does not exist");
    CHECK(failure.code() == errc::authentication);
    CHECK(is_missing_database(failure));
    CHECK(failure.sqlstate() == "3D000"_sqlstate);
}
