// SPDX-License-Identifier: MIT
// The codecs that are longer than a line.
#include <honeydue/codec.hpp>

#include <algorithm>
#include <array>
#include <charconv>

namespace honeydue {

/// Makes a numeric of text that is known to be canonical.
struct numeric_access {
    static numeric make(std::string text) { return numeric{std::move(text)}; }
};

namespace {

// Source: MIN_TIMESTAMP, END_TIMESTAMP in src/include/datatype/timestamp.h.
constexpr std::int64_t first_timestamp = -211813488000000000;
constexpr std::int64_t end_of_timestamps = 9223371331200000000;
// Source: DATETIME_MIN_JULIAN and DATE_END_JULIAN there, less POSTGRES_EPOCH_JDATE.
constexpr std::int32_t first_date = -2451545;
constexpr std::int32_t end_of_dates = 2147483494 - 2451545;

// Source: numeric_send and numeric_recv, src/backend/utils/adt/numeric.c.
enum numeric_sign : std::uint16_t {
    positive = 0x0000,
    negative = 0x4000,
    nan = 0xC000,
    infinite = 0xD000,
    negative_infinite = 0xF000,
};

constexpr std::size_t group = 4;  // decimal digits in one base-10000 digit

struct numeric_wire {
    std::uint16_t sign = positive;
    std::int16_t weight = 0;
    std::uint16_t scale = 0;
    std::vector<std::uint16_t> digits;
};

std::uint16_t four_digits(std::string_view text) {
    std::uint16_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

/// Cuts canonical decimal text into base-10000 digits aligned on the point.
numeric_wire to_wire(std::string_view text) {
    numeric_wire wire;
    if (text.starts_with('-')) {
        wire.sign = negative;
        text.remove_prefix(1);
    }
    const auto point = std::min(text.find('.'), text.size());
    std::string digits{text.substr(0, point)};
    digits.insert(0, (group - digits.size() % group) % group, '0');
    wire.weight = static_cast<std::int16_t>(digits.size() / group - 1);
    const std::string_view fraction = text.substr(std::min(point + 1, text.size()));
    wire.scale = static_cast<std::uint16_t>(fraction.size());
    digits.append(fraction);
    digits.append((group - digits.size() % group) % group, '0');
    for (std::size_t i = 0; i < digits.size(); i += group) {
        wire.digits.push_back(four_digits(std::string_view{digits}.substr(i, group)));
    }
    while (!wire.digits.empty() && wire.digits.back() == 0)
        wire.digits.pop_back();
    const auto leading =
        std::ranges::find_if(wire.digits, [](std::uint16_t digit) { return digit != 0; });
    wire.weight = static_cast<std::int16_t>(wire.weight - (leading - wire.digits.begin()));
    wire.digits.erase(wire.digits.begin(), leading);
    if (wire.digits.empty()) wire.weight = 0;
    return wire;
}

void append_group(std::string& text, std::uint16_t digit) {
    for (const int place : {1000, 100, 10, 1})
        text += static_cast<char>('0' + digit / place % 10);
}

/// The inverse of `to_wire`: `weight` is the power of 10000 of the first digit.
std::string to_text(const numeric_wire& wire) {
    const auto digit_at = [&](std::int32_t power) -> std::uint16_t {
        const std::int32_t index = wire.weight - power;
        if (index < 0 || index >= static_cast<std::int32_t>(wire.digits.size())) return 0;
        return wire.digits[static_cast<std::size_t>(index)];
    };
    std::string whole;
    for (std::int32_t power = wire.weight; power >= 0; --power)
        append_group(whole, digit_at(power));
    whole.erase(0, std::min(whole.find_first_not_of('0'), whole.size()));
    std::string text = wire.sign == negative ? "-" : "";
    text += whole.empty() ? "0" : whole;
    if (wire.scale == 0) return text;
    std::string fraction;
    for (std::int32_t power = -1; fraction.size() < wire.scale; --power)
        append_group(fraction, digit_at(power));
    fraction.resize(wire.scale);
    return text + '.' + fraction;
}

std::string_view special_text(std::uint16_t sign) {
    switch (sign) {
        case nan:
            return "NaN";
        case infinite:
            return "Infinity";
        case negative_infinite:
            return "-Infinity";
        default:
            return {};
    }
}

std::uint16_t special_sign(std::string_view text) {
    for (const std::uint16_t sign : {nan, infinite, negative_infinite}) {
        if (special_text(sign) == text) return sign;
    }
    return positive;
}

}  // namespace

std::string_view describe(codec_fault fault) noexcept {
    switch (fault) {
        case codec_fault::none:
            return "is as it should be";
        case codec_fault::null:
            return "is NULL, and its member is not std::optional";
        case codec_fault::length:
            return "has a length its type never has";
        case codec_fault::range:
            return "is outside the range its type can hold";
        case codec_fault::nul_byte:
            return "is text with a NUL byte, which PostgreSQL cannot hold: use bytea";
        case codec_fault::malformed:
            return "does not follow its type's binary format";
    }
    return "has an unknown fault";
}

void byte_writer::patch(std::size_t at, std::size_t length) {
    for (std::size_t i = 0; i < 4; ++i)
        buffer_[at + i] = static_cast<std::byte>(length >> (8 * (3 - i)));
}

void parameters::add_null() {
    ++count_;
    byte_writer{buffer_}.integer(std::int32_t{-1});
}

codec_fault codec<timestamptz>::encode(timestamptz value, byte_writer& to) {
    const std::int64_t wire = value.wire();
    if (value.is_finite() && (wire < first_timestamp || wire >= end_of_timestamps))
        return codec_fault::range;
    to.integer(wire);
    return codec_fault::none;
}

codec_fault codec<date>::encode(date value, byte_writer& to) {
    const std::int32_t wire = value.wire();
    if (value.is_finite() && (wire < first_date || wire >= end_of_dates)) return codec_fault::range;
    to.integer(wire);
    return codec_fault::none;
}

codec_fault codec<numeric>::encode(const numeric& value, byte_writer& to) {
    numeric_wire wire;
    wire.sign = special_sign(value.text());
    if (wire.sign == positive) wire = to_wire(value.text());
    to.integer(static_cast<std::uint16_t>(wire.digits.size()));
    to.integer(wire.weight);
    to.integer(wire.sign);
    to.integer(wire.scale);
    for (const std::uint16_t digit : wire.digits)
        to.integer(digit);
    return codec_fault::none;
}

codec_fault codec<numeric>::decode(cell from, numeric& out) {
    constexpr std::size_t header = 8;
    constexpr std::uint16_t most_scale = 16383;
    constexpr std::uint16_t base = 10000;
    if (from.length() < header) return codec_fault::length;
    const auto count = read_integer<std::uint16_t>(from.data);
    if (from.length() != header + 2U * count) return codec_fault::length;
    numeric_wire wire;
    wire.weight = read_integer<std::int16_t>(from.data + 2);
    wire.sign = read_integer<std::uint16_t>(from.data + 4);
    wire.scale = read_integer<std::uint16_t>(from.data + 6);
    if (const std::string_view special = special_text(wire.sign); !special.empty()) {
        out = numeric_access::make(std::string{special});
        return codec_fault::none;
    }
    if ((wire.sign != positive && wire.sign != negative) || wire.scale > most_scale)
        return codec_fault::malformed;
    for (std::size_t i = 0; i < count; ++i) {
        wire.digits.push_back(read_integer<std::uint16_t>(from.data + header + 2 * i));
        if (wire.digits.back() >= base) return codec_fault::malformed;
    }
    out = numeric_access::make(to_text(wire));
    return codec_fault::none;
}

}  // namespace honeydue
