// SPDX-License-Identifier: MIT
// Connecting where something is wrong: each failure is one line that names the field and the cure,
// without the password.
#include <honeydue/connection.hpp>
#include <honeydue/endpoint.hpp>

#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>

#include <catch2/catch_test_macros.hpp>

#include "loopback.hpp"
#include "reach.hpp"
#include "wire_proxy.hpp"

using namespace honeydue;
using namespace honeydue::support;
using namespace std::chrono_literals;

namespace {

/// The failure of connecting, in the operator's words.
error refused(const endpoint& to) {
    auto opened = connection::open(to);
    REQUIRE_FALSE(opened);
    const std::string line = explain(opened.error());
    INFO(line);
    CHECK(line.find('\n') == std::string::npos);
    CHECK(line.find(to.password) == std::string::npos);
    return std::move(opened.error());
}

bool says(const error& failure, const std::string& words) {
    return failure.message().find(words) != std::string::npos;
}

std::string in_lower_case(std::string text) {
    for (char& c : text)
        c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return text;
}

}  // namespace

TEST_CASE("an endpoint from the environment connects, with TLS and verified", "[endpoint]") {
    for (const auto& [name, value] : test_environment::shared().variables()) {
        ::setenv(name.c_str(), value.c_str(), 1);
    }
    const auto to = endpoint::from_env();
    CHECK(to.sslmode == sslmode::verify_full);
    auto on = must(connection::open(to));
    CHECK(on.state() == session_state::idle);
}

TEST_CASE("a wrong password names the user and the variables", "[endpoint]") {
    auto to = reach_row();
    to.password = "n0t-the-password";
    const auto failure = refused(to);
    CHECK(failure.code() == errc::authentication);
    CHECK(says(failure, "'" + to.user + "'"));
    CHECK(says(failure, "POSTGRES_PASSWORD"));
}

TEST_CASE("an unknown user is an authentication error", "[endpoint]") {
    auto to = reach_row();
    to.user = "nobody_known";
    const auto failure = refused(to);
    CHECK(failure.code() == errc::authentication);
    CHECK(says(failure, "POSTGRES_USER"));
}

TEST_CASE("a database name in the wrong case is answered with the right one", "[endpoint]") {
    auto to = reach(test_environment::shared().direct());
    const std::string right = to.database;
    to.database = in_lower_case(right);
    REQUIRE(to.database != right);
    const auto failure = refused(to);
    CHECK(failure.code() == errc::authentication);
    CHECK(failure.sqlstate() == "3D000"_sqlstate);
    CHECK(says(failure, "'" + right + "'"));
    CHECK(says(failure, "POSTGRES_DB"));
}

TEST_CASE("a database that is not there is named, whatever is in front of the server",
          "[endpoint]") {
    auto to = reach_row();
    to.database = in_lower_case(to.database);
    const auto failure = refused(to);
    INFO(explain(failure));
    CHECK(failure.code() == errc::authentication);
    CHECK(says(failure, "POSTGRES_DB"));
}

TEST_CASE("a port where nobody listens is a connect error", "[endpoint]") {
    auto to = reach_row();
    to.port = free_port();
    const auto failure = refused(to);
    CHECK(failure.code() == errc::connect);
    CHECK(says(failure, "DB_PORT"));
    CHECK(failure.transient());
}

TEST_CASE("a host without an address is a resolve error", "[endpoint]") {
    auto to = reach_row();
    to.hostaddr.clear();
    to.host = "no-such-host.invalid";
    const auto failure = refused(to);
    CHECK(failure.code() == errc::resolve);
    CHECK(says(failure, "DB_HOST"));
}

TEST_CASE("a server that accepts and then says nothing is given up in time", "[endpoint]") {
    const auto silent = listen_on_free_port();
    auto to = through(reach_row(), silent.port);
    to.connect_timeout = 200ms;
    const auto failure = refused(to);
    CHECK(failure.code() == errc::connect);
    CHECK(says(failure, "connect_timeout"));
    auto opened = connection::open(to, std::chrono::steady_clock::now() + 50ms);
    CHECK(opened.error().code() == errc::deadline);
    ::close(silent.descriptor);
}

TEST_CASE("an authority that did not sign the certificate is a TLS error", "[endpoint]") {
    auto to = reach_row();
    SECTION("the system's own") {
        to.sslrootcert.clear();
        CHECK(says(refused(to), "DB_SSLROOTCERT"));
    }
    SECTION("the system's own, by that name") {
        to.sslrootcert = "system";
        CHECK(says(refused(to), "DB_SSLROOTCERT"));
    }
    SECTION("a file that is not there") {
        to.sslrootcert = "/nonexistent/ca.crt";
        CHECK(says(refused(to), "'/nonexistent/ca.crt'"));
    }
    CHECK(refused(to).code() == errc::tls);
}

TEST_CASE("a certificate made out to another name is a TLS error, and verify-ca does not mind",
          "[endpoint]") {
    auto to = reach_row();
    to.hostaddr = "127.0.0.1";
    to.host = "elsewhere.example";
    const auto failure = refused(to);
    CHECK(failure.code() == errc::tls);
    CHECK(says(failure, "'elsewhere.example'"));
    CHECK(says(failure, "DB_HOST"));
    to.sslmode = sslmode::verify_ca;
    CHECK(connection::open(to));
}

TEST_CASE("a server without TLS is a TLS error that names sslmode", "[endpoint]") {
    const postgres_server plain;
    const auto to = reach(plain.as_user());
    {
        plain_client administrator{plain.as_superuser()};
        administrator.execute("alter system set ssl = off");
        administrator.execute("select pg_reload_conf()");
    }
    while (connection::open(to)) {
    }
    const auto failure = refused(to);
    CHECK(failure.code() == errc::tls);
    CHECK(says(failure, "DB_SSLMODE"));
}

TEST_CASE("a startup parameter that the pooler does not take is named, with the cure",
          "[endpoint]") {
    auto& servers = test_environment::shared();
    const auto to = reach(servers.pooled(pgbouncer_kind::packaged));
    ::setenv("PGOPTIONS", "-c search_path=public", 1);
    const auto failure = refused(to);
    ::unsetenv("PGOPTIONS");
    CHECK(failure.code() == errc::configuration);
    CHECK(says(failure, "options"));
    CHECK(says(failure, "PGOPTIONS"));
}

TEST_CASE("the handshake is six or seven round trips, and none of them counts as a statement's",
          "[endpoint]") {
    wire_proxy wire{test_environment::shared().port(), {.rtt = 20ms}};
    const auto on = must(connection::open(through(reach_row(), wire.port())));
    CHECK(on.state() == session_state::idle);
    // The proxy does not count TCP's own.
    CHECK(wire.round_trips() >= 5);
    CHECK(wire.round_trips() <= 6);
}

TEST_CASE("one address that does not answer does not keep the others out", "[endpoint]") {
    // "localhost" is ::1 and 127.0.0.1 where IPv6 is up; the servers listen on the second only.
    auto to = reach_row();
    to.hostaddr.clear();
    to.host = "localhost";
    CHECK(connection::open(to));
}

TEST_CASE("a password is asked for at each dial, from a function or a file", "[endpoint]") {
    auto to = reach_row();
    const std::string right = std::exchange(to.password, "out of date");
    SECTION("from a function") {
        int asked = 0;
        to.password_source = [&]() -> result<std::string> {
            ++asked;
            return right;
        };
        CHECK(connection::open(to));
        CHECK(connection::open(to));
        CHECK(asked == 2);
    }
    SECTION("from a file that changes") {
        const auto path = std::filesystem::temp_directory_path() /
                          ("honeydue-password-" + std::to_string(::getpid()));
        to.password_file = path.string();
        std::ofstream{to.password_file} << "also out of date\n";
        CHECK(connection::open(to).error().code() == errc::authentication);
        std::ofstream{to.password_file} << right << '\n';
        CHECK(connection::open(to));
        std::filesystem::remove(path);
    }
}

TEST_CASE("a password that cannot be had is told by its field", "[endpoint]") {
    auto to = reach_row();
    to.password_file = "/nowhere/password";
    const auto missing = connection::open(to);
    REQUIRE_FALSE(missing);
    CHECK(missing.error().code() == errc::configuration);
    CHECK(missing.error().message().find("password_file '/nowhere/password'") != std::string::npos);
    to.password_source = []() -> result<std::string> {
        return fail(errc::configuration, "the vault is shut");
    };
    CHECK(connection::open(to).error().message() == "the vault is shut");
}
