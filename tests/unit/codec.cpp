// SPDX-License-Identifier: MIT
// Scalars to and from their bytes. What a real server makes of them: tests/integration/codec.cpp.
#include <honeydue/codec.hpp>

#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "made_rows.hpp"

using namespace honeydue;
using namespace honeydue::test;
using namespace std::string_literals;

namespace {

cell cell_of(const std::string& bytes) {
    return {reinterpret_cast<const std::byte*>(bytes.data()),
            static_cast<std::int32_t>(bytes.size())};
}

template <class T>
codec_fault encode_fault(const T& value) {
    parameters one;
    one.add(value);
    return one.fault();
}

template <class T>
codec_fault decode_fault(const std::string& bytes) {
    T value{};
    return decode(cell_of(bytes), value);
}

template <class T>
T round_trip(const T& value) {
    T back{};
    REQUIRE(encode_fault(value) == codec_fault::none);
    REQUIRE(decode(cell_of(wire_of(value)), back) == codec_fault::none);
    return back;
}

}  // namespace

TEST_CASE("integers travel in network byte order", "[codec]") {
    CHECK(wire_of(std::int16_t{-2}) == "\xff\xfe"s);
    CHECK(wire_of(std::int32_t{1}) == "\0\0\0\1"s);
    CHECK(wire_of(std::int64_t{0x0102030405060708}) == "\1\2\3\4\5\6\7\10"s);
}

TEST_CASE("the ends of every integer come back", "[codec]") {
    for (const std::int64_t value : {std::numeric_limits<std::int64_t>::min(), std::int64_t{-1},
                                     std::int64_t{0}, std::numeric_limits<std::int64_t>::max()}) {
        CHECK(round_trip(value) == value);
    }
    CHECK(round_trip(std::numeric_limits<std::int16_t>::min()) == -32768);
}

TEST_CASE("a bool is one byte, and anything but zero is true", "[codec]") {
    CHECK(wire_of(true) == "\1"s);
    CHECK(wire_of(false) == "\0"s);
    CHECK(decode_fault<bool>("") == codec_fault::length);
    CHECK(decode_fault<bool>("\1\1"s) == codec_fault::length);
}

TEST_CASE("floating-point numbers keep every bit", "[codec]") {
    CHECK(wire_of(1.0) == "\x3f\xf0\0\0\0\0\0\0"s);
    CHECK(round_trip(-0.0f) == 0.0f);
    CHECK(std::signbit(round_trip(-0.0)));
    CHECK(std::isnan(round_trip(std::numeric_limits<double>::quiet_NaN())));
    double widened = 0;
    CHECK(decode(cell_of(wire_of(1.5f)), widened) == codec_fault::none);
    CHECK(widened == 1.5);
}

TEST_CASE("text is its bytes, and a NUL among them is a fault", "[codec]") {
    CHECK(wire_of("h\u00e9"s) == "h\xc3\xa9");
    CHECK(wire_of("literal") == "literal");
    CHECK(encode_fault("a\0b"s) == codec_fault::nul_byte);
    CHECK(encode_fault(json{"\0"s}) == codec_fault::nul_byte);
    CHECK(encode_fault(jsonb{"\0"s}) == codec_fault::nul_byte);
}

TEST_CASE("bytea holds any byte", "[codec]") {
    const bytes value{std::byte{0}, std::byte{255}};
    CHECK(wire_of(value) == "\0\xff"s);
    CHECK(round_trip(value) == value);
    CHECK(round_trip(bytes{}).empty());
}

TEST_CASE("jsonb is a version and its text", "[codec]") {
    CHECK(wire_of(jsonb{"{}"}) == "\1{}");
    CHECK(round_trip(jsonb{"[1]"}).text == "[1]");
    CHECK(decode_fault<jsonb>("\2{}"s) == codec_fault::malformed);
    CHECK(decode_fault<jsonb>("") == codec_fault::malformed);
}

TEST_CASE("a uuid is sixteen bytes", "[codec]") {
    const uuid value = uuid::parse("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11").value();
    CHECK(wire_of(value).size() == 16);
    CHECK(round_trip(value) == value);
    CHECK(decode_fault<uuid>(std::string(15, 'x')) == codec_fault::length);
}

TEST_CASE("instants and dates outside the server's range are faults, infinities are not",
          "[codec]") {
    CHECK(encode_fault(timestamptz::infinity()) == codec_fault::none);
    CHECK(encode_fault(timestamptz::from_wire(-211813488000000000)) == codec_fault::none);
    CHECK(encode_fault(timestamptz::from_wire(-211813488000000001)) == codec_fault::range);
    CHECK(encode_fault(timestamptz::from_wire(9223371331199999999)) == codec_fault::none);
    CHECK(encode_fault(timestamptz::from_wire(9223371331200000000)) == codec_fault::range);
    CHECK(encode_fault(date::from_wire(-2451545)) == codec_fault::none);
    CHECK(encode_fault(date::from_wire(-2451546)) == codec_fault::range);
    CHECK(encode_fault(date::minus_infinity()) == codec_fault::none);
}

TEST_CASE("a numeric is base 10000, aligned on its point", "[codec]") {
    CHECK(wire_of(numeric::parse("12345.678").value()) == "\0\3\0\1\0\0\0\3\0\1\x09\x29\x1a\x7c"s);
    CHECK(wire_of(numeric{0}) == "\0\0\0\0\0\0\0\0"s);
    for (const std::string_view text :
         {"0", "0.00", "1", "-1", "10000", "9999.9999", "0.0001", "0.00001",
          "-12345678901234567890", "100000000.000000001", "NaN", "Infinity", "-Infinity",
          "1000000000000000000000000"}) {
        CHECK(round_trip(numeric::parse(text).value()).text() == text);
    }
}

TEST_CASE("a malformed numeric is refused", "[codec]") {
    CHECK(decode_fault<numeric>("") == codec_fault::length);
    CHECK(decode_fault<numeric>("\0\1\0\0\0\0\0\0"s) == codec_fault::length);
    CHECK(decode_fault<numeric>("\0\0\0\0\x12\x34\0\0"s) == codec_fault::malformed);
    CHECK(decode_fault<numeric>("\0\1\0\0\0\0\0\0\x27\x10"s) == codec_fault::malformed);
    CHECK(decode_fault<numeric>("\0\0\0\0\0\0\x7f\xff"s) == codec_fault::malformed);
}

TEST_CASE("NULL is an empty optional, and a fault anywhere else", "[codec]") {
    std::optional<std::int32_t> maybe = 4;
    CHECK(decode(cell{}, maybe) == codec_fault::none);
    CHECK_FALSE(maybe);
    std::int32_t value = 4;
    CHECK(decode(cell{}, value) == codec_fault::null);
    CHECK(value == 4);
}

TEST_CASE("parameters are lengths and bytes in one buffer, NULL as a length of minus one",
          "[codec]") {
    parameters values;
    values.add(std::int16_t{1});
    values.add(std::optional<std::int16_t>{});
    values.add(std::optional{"x"s});
    const auto wire = values.wire();
    CHECK(std::string{reinterpret_cast<const char*>(wire.data()), wire.size()} ==
          "\0\0\0\2\0\1\xff\xff\xff\xff\0\0\0\1x"s);
    CHECK(values.size() == 3);
}

TEST_CASE("a key travels as the value it holds", "[codec]") {
    struct owner;
    CHECK(wire_of(id<owner>{1}) == wire_of(std::int64_t{1}));
    CHECK(wire_of(foreign_key<owner>{1}) == wire_of(std::int64_t{1}));
    CHECK(wire_of(id<owner, std::string>{"k"}) == "k");
}

TEST_CASE("parameters keep their bytes when copied and moved, few and many", "[codec]") {
    for (const std::size_t size :
         {std::size_t{0}, std::size_t{92}, std::size_t{93}, std::size_t{100'000}}) {
        parameters values;
        values.add(std::string(size, 'x'));
        const auto bytes_in = [](const parameters& of) {
            return std::string{reinterpret_cast<const char*>(of.wire().data()), of.wire().size()};
        };
        const std::string before = bytes_in(values);
        const parameters copy = values;
        CHECK(bytes_in(copy) == before);
        parameters moved = std::move(values);
        CHECK(bytes_in(moved) == before);
        moved.add(std::int16_t{1});
        CHECK(bytes_in(moved) == before + "\0\0\0\2\0\1"s);
        CHECK(bytes_in(copy) == before);
        values = std::move(moved);
        CHECK(values.size() == 2);
        CHECK(bytes_in(values).size() == before.size() + 6);
    }
}

namespace {

/// The same draws on every run. Source: Steele, Lea, Flood, "Fast splittable pseudorandom number
/// generators".
class drawer {
public:
    std::uint64_t bits() {
        std::uint64_t mixed = state_ += 0x9e3779b97f4a7c15;
        mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9;
        mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111eb;
        return mixed ^ mixed >> 31;
    }
    std::int64_t below(std::int64_t end) {
        return static_cast<std::int64_t>(bits() % static_cast<std::uint64_t>(end));
    }
    std::string digits(std::int64_t most) {
        std::string text;
        for (std::int64_t left = 1 + below(most); left > 0; --left)
            text += static_cast<char>('0' + below(10));
        return text;
    }

private:
    std::uint64_t state_ = 20260601;
};

constexpr int draws = 2000;

}  // namespace

TEST_CASE("whatever is drawn comes back as it went, spelled or not", "[codec]") {
    drawer draw;
    for (int i = 0; i < draws; ++i) {
        const auto number = static_cast<std::int64_t>(draw.bits());
        CHECK(round_trip(number) == number);
        CHECK(round_trip(static_cast<std::int16_t>(number)) == static_cast<std::int16_t>(number));
        const auto real = numeric::parse((draw.below(2) == 0 ? "-" : "") + draw.digits(40) + "." +
                                         draw.digits(40))
                              .value();
        CHECK(round_trip(real).text() == real.text());
        CHECK(numeric::parse(real.text()).value() == real);
        const auto moment = timestamptz::from_wire(
            detail::first_timestamp + draw.below(std::numeric_limits<std::int64_t>::max()));
        CHECK(round_trip(moment) == moment);
        CHECK(timestamptz::parse(moment.text()).value() == moment);
        const auto day =
            date::from_wire(static_cast<std::int32_t>(detail::first_date + draw.below(2147483494)));
        CHECK(round_trip(day) == day);
        CHECK(date::parse(day.text()).value() == day);
        const interval span{static_cast<std::int32_t>(number), static_cast<std::int32_t>(i),
                            number};
        CHECK(round_trip(span) == span);
        CHECK(interval::parse(span.text()).value() == span);
        inet host{ip_family::v6, static_cast<std::uint8_t>(draw.below(129)), {}};
        for (auto& byte : host.bytes)
            byte = static_cast<std::uint8_t>(draw.below(4) == 0 ? draw.below(256) : 0);
        CHECK(round_trip(host) == host);
        CHECK(inet::parse(host.text()).value() == host);
        const bytes raw(static_cast<std::size_t>(draw.below(300)), std::byte{7});
        CHECK(round_trip(raw) == raw);
    }
}
