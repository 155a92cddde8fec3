// SPDX-License-Identifier: MIT
// What a failure answers when it is asked.
#include <honeydue/error.hpp>

#include <string>
#include <string_view>
#include <utility>

#include <catch2/catch_test_macros.hpp>

using namespace honeydue;

namespace {

error reported(std::string_view state, std::string message, std::string severity = "ERROR") {
    server_report report;
    report.severity = std::move(severity);
    report.message = std::move(message);
    return {errc::statement, sqlstate{state}, std::move(report)};
}

}  // namespace

TEST_CASE("a sqlstate is five characters of 0-9 and A-Z, or empty", "[error]") {
    CHECK(sqlstate{"23505"}.text() == "23505");
    CHECK(sqlstate{"40P01"}.category() == "40");
    for (const std::string_view wrong : {"", "2350", "235055", "2350a", "23 05"}) {
        CHECK(sqlstate{wrong}.empty());
        CHECK(sqlstate{wrong}.text().empty());
    }
    STATIC_CHECK("23505"_sqlstate == sqlstate{"23505"});
}

TEST_CASE("every code has a name of its own", "[error]") {
    for (int left = 0; left <= static_cast<int>(errc::cursor); ++left) {
        CHECK_FALSE(name(static_cast<errc>(left)).empty());
        for (int right = 0; right < left; ++right)
            CHECK(name(static_cast<errc>(left)) != name(static_cast<errc>(right)));
    }
    CHECK(name(errc::connection_lost) == "connection_lost");
    CHECK(name(errc::migration) == "migration");
}

TEST_CASE("a serialization failure is transient, a unique violation is not", "[error]") {
    CHECK(reported("40001", "could not serialize access").transient());
    CHECK(reported("40P01", "deadlock detected").transient());
    CHECK(reported("57P03", "the database system is starting up").transient());
    CHECK_FALSE(reported("23505", "duplicate key value").transient());
    CHECK_FALSE(reported("42P01", "relation does not exist").transient());
}

TEST_CASE("a pooler's report is judged by its words, for its state says nothing", "[error]") {
    CHECK(reported("08P01", "query_wait_timeout", "FATAL").transient());
    CHECK(reported("XX000", "Control plane request failed", "FATAL").transient());
    CHECK_FALSE(reported("08P01", "invalid message format", "FATAL").transient());
    CHECK_FALSE(reported("42601", "no more connections allowed").transient());
}

TEST_CASE("a fatal report means that its connection is gone", "[error]") {
    CHECK(reported("57P01", "terminating connection", "FATAL").connection_lost());
    CHECK(reported("XX000", "a crash", "PANIC").connection_lost());
    CHECK_FALSE(reported("22012", "division by zero").connection_lost());
    CHECK(error{errc::connection_lost, "gone"}.connection_lost());
    CHECK_FALSE(error{errc::deadline, "late"}.connection_lost());
}

TEST_CASE("a failure did not run until it is said that it may have", "[error]") {
    CHECK_FALSE(error{errc::encode, "bad"}.may_have_run());
    CHECK(error{errc::decode, "bad"}.with(outcome::may_have_run).may_have_run());
    CHECK(error{errc::deadline, "late", outcome::may_have_run}.may_have_run());
}

TEST_CASE("a place is said before the message, and nothing else changes", "[error]") {
    const error placed = reported("22012", "division by zero").in("$1");
    CHECK(placed.message() == "$1: division by zero");
    CHECK(placed.sqlstate() == "22012"_sqlstate);
    REQUIRE(placed.report() != nullptr);
    CHECK(placed.report()->message == "division by zero");
}

TEST_CASE("explain says everything an operator needs in one line", "[error]") {
    server_report report;
    report.severity = "ERROR";
    report.message = "duplicate key value\nviolates unique constraint";
    report.table = "auth_user";
    report.constraint = "auth_user_email_key";
    report.hint = "choose another";
    const error failure{errc::statement, "23505"_sqlstate, report, outcome::may_have_run};
    CHECK(failure.message() == "duplicate key value violates unique constraint");
    CHECK(failure.report()->message == report.message);
    CHECK(explain(failure) ==
          "statement: duplicate key value violates unique constraint; SQLSTATE 23505; table "
          "auth_user; constraint auth_user_email_key; hint choose another; may have run");
}

TEST_CASE("explain leaves out what may quote a row", "[error]") {
    server_report report;
    report.message = "duplicate key";
    report.detail = "Key (email)=(someone@example.org) already exists.";
    report.context = "COPY auth_user, line 1";
    const std::string line = explain(error{errc::statement, "23505"_sqlstate, report});
    CHECK(line.find("someone@example.org") == std::string::npos);
    CHECK(line.find("COPY") == std::string::npos);
}

TEST_CASE("an error the server did not make has no state and no report", "[error]") {
    const error failure{errc::resolve, "no such host"};
    CHECK(failure.sqlstate().empty());
    CHECK(failure.report() == nullptr);
    CHECK(failure.transient());
    CHECK(explain(failure) == "resolve: no such host; transient");
}
