// SPDX-License-Identifier: MIT
// Decimal text to and from PostgreSQL's base-10000 digits. Source:
// numeric_send, numeric_recv and get_str_from_var,
// src/backend/utils/adt/numeric.c.
#include <honeydue/numeric.hpp>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>

#include <fmt/format.h>

#include <honeydue/codec.hpp>

namespace honeydue {

/// Makes a numeric of text that is known to be canonical.
struct numeric_access {
    static numeric make(std::string text) { return numeric{std::move(text)}; }
};

namespace {

// Source: NUMERIC_WEIGHT_MAX and NUMERIC_DSCALE_MAX there.
constexpr std::int64_t most_before_point = 131072;
constexpr std::int64_t most_after_point = 16383;

bool all_digits(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

tl::unexpected<error> not_a_number(std::string_view why) {
    return fail(errc::encode, fmt::format("not a numeric: {}", why));
}

struct decimal_parts {
    bool negative = false;
    std::string digits;      // without the point
    std::int64_t point = 0;  // digits before the point; may be negative or beyond the end
};

/// Splits off "e-12" and the like; no value when what follows the `e` is not an
/// integer.
std::optional<std::int64_t> take_exponent(std::string_view& text) {
    const auto at = text.find_first_of("eE");
    if (at == std::string_view::npos) return 0;
    std::string_view written = text.substr(at + 1);
    if (written.starts_with('+')) written.remove_prefix(1);
    if (written.starts_with('+')) return std::nullopt;
    std::int64_t exponent = 0;
    const auto [end, problem] =
        std::from_chars(written.data(), written.data() + written.size(), exponent);
    if (problem != std::errc{} || end != written.data() + written.size()) return std::nullopt;
    text = text.substr(0, at);
    return exponent;
}

result<decimal_parts> split(std::string_view text) {
    decimal_parts parts;
    if (text.starts_with('-') || text.starts_with('+')) {
        parts.negative = text.front() == '-';
        text.remove_prefix(1);
    }
    const auto exponent = take_exponent(text);
    if (!exponent) return not_a_number("the exponent is not an integer");
    const auto point = std::min(text.find('.'), text.size());
    const std::string_view whole = text.substr(0, point);
    const std::string_view fraction = text.substr(std::min(point + 1, text.size()));
    if (whole.empty() && fraction.empty()) return not_a_number("there is no digit");
    if (!all_digits(whole) || !all_digits(fraction)) {
        return not_a_number("expected digits, at most one point and an exponent");
    }
    if (*exponent > most_before_point || *exponent < -most_before_point) {
        return not_a_number("the exponent is out of range");
    }
    parts.digits.append(whole).append(fraction);
    parts.point = static_cast<std::int64_t>(whole.size()) + *exponent;
    return parts;
}

std::string spell(const decimal_parts& parts) {
    std::string digits = parts.digits;
    std::int64_t point = parts.point;
    if (point < 0) {
        digits.insert(0, static_cast<std::size_t>(-point), '0');
        point = 0;
    }
    const auto size = static_cast<std::int64_t>(digits.size());
    if (point > size) digits.append(static_cast<std::size_t>(point - size), '0');
    std::string whole = digits.substr(0, static_cast<std::size_t>(point));
    const std::string fraction = digits.substr(static_cast<std::size_t>(point));
    whole.erase(0, std::min(whole.find_first_not_of('0'), whole.size()));
    if (whole.empty()) whole = "0";
    const bool zero = whole == "0" && fraction.find_first_not_of('0') == std::string::npos;
    return fmt::format("{}{}{}{}", parts.negative && !zero ? "-" : "", whole,
                       fraction.empty() ? "" : ".", fraction);
}

/// Canonical text, cut at its point.
struct decimal_view {
    std::string_view whole;
    std::string_view fraction;
    bool negative = false;

    explicit decimal_view(std::string_view text) : negative{text.starts_with('-')} {
        if (negative) text.remove_prefix(1);
        const auto point = std::min(text.find('.'), text.size());
        whole = text.substr(0, point);
        fraction = text.substr(std::min(point + 1, text.size()));
    }

    [[nodiscard]] std::string_view significant_fraction() const {
        const auto last = fraction.find_last_not_of('0');
        return fraction.substr(0, last == std::string_view::npos ? 0 : last + 1);
    }
};

// The sign word of numeric_send.
constexpr std::uint16_t positive = 0x0000, negative = 0x4000;

struct special_value {
    std::uint16_t sign;
    std::string_view text;
    int rank;  // where it sorts: numbers are 0
};
constexpr special_value specials[] = {
    {0xC000, "NaN", 2}, {0xD000, "Infinity", 1}, {0xF000, "-Infinity", -1}};

const special_value* special_of(std::string_view text) {
    const auto* found = std::ranges::find(specials, text, &special_value::text);
    return found == std::end(specials) ? nullptr : found;
}

std::weak_ordering compare_magnitudes(const decimal_view& left, const decimal_view& right) {
    if (left.whole.size() != right.whole.size()) return left.whole.size() <=> right.whole.size();
    if (const int whole = left.whole.compare(right.whole); whole != 0) return whole <=> 0;
    return left.significant_fraction().compare(right.significant_fraction()) <=> 0;
}

constexpr int group = 4;  // decimal digits in one base-10000 digit

/// The base-10000 digit whose value is worth 10000 to the `power`.
std::uint16_t group_at(const decimal_view& number, std::int64_t power) {
    const auto whole = static_cast<std::int64_t>(number.whole.size());
    const auto fraction = static_cast<std::int64_t>(number.fraction.size());
    unsigned value = 0;
    for (std::int64_t at = whole - group * (power + 1); at < whole - group * power; ++at) {
        char digit = '0';
        if (at >= 0 && at < whole) digit = number.whole[static_cast<std::size_t>(at)];
        if (at >= whole && at - whole < fraction)
            digit = number.fraction[static_cast<std::size_t>(at - whole)];
        value = value * 10 + static_cast<unsigned>(digit - '0');
    }
    return static_cast<std::uint16_t>(value);
}

void append_group(std::string& text, std::uint16_t digit) {
    const char four[] = {
        static_cast<char>('0' + digit / 1000), static_cast<char>('0' + digit / 100 % 10),
        static_cast<char>('0' + digit / 10 % 10), static_cast<char>('0' + digit % 10)};
    text.append(four, group);
}

/// A received numeric whose header has been checked.
struct numeric_wire {
    std::int32_t count;
    std::int32_t weight;  ///< the power of 10000 of the first digit
    bool is_negative;
    std::uint16_t scale;
    const std::byte* digits;

    [[nodiscard]] std::uint16_t digit_at(std::int32_t power) const {
        const std::int32_t index = weight - power;
        return index < 0 || index >= count ? std::uint16_t{0}
                                           : read_integer<std::uint16_t>(digits + 2 * index);
    }
};

std::string to_text(const numeric_wire& wire) {
    std::string text;
    for (std::int32_t power = wire.weight; power >= 0; --power)
        append_group(text, wire.digit_at(power));
    text.erase(0, std::min(text.find_first_not_of('0'), text.size()));
    if (text.empty()) text = '0';
    if (wire.scale != 0) {
        const std::size_t end = text.size() + 1 + wire.scale;
        text += '.';
        for (std::int32_t power = -1; text.size() < end; --power)
            append_group(text, wire.digit_at(power));
        text.resize(end);
    }
    if (wire.is_negative && text.find_first_not_of("0.") != std::string::npos)
        text.insert(0, 1, '-');
    return text;
}

constexpr std::size_t header_bytes = 8;

codec_fault check_digits(const numeric_wire& wire) {
    constexpr std::uint16_t base = 10000;
    for (std::int32_t i = 0; i < wire.count; ++i) {
        if (read_integer<std::uint16_t>(wire.digits + 2 * i) >= base) return codec_fault::malformed;
    }
    return codec_fault::none;
}

void write_header(byte_writer& to, std::int64_t count, std::int64_t weight, std::uint16_t sign,
                  std::size_t scale) {
    to.integer(static_cast<std::uint16_t>(count));
    to.integer(static_cast<std::int16_t>(weight));
    to.integer(sign);
    to.integer(static_cast<std::uint16_t>(scale));
}

}  // namespace

result<numeric> numeric::parse(std::string_view text) {
    if (special_of(text) != nullptr) return numeric{std::string{text}};
    auto parts = split(text);
    if (!parts) return tl::unexpected{std::move(parts.error())};
    std::string spelled = spell(*parts);
    const decimal_view number{spelled};
    if (static_cast<std::int64_t>(number.whole.size()) > most_before_point)
        return not_a_number(fmt::format("more than {} digits before the point", most_before_point));
    if (static_cast<std::int64_t>(number.fraction.size()) > most_after_point)
        return not_a_number(fmt::format("more than {} digits after the point", most_after_point));
    return numeric{std::move(spelled)};
}

std::weak_ordering operator<=>(const numeric& left, const numeric& right) {
    const special_value* left_special = special_of(left.text_);
    const special_value* right_special = special_of(right.text_);
    if (left_special != nullptr || right_special != nullptr) {
        return (left_special != nullptr ? left_special->rank : 0) <=>
               (right_special != nullptr ? right_special->rank : 0);
    }
    const decimal_view a{left.text_}, b{right.text_};
    if (a.negative != b.negative)
        return a.negative ? std::weak_ordering::less : std::weak_ordering::greater;
    return a.negative ? compare_magnitudes(b, a) : compare_magnitudes(a, b);
}

codec_fault codec<numeric>::encode(const numeric& value, byte_writer& to) {
    if (const special_value* special = special_of(value.text()); special != nullptr) {
        write_header(to, 0, 0, special->sign, 0);
        return codec_fault::none;
    }
    const decimal_view number{value.text()};
    const auto whole = static_cast<std::int64_t>(number.whole.size());
    const auto fraction = static_cast<std::int64_t>(number.significant_fraction().size());
    std::int64_t first = (whole + group - 1) / group - 1;
    std::int64_t last = -((fraction + group - 1) / group);
    while (first >= last && group_at(number, first) == 0)
        --first;
    while (last <= first && group_at(number, last) == 0)
        ++last;
    const bool zero = first < last;
    write_header(to, zero ? 0 : first - last + 1, zero ? 0 : first,
                 number.negative ? negative : positive, number.fraction.size());
    for (std::int64_t power = first; power >= last; --power)
        to.integer(group_at(number, power));
    return codec_fault::none;
}

codec_fault codec<numeric>::decode(cell from, numeric& out) {
    if (from.length() < header_bytes) return codec_fault::length;
    const auto count = read_integer<std::uint16_t>(from.data);
    if (from.length() != header_bytes + 2U * count) return codec_fault::length;
    const auto sign = read_integer<std::uint16_t>(from.data + 4);
    const numeric_wire wire{count, read_integer<std::int16_t>(from.data + 2), sign == negative,
                            read_integer<std::uint16_t>(from.data + 6), from.data + header_bytes};
    if (const auto* special = std::ranges::find(specials, sign, &special_value::sign);
        special != std::end(specials)) {
        out = numeric_access::make(std::string{special->text});
        return codec_fault::none;
    }
    if ((sign != positive && sign != negative) || wire.scale > most_after_point)
        return codec_fault::malformed;
    if (const codec_fault fault = check_digits(wire); fault != codec_fault::none) return fault;
    out = numeric_access::make(to_text(wire));
    return codec_fault::none;
}

}  // namespace honeydue
