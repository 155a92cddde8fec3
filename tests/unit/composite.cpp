// SPDX-License-Identifier: MIT
// Structs and one value of several columns.
#include <honeydue/composite.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "made_rows.hpp"

using namespace honeydue;
using namespace honeydue::test;
using namespace std::string_literals;

namespace geo {

struct address {
    std::string street;
    std::optional<std::int32_t> number;

    friend bool operator==(const address&, const address&) = default;
};

}  // namespace geo

template <>
inline constexpr std::string_view honeydue::composite_name<geo::address> = "geo.address";

namespace {

template <class T>
codec_fault read(const std::string& bytes, T& out) {
    return decode(cell{reinterpret_cast<const std::byte*>(bytes.data()),
                       static_cast<std::int32_t>(bytes.size())},
                  out);
}

const std::string elm_street =
    "\0\0\0\2"
    "\0\0\0\x19\0\0\0\3"
    "Elm"
    "\0\0\0\x17\0\0\0\4\0\0\0\x2a"s;

}  // namespace

TEST_CASE("a composite is its columns, each with a type of its own", "[composite]") {
    CHECK(wire_of(geo::address{"Elm", 42}) ==
          "\0\0\0\2"
          "\0\0\x40\0\0\0\0\3"
          "Elm"
          "\0\0\0\x17\0\0\0\4\0\0\0\x2a"s);
    STATIC_CHECK(codec<geo::address>::type == oids::inferred);
    STATIC_CHECK(codec<geo::address>::sql_name == "geo.address");
    STATIC_CHECK(codec<geo::address>::accepts(20000));
    STATIC_CHECK_FALSE(codec<geo::address>::accepts(oids::text));
}

TEST_CASE("a composite comes back as it went, NULL columns as empty optionals", "[composite]") {
    for (const geo::address& value : {geo::address{"Elm", 42}, geo::address{"", std::nullopt}}) {
        geo::address back;
        REQUIRE(read(wire_of(value), back) == codec_fault::none);
        CHECK(back == value);
    }
}

TEST_CASE("an anonymous record is read by position into a struct or a tuple", "[composite]") {
    record<geo::address> by_struct;
    REQUIRE(read(elm_street, by_struct) == codec_fault::none);
    CHECK(by_struct.value == geo::address{"Elm", 42});
    record<std::tuple<std::string, std::int64_t>> by_tuple;
    REQUIRE(read(elm_street, by_tuple) == codec_fault::none);
    CHECK(by_tuple.value == std::tuple{"Elm"s, std::int64_t{42}});
    STATIC_CHECK_FALSE(encodable<record<geo::address>>);
}

TEST_CASE("a record of other columns is refused", "[composite]") {
    record<std::tuple<std::string>> too_few;
    CHECK(read(elm_street, too_few) == codec_fault::shape);
    record<std::tuple<std::int32_t, std::int32_t>> other_type;
    CHECK(read(elm_street, other_type) == codec_fault::shape);
    record<std::tuple<std::string, bool>> wrong_second;
    CHECK(read(elm_street, wrong_second) == codec_fault::shape);
}

TEST_CASE("a record that promises more than it holds is refused", "[composite]") {
    record<std::tuple<std::string, std::int32_t>> out;
    for (std::size_t size = 0; size < elm_street.size(); ++size)
        CHECK(read(elm_street.substr(0, size), out) != codec_fault::none);
    CHECK(read(elm_street + "x", out) == codec_fault::length);
}

TEST_CASE("where a cut off record stops is found without a look past its end", "[composite]") {
    using nested = record<std::tuple<std::int64_t, std::vector<record<std::tuple<bool>>>>>;
    // Two columns, an int8, and a list that says it is longer than what is left.
    const std::string cut = "\0\0\0\2\0\0\0\x14\0\0\0\x08\0\0\0\0\0\0\0\1\0\0\x08\xef\0\0\0\x40"s;
    nested out;
    CHECK(read(cut, out) == codec_fault::length);
    const cell from{reinterpret_cast<const std::byte*>(cut.data()),
                    static_cast<std::int32_t>(cut.size())};
    CHECK(detail::fault_place<nested>::find(from) == "::1");
}

TEST_CASE("records nest in arrays", "[composite]") {
    const std::string list = "\0\0\0\1\0\0\0\0\0\0\x08\xc9\0\0\0\1\0\0\0\1\0\0\0"s +
                             static_cast<char>(elm_street.size()) + elm_street;
    std::vector<record<geo::address>> out;
    REQUIRE(read(list, out) == codec_fault::none);
    CHECK(out.at(0).value.street == "Elm");
    STATIC_CHECK(codec<std::vector<record<geo::address>>>::type == oids::record_array);
}
