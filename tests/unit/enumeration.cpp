// SPDX-License-Identifier: MIT
// Enums as labels and as numbers.
#include <honeydue/enumeration.hpp>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include <honeydue/array.hpp>

#include "made_rows.hpp"

using namespace honeydue;
using namespace honeydue::test;
using namespace std::string_literals;

namespace house {

enum class priority { low, medium, high, urgent };
enum class state { new_, in_progress, done = 9 };
enum class mood { calm, wild };
enum class level : std::uint8_t { ground = 0, first = 1, top = 200 };
enum class unit { square_metre, square_foot };

}  // namespace house

template <>
inline constexpr honeydue::enum_storage honeydue::storage_of<house::mood>{.type = "house.mood"};
template <>
inline constexpr honeydue::enum_storage honeydue::storage_of<house::level>{
    .as = honeydue::enum_storage::form::integer};
template <>
inline constexpr auto honeydue::labels_of<house::level> =
    std::to_array<honeydue::enum_label<house::level>>({{house::level::ground, "ground"},
                                                       {house::level::top, "top"}});
template <>
inline constexpr auto honeydue::labels_of<house::unit> =
    std::to_array<honeydue::enum_label<house::unit>>({{house::unit::square_metre, "m\u00b2"},
                                                      {house::unit::square_foot, "sq ft"}});

namespace {

template <class T>
codec_fault read(const std::string& bytes, T& out) {
    return decode(cell{reinterpret_cast<const std::byte*>(bytes.data()),
                       static_cast<std::int32_t>(bytes.size())},
                  out);
}

template <class T>
codec_fault encode_fault(const T& value) {
    parameters one;
    one.add(value);
    return one.fault();
}

}  // namespace

TEST_CASE("an enumerator's name is its label, without an underscore at its end", "[enumeration]") {
    CHECK(wire_of(house::priority::urgent) == "urgent");
    CHECK(wire_of(house::state::new_) == "new");
    CHECK(wire_of(house::state::done) == "done");
    house::state back{};
    REQUIRE(read("in_progress", back) == codec_fault::none);
    CHECK(back == house::state::in_progress);
}

TEST_CASE("labels may be other than the names", "[enumeration]") {
    CHECK(wire_of(house::unit::square_metre) == "m\u00b2");
    house::unit back{};
    REQUIRE(read("sq ft", back) == codec_fault::none);
    CHECK(back == house::unit::square_foot);
}

TEST_CASE("an unknown label is a fault both ways, and leaves the value alone", "[enumeration]") {
    house::priority kept = house::priority::high;
    CHECK(read("LOW", kept) == codec_fault::unknown_label);
    CHECK(read("", kept) == codec_fault::unknown_label);
    CHECK(kept == house::priority::high);
    CHECK(encode_fault(static_cast<house::priority>(17)) == codec_fault::unknown_label);
}

TEST_CASE("an enum as text is read from text and from any user type", "[enumeration]") {
    STATIC_CHECK(codec<house::priority>::sql_name == "text");
    STATIC_CHECK(codec<house::priority>::accepts(oids::varchar));
    STATIC_CHECK(codec<std::vector<house::priority>>::type == oids::text_array);
    STATIC_CHECK_FALSE(codec<house::priority>::accepts(oids::int4));
}

TEST_CASE("an enum type goes untyped, under its own name", "[enumeration]") {
    STATIC_CHECK(codec<house::mood>::type == oids::inferred);
    STATIC_CHECK(codec<house::mood>::sql_name == "house.mood");
    STATIC_CHECK(codec<std::vector<house::mood>>::type == oids::inferred);
    STATIC_CHECK(codec<std::vector<house::mood>>::sql_name == "house.mood[]");
    STATIC_CHECK(codec<house::mood>::accepts(16385));
}

TEST_CASE("an enum stored as an integer takes the integer that holds all its values",
          "[enumeration]") {
    STATIC_CHECK(codec<house::level>::sql_name == "smallint");
    CHECK(wire_of(house::level::top) == "\0\xc8"s);
    house::level back{};
    REQUIRE(read("\0\xc8"s, back) == codec_fault::none);
    CHECK(back == house::level::top);
    CHECK(read("\0\1"s, back) == codec_fault::unknown_label);
    CHECK(read("\1\0"s, back) == codec_fault::unknown_label);
    CHECK(read("\xff\xff"s, back) == codec_fault::unknown_label);
}
