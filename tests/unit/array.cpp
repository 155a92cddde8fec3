// SPDX-License-Identifier: MIT
// std::vector and PostgreSQL's arrays.
#include <honeydue/array.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "made_rows.hpp"

using namespace honeydue;
using namespace honeydue::test;
using namespace std::string_literals;

namespace {

template <class T>
codec_fault read(const std::string& bytes, std::vector<T>& out) {
    return decode(cell{reinterpret_cast<const std::byte*>(bytes.data()),
                       static_cast<std::int32_t>(bytes.size())},
                  out);
}

template <class T>
std::vector<T> round_trip(const std::vector<T>& values) {
    std::vector<T> back;
    REQUIRE(read(wire_of(values), back) == codec_fault::none);
    return back;
}

template <class T>
codec_fault fault_of(const std::string& bytes) {
    std::vector<T> out;
    return read(bytes, out);
}

}  // namespace

TEST_CASE("an array is a header and its elements", "[array]") {
    CHECK(wire_of(std::vector<std::int16_t>{1, 2}) ==
          "\0\0\0\1\0\0\0\0\0\0\0\x15\0\0\0\2\0\0\0\1\0\0\0\2\0\1\0\0\0\2\0\2"s);
    CHECK(wire_of(std::vector<std::int16_t>{}) == "\0\0\0\0\0\0\0\0\0\0\0\x15"s);
}

TEST_CASE("arrays come back as they went, NULL elements as empty optionals", "[array]") {
    CHECK(round_trip(std::vector<std::string>{"a", "", "c"}) ==
          std::vector<std::string>{"a", "", "c"});
    const std::vector<std::optional<std::int64_t>> some{1, std::nullopt, 3};
    CHECK(round_trip(some) == some);
    CHECK(round_trip(std::vector<bool>{true, false}) == std::vector<bool>{true, false});
}

TEST_CASE("a NULL element in an array of values is a fault", "[array]") {
    std::vector<std::int64_t> out;
    CHECK(read(wire_of(std::vector<std::optional<std::int64_t>>{std::nullopt}), out) ==
          codec_fault::null);
}

TEST_CASE("an array of two dimensions is refused", "[array]") {
    const std::string bytes =
        "\0\0\0\2\0\0\0\0\0\0\0\x15\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\2\0\1"s;
    CHECK(fault_of<std::int16_t>(bytes) == codec_fault::dimensions);
}

TEST_CASE("an array that promises more than it holds is refused", "[array]") {
    CHECK(fault_of<std::int16_t>("") == codec_fault::length);
    CHECK(fault_of<std::int16_t>("\0\0\0\1\0\0\0\0\0\0\0\x15\x7f\xff\xff\xff\0\0\0\1"s) ==
          codec_fault::length);
    CHECK(fault_of<std::int16_t>("\0\0\0\1\0\0\0\0\0\0\0\x15\0\0\0\1\0\0\0\1\0\0\0\x09"s) ==
          codec_fault::length);
    CHECK(fault_of<std::int16_t>("\0\0\0\1\0\0\0\0\0\0\0\x15\0\0\0\1\0\0\0\1\x80\0\0\0"s) ==
          codec_fault::length);
}

TEST_CASE("an array is named after its element", "[array]") {
    STATIC_CHECK(codec<std::vector<std::int64_t>>::sql_name == "bigint[]");
    STATIC_CHECK(codec<std::vector<std::string>>::type == oids::text_array);
    STATIC_CHECK(codec<std::vector<std::int64_t>>::accepts(oids::int8_array));
    STATIC_CHECK_FALSE(codec<std::vector<std::int64_t>>::accepts(oids::int4_array));
    STATIC_CHECK(codec<std::vector<std::string>>::accepts(1015));
}
