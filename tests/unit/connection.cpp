// SPDX-License-Identifier: MIT
// What can be said of a connection without a server: what a group may hold, how libpq's words are
// read, and names looked up.
#include <honeydue/connection.hpp>

#include <chrono>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "libpq.hpp"
#include "resolver.hpp"
#include "sync_group.hpp"

using namespace honeydue;
using namespace std::chrono_literals;

namespace {

statement placed(place where) { return statement{"select 1", {}, {}, effect::unknown, where}; }

errc refusal(const result<void>& checked) {
    REQUIRE_FALSE(checked);
    return checked.error().code();
}

}  // namespace

TEST_CASE("a statement that needs a transaction fits one, however it is begun", "[connection]") {
    const std::vector lock{placed(place::in_transaction)};
    CHECK(refusal(check_group(lock, framing::independent, false)) == errc::refused);
    CHECK(check_group(lock, framing::atomic, false));
    CHECK(check_group(lock, framing::independent, true));
    CHECK(check_group(std::vector{runtime("BEGIN isolation level serializable"), lock[0]},
                      framing::independent, false));
    CHECK(refusal(check_group(std::vector{runtime("select 1"), lock[0]}, framing::independent,
                              false)) == errc::refused);
}

TEST_CASE("a statement that must be alone fits nothing else", "[connection]") {
    const auto vacuum = placed(place::alone);
    CHECK(check_group(std::vector{vacuum}, framing::independent, false));
    CHECK(refusal(check_group(std::vector{vacuum}, framing::atomic, false)) == errc::refused);
    CHECK(refusal(check_group(std::vector{vacuum}, framing::independent, true)) == errc::refused);
    CHECK(refusal(check_group(std::vector{vacuum, runtime("select 1")}, framing::independent,
                              false)) == errc::refused);
}

TEST_CASE("an empty group and a value PostgreSQL cannot hold are refused", "[connection]") {
    CHECK(refusal(check_group({}, framing::independent, false)) == errc::refused);
    const std::vector nul{runtime("select $1::text", std::string("a\0b", 3))};
    CHECK(refusal(check_group(nul, framing::independent, false)) == errc::encode);
}

TEST_CASE("libpq's lines are folded into one", "[connection]") {
    CHECK(libpq::one_line(
              "server closed the connection unexpectedly\n\tThis probably means\n  so.\n") ==
          "server closed the connection unexpectedly This probably means so.");
    CHECK(libpq::one_line("\n \t").empty());
}

TEST_CASE("the SQLSTATE is found in a verbose message, and only there", "[connection]") {
    CHECK(libpq::state_in("connection failed: FATAL:  28P01: password authentication failed") ==
          "28P01"_sqlstate);
    CHECK(libpq::state_in("FATAL:  the database system is starting up").empty());
    CHECK(libpq::state_in("FATAL:  28P0").empty());
    CHECK(libpq::state_in("").empty());
}

TEST_CASE("a pooler's refusal to find a server is known to have run nothing", "[connection]") {
    server_report report;
    report.severity = "FATAL";
    report.message = "query_wait_timeout";
    CHECK(libpq::never_reached_server(report));
    report.message = "invalid server parameter";
    CHECK(libpq::never_reached_server(report));
    report.message = "server conn crashed?";
    CHECK_FALSE(libpq::never_reached_server(report));
    report.severity = "ERROR";
    report.message = "query_wait_timeout";
    CHECK_FALSE(libpq::never_reached_server(report));
}

TEST_CASE("an address is its own answer, at once", "[connection]") {
    for (const char* address : {"127.0.0.1", "::1"}) {
        const auto answered = lookup::start(address);
        REQUIRE(answered->done());
        CHECK(answered->addresses().value() == std::vector<std::string>{address});
    }
}

TEST_CASE("a wrong endpoint is refused before anything is dialled", "[connection]") {
    endpoint to;
    CHECK(connection::open(to).error().code() == errc::configuration);
    to.fault.emplace(errc::configuration, "DB_HOST is not set");
    CHECK(connection::open(to).error().message() == "DB_HOST is not set");
}

TEST_CASE("nothing is dialled when the deadline has passed", "[connection]") {
    endpoint to;
    to.host = "127.0.0.1";
    to.user = "app";
    to.database = "honeyDue";
    const auto opened = connection::open(to, std::chrono::steady_clock::now() - 1s);
    REQUIRE_FALSE(opened);
    CHECK(opened.error().code() == errc::deadline);
}
