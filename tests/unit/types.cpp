// SPDX-License-Identifier: MIT
// The value types: what they hold, how they compare, and how they are spelled.
#include <honeydue/types.hpp>

#include <chrono>
#include <concepts>
#include <limits>
#include <string>
#include <string_view>

#include <catch2/catch_test_macros.hpp>

using namespace honeydue;
using namespace std::chrono_literals;

namespace {

struct apple;
struct pear;

template <class A, class B>
concept comparable = requires(const A& a, const B& b) {
    a == b;
};

numeric number(std::string_view text) { return numeric::parse(text).value(); }

std::string spelled(std::string_view text) { return number(text).text(); }

}  // namespace

TEST_CASE("keys of one model compare, keys of different models do not", "[types]") {
    CHECK(id<apple>{1} == id<apple>{1});
    CHECK(id<apple>{1} < id<apple>{2});
    CHECK(foreign_key<apple>{1} == id<apple>{1});
    STATIC_CHECK_FALSE(comparable<id<apple>, id<pear>>);
    STATIC_CHECK_FALSE(comparable<foreign_key<apple>, id<pear>>);
    STATIC_CHECK_FALSE(std::convertible_to<id<apple>, foreign_key<pear>>);
}

TEST_CASE("a foreign key takes the key it references, and gives it back", "[types]") {
    const foreign_key<apple> key = id<apple>{7};
    const id<apple> back = key;
    CHECK(back.value == 7);
}

TEST_CASE("an instant counts microseconds from 2000", "[types]") {
    const timestamptz epoch{std::chrono::sys_days{2000y / 1 / 1}};
    CHECK(epoch.wire() == 0);
    const timestamptz unix_epoch{std::chrono::sys_days{1970y / 1 / 1}};
    CHECK(unix_epoch.wire() == -946684800000000);
    CHECK(unix_epoch.time_point() == std::chrono::sys_days{1970y / 1 / 1});
}

TEST_CASE("infinities are later and earlier than every instant, and no time point", "[types]") {
    CHECK(timestamptz::infinity() > timestamptz::now());
    CHECK(timestamptz::minus_infinity() < timestamptz{});
    CHECK_FALSE(timestamptz::infinity().is_finite());
    CHECK_FALSE(timestamptz::infinity().time_point());
    CHECK_FALSE(date::minus_infinity().day());
}

TEST_CASE("an instant beyond std::chrono's microseconds has no time point", "[types]") {
    CHECK_FALSE(timestamptz::from_wire(9223371331199999999).time_point());
    CHECK(timestamptz::from_wire(9223372036854775807 - 946684800000000).time_point());
}

TEST_CASE("a date counts days from 2000", "[types]") {
    CHECK(date{2000y / 1 / 1}.wire() == 0);
    CHECK(date{1999y / 12 / 31}.wire() == -1);
    CHECK(date::from_wire(59).day() == std::chrono::sys_days{2000y / 2 / 29});
}

TEST_CASE("a uuid reads both cases and is spelled in the lower one", "[types]") {
    const auto parsed = uuid::parse("A0EEBC99-9c0b-4EF8-bb6d-6bb9bd380a11");
    REQUIRE(parsed);
    CHECK(parsed->text() == "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11");
    for (const std::string_view wrong :
         {"", "a0eebc99", "a0eebc999c0b4ef8bb6d6bb9bd380a11",
          "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1g", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a111",
          "a0eebc9909c0b-4ef8-bb6d-6bb9bd380a11"}) {
        CHECK_FALSE(uuid::parse(wrong));
    }
}

TEST_CASE("a numeric is spelled as the server spells it", "[types]") {
    CHECK(spelled("0012.50") == "12.50");
    CHECK(spelled("-0") == "0");
    CHECK(spelled("-0.00") == "0.00");
    CHECK(spelled(".5") == "0.5");
    CHECK(spelled("5.") == "5");
    CHECK(spelled("+1e3") == "1000");
    CHECK(spelled("1.25e1") == "12.5");
    CHECK(spelled("12e-4") == "0.0012");
    CHECK(spelled("NaN") == "NaN");
    CHECK(spelled("-Infinity") == "-Infinity");
}

TEST_CASE("a numeric equals another of the same value", "[types]") {
    CHECK(number("1.5") == number("1.50"));
    CHECK(number("0") == number("0.000"));
    CHECK(numeric{42} == number("42.0"));
    CHECK_FALSE(number("1.5") == number("-1.5"));
    CHECK(number("NaN") == number("NaN"));
}

TEST_CASE("what is no numeric is refused", "[types]") {
    for (const std::string_view wrong : {"", "-", ".", "1.2.3", "1e", "1e1.5", "0x10", "1,5", " 1",
                                         "1 ", "nan", "1e200000", "--1", "1-"}) {
        CHECK_FALSE(numeric::parse(wrong));
    }
}

TEST_CASE("a numeric holds 131072 digits before the point and 16383 after it", "[types]") {
    CHECK(numeric::parse(std::string(131072, '9')));
    CHECK_FALSE(numeric::parse(std::string(131073, '9')));
    CHECK(numeric::parse(std::string(200000, '0') + "1"));
    CHECK(numeric::parse("0." + std::string(16383, '9')));
    CHECK_FALSE(numeric::parse("0." + std::string(16384, '9')));
}

TEST_CASE("an interval is read as the server writes it, part by part", "[types]") {
    const auto read = [](std::string_view text) { return interval::parse(text).value(); };
    CHECK(read("1 year 2 mons -3 days +04:05:06.5") == interval{14, -3, 14'706'500'000});
    CHECK(read("-1 years +2 months") == interval{-10, 0, 0});
    CHECK(read("1 day") == interval{0, 1, 0});
    CHECK(read("00:00:00") == interval{});
    CHECK(read("-2562047788:00:54.775808").microseconds ==
          std::numeric_limits<std::int64_t>::min());
    for (const std::string_view wrong :
         {"", " ", "1", "1 week", "1 day 1 day", "1 day 2 mons", "1 day ", "1  day", "1 dayss",
          "04:60:00", "04:05:60", "04:05:06.1234567", "178956970 years 8 mons", "2147483648 days",
          "2562047788:00:54.775808", "9999999999:00", "1 day -"})
        CHECK_FALSE(interval::parse(wrong));
}

TEST_CASE("a moment the server cannot hold is refused, an offset that brings it back is not",
          "[types]") {
    CHECK(timestamptz::parse("4714-11-23 23:00:00-01 BC").value() ==
          timestamptz::from_wire(detail::first_timestamp));
    for (const std::string_view wrong :
         {"4714-11-23 23:59:59+00 BC", "4714-11-24 00:30:00+01 BC", "4744414-11-24 00:00:00+00 BC",
          "294277-01-01 00:00:00+00", "9999999-01-01 00:00:00+00"})
        CHECK_FALSE(timestamptz::parse(wrong));
}
