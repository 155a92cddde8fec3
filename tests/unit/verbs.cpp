// SPDX-License-Identifier: MIT
// What the verbs make of answers, whoever gives them.
#include <honeydue/verbs.hpp>

#include <libpq-fe.h>

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <honeydue/select.hpp>

#include "household.hpp"

namespace hd = honeydue;
using hd::col;
using home = residence::residence;

namespace {

/// A result of one text column, as libpq holds it.
hd::rows one_column(const std::string& name, const std::vector<std::string>& values) {
    PGresult* made = PQmakeEmptyPGresult(nullptr, PGRES_TUPLES_OK);
    std::string column = name;
    PGresAttDesc described{column.data(), 0, 0, 1, hd::oids::text, -1, -1};
    PQsetResultAttrs(made, 1, &described);
    for (int row = 0; row < static_cast<int>(values.size()); ++row) {
        std::string value = values[static_cast<std::size_t>(row)];
        PQsetvalue(made, row, 0, value.data(), static_cast<int>(value.size()));
    }
    return hd::rows{std::shared_ptr<const void>{
        made, [](const void* held) {
            PQclear(const_cast<PGresult*>(static_cast<const PGresult*>(held)));
        }}};
}

/// Answers what it was told to and remembers what it was asked.
struct scripted {
    hd::result<std::vector<hd::rows>> answer;
    std::vector<std::string> asked{};
    int calls = 0;

    hd::result<std::vector<hd::rows>> run(std::span<const hd::statement> group) {
        ++calls;
        for (const hd::statement& one : group)
            asked.emplace_back(one.text());
        return answer;
    }
};

scripted answering(const std::vector<std::string>& names) {
    return {std::vector{one_column("name", names)}};
}

const auto names = hd::select<&home::name>();

}  // namespace

TEST_CASE("fetch_all gives every row in order, in one call", "[verbs]") {
    auto db = answering({"a", "b"});
    CHECK(names.fetch_all(db).value() == std::vector<std::string>{"a", "b"});
    CHECK(db.asked == std::vector<std::string>{"select name from residence_residence"});
    CHECK(db.calls == 1);
}

TEST_CASE("fetch_one gives the only row", "[verbs]") {
    auto db = answering({"a"});
    CHECK(names.fetch_one(db).value() == "a");
}

TEST_CASE("fetch_one on no row or on two is an error that says which", "[verbs]") {
    auto none = answering({});
    auto two = answering({"a", "b"});
    const auto first = names.fetch_one(none);
    const auto second = names.fetch_one(two);
    REQUIRE_FALSE(first);
    REQUIRE_FALSE(second);
    CHECK(first.error().code() == hd::errc::row_count);
    CHECK(first.error().message() ==
          "expected one row, found none: select name from residence_residence");
    CHECK(second.error().message() ==
          "expected one row, found 2: select name from residence_residence");
    CHECK_FALSE(first.error().may_have_run());
}

TEST_CASE("fetch_optional gives nothing for no row and refuses two", "[verbs]") {
    auto none = answering({});
    auto one = answering({"a"});
    auto two = answering({"a", "b"});
    CHECK(names.fetch_optional(none).value() == std::nullopt);
    CHECK(names.fetch_optional(one).value() == "a");
    CHECK(names.fetch_optional(two).error().code() == hd::errc::row_count);
}

TEST_CASE("an executor's error is the verb's", "[verbs]") {
    scripted db{hd::fail(hd::errc::connection_lost, "gone")};
    CHECK(names.fetch_all(db).error().message() == "gone");
    CHECK(hd::execute(db, hd::runtime("select 1")).error().code() == hd::errc::connection_lost);
}

TEST_CASE("what ran and cannot be read may have run, unless it only reads", "[verbs]") {
    auto db = answering({"a"});
    const auto unknown = hd::fetch_all<std::int64_t>(db, hd::runtime("select name from x"));
    REQUIRE_FALSE(unknown);
    CHECK(unknown.error().code() == hd::errc::decode);
    CHECK(unknown.error().may_have_run());
}

TEST_CASE("together sends every read in one call and gives a tuple", "[verbs]") {
    scripted db{std::vector{one_column("name", {"a"}), one_column("city", {})}};
    const auto both = hd::together(db, names, hd::select<&home::city>());
    REQUIRE(both);
    CHECK(std::get<0>(*both) == std::vector<std::string>{"a"});
    CHECK(std::get<1>(*both).empty());
    CHECK(db.calls == 1);
    CHECK(db.asked.size() == 2);
}
