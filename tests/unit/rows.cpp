// SPDX-License-Identifier: MIT
// Reading results into structs, tuples and single values, and the errors that
// say what did not fit.
#include <honeydue/rows.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>

#include <catch2/catch_test_macros.hpp>

#include <honeydue/array.hpp>
#include <honeydue/enumeration.hpp>

#include "made_rows.hpp"

using namespace honeydue;
using namespace honeydue::test;

namespace shop {

struct item {
    std::int64_t id = 0;
    std::string title;
    std::optional<double> price;
};

enum class size { small, large };

struct shirt {
    static constexpr table meta{.rename = {{"size_", "size"}}};

    std::optional<size> size_;
};

}  // namespace shop

namespace {

const std::vector<made_column> item_columns{
    {"id", oids::int8}, {"title", oids::text}, {"price", oids::float8}};

std::string message_of(const auto& refused) {
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code() == errc::decode);
    return refused.error().message();
}

bool mentions(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a struct takes its columns by name, whatever their order", "[rows]") {
    const rows received =
        make_rows({{"price", oids::float8}, {"id", oids::int8}, {"title", oids::text}},
                  {{wire_of(2.5), wire_of(std::int64_t{1}), "lamp"},
                   {std::nullopt, wire_of(std::int64_t{2}), ""}});
    const auto items = decode<shop::item>(received);
    REQUIRE(items);
    REQUIRE(items->size() == 2);
    CHECK((*items)[0].id == 1);
    CHECK((*items)[0].title == "lamp");
    CHECK((*items)[0].price == 2.5);
    CHECK((*items)[1].title.empty());
    CHECK_FALSE((*items)[1].price);
}

TEST_CASE("a tuple takes its columns by position", "[rows]") {
    const rows received =
        make_rows({{"a", oids::int4}, {"a", oids::varchar}}, {{wire_of(std::int32_t{5}), "x"}});
    const auto pairs = decode<std::tuple<std::int64_t, std::string>>(received);
    REQUIRE(pairs);
    CHECK(pairs->front() == std::tuple{std::int64_t{5}, std::string{"x"}});
    CHECK(mentions(message_of(decode<std::tuple<std::int64_t>>(received)),
                   "the result has 2 columns, expected 1"));
}

TEST_CASE("a single value takes a result of one column", "[rows]") {
    const rows received = make_rows({{"count", oids::int8}}, {{wire_of(std::int64_t{3})}});
    const auto counts = decode<std::int64_t>(received);
    REQUIRE(counts);
    CHECK(counts->front() == 3);
    const auto maybe = decode<std::optional<std::int64_t>>(received);
    REQUIRE(maybe);
    CHECK(maybe->front() == 3);
}

TEST_CASE("a column a struct does not have is ignored", "[rows]") {
    auto columns = item_columns;
    columns.push_back({"added_later", oids::jsonb});
    const rows received =
        make_rows(columns, {{wire_of(std::int64_t{1}), "lamp", wire_of(1.0), "\1{}"}});
    CHECK(decode<shop::item>(received));
}

TEST_CASE("a missing column is named with its model", "[rows]") {
    const rows received = make_rows({{"id", oids::int8}}, {});
    const std::string message = message_of(decode<shop::item>(received));
    CHECK(mentions(message, "shop::item::title"));
    CHECK(mentions(message, "no column of that name"));
}

TEST_CASE("a column twice in a result is refused, not chosen from", "[rows]") {
    auto columns = item_columns;
    columns.push_back({"title", oids::text});
    const rows received = make_rows(columns, {});
    CHECK(mentions(message_of(decode<shop::item>(received)), "two columns named title"));
}

TEST_CASE("a column of the wrong type is refused before any row is read", "[rows]") {
    const rows received =
        make_rows({{"id", oids::int8}, {"title", oids::int4}, {"price", oids::float8}}, {});
    const std::string message = message_of(decode<shop::item>(received));
    CHECK(mentions(message, "shop::item::title"));
    CHECK(mentions(message, "expected text, the result has integer"));
}

TEST_CASE("integers widen and never narrow", "[rows]") {
    const rows narrow = make_rows({{"n", oids::int2}}, {{wire_of(std::int16_t{-7})}});
    CHECK(decode<std::int64_t>(narrow).value().front() == -7);
    CHECK(decode<std::int32_t>(narrow).value().front() == -7);
    const rows wide = make_rows({{"n", oids::int8}}, {{wire_of(std::int64_t{1})}});
    CHECK(mentions(message_of(decode<std::int32_t>(wide)),
                   "expected integer, the result has bigint"));
}

TEST_CASE("NULL into a member that is not optional names the column and the row", "[rows]") {
    const rows received =
        make_rows(item_columns, {{wire_of(std::int64_t{1}), "lamp", std::nullopt},
                                 {wire_of(std::int64_t{2}), std::nullopt, std::nullopt}});
    const std::string message = message_of(decode<shop::item>(received));
    CHECK(mentions(message, "title"));
    CHECK(mentions(message, "row 2"));
    CHECK(mentions(message, "NULL"));
}

TEST_CASE("bytes that are not as long as their type says are refused", "[rows]") {
    const rows received = make_rows({{"n", oids::int8}}, {{"abc"}});
    CHECK(mentions(message_of(decode<std::int64_t>(received)), "length"));
}

TEST_CASE("no rows are an empty list, and no result at all is one too few columns", "[rows]") {
    CHECK(decode<shop::item>(make_rows(item_columns, {})).value().empty());
    CHECK_FALSE(decode<std::int64_t>(rows{}));
    CHECK(rows{}.empty());
    CHECK(rows{}.affected() == 0);
    CHECK(rows{}.tag().empty());
}

TEST_CASE("views point into the result they were read from", "[rows]") {
    const rows received = make_rows({{"t", oids::text}}, {{"seen"}});
    const auto views = decode<std::string_view>(received);
    REQUIRE(views);
    CHECK(views->front() == "seen");
    CHECK(reinterpret_cast<const std::byte*>(views->front().data()) == received.at(0, 0).data);
}

TEST_CASE("the bytes of a result are those of its cells", "[rows]") {
    const rows received =
        make_rows({{"a", oids::text}, {"b", oids::int4}},
                  {{"four", wire_of(std::int32_t{1})}, {std::nullopt, std::nullopt}});
    CHECK(received.bytes() == 8);
    CHECK(received.at(1, 0).is_null());
}

TEST_CASE("an unknown label names the column, the row and the label", "[rows]") {
    const rows received = make_rows({{"size", oids::varchar}}, {{"small"}, {"huge\n"}});
    const std::string message = message_of(decode<shop::shirt>(received));
    CHECK(message == "shop::shirt: column size of row 2 is no label of its enum (\"huge?\")");
}

TEST_CASE("a renamed member finds its column by the column's name", "[rows]") {
    const auto shirts = decode<shop::shirt>(make_rows({{"size", oids::text}}, {{"large"}}));
    REQUIRE(shirts);
    CHECK(shirts->front().size_ == shop::size::large);
    CHECK_FALSE(decode<shop::shirt>(make_rows({{"size_", oids::text}}, {})));
}

TEST_CASE("array and user types are named in errors", "[rows]") {
    CHECK(mentions(message_of(decode<std::int64_t>(make_rows({{"n", oids::int8_array}}, {}))),
                   "expected bigint, the result has bigint[]"));
    CHECK(mentions(message_of(decode<std::int64_t>(make_rows({{"n", 20001}}, {}))),
                   "the user type with OID 20001"));
    CHECK(mentions(
        message_of(decode<std::vector<std::int64_t>>(make_rows({{"n", oids::int4_array}}, {}))),
        "expected bigint[], the result has integer[]"));
}
