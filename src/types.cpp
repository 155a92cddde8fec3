// SPDX-License-Identifier: MIT
// Text forms of the value types.
#include <honeydue/types.hpp>

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace honeydue {

namespace {

int hexadecimal(char digit) {
    if (digit >= '0' && digit <= '9') return digit - '0';
    if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
    if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
    return -1;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool all_digits(std::string_view text) { return std::ranges::all_of(text, is_digit); }

tl::unexpected<error> not_a_number(std::string_view why) {
    return fail(errc::encode, fmt::format("not a numeric: {}", why));
}

// Source: NUMERIC_WEIGHT_MAX and NUMERIC_DSCALE_MAX, src/backend/utils/adt/numeric.c.
constexpr std::int64_t most_before_point = 131072;
constexpr std::int64_t most_after_point = 16383;

struct decimal_parts {
    bool negative = false;
    std::string digits;      // without the point
    std::int64_t point = 0;  // digits before the point; may be negative or beyond the end
};

/// Splits off "e-12" and the like; no value when what follows the `e` is not an integer.
std::optional<std::int64_t> take_exponent(std::string_view& text) {
    const auto at = text.find_first_of("eE");
    if (at == std::string_view::npos) return 0;
    std::string_view written = text.substr(at + 1);
    if (written.starts_with('+')) written.remove_prefix(1);
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
    const auto size = static_cast<std::int64_t>(parts.digits.size());
    std::string digits = parts.digits;
    std::int64_t point = parts.point;
    if (point < 0) {
        digits.insert(0, static_cast<std::size_t>(-point), '0');
        point = 0;
    }
    if (point > size) digits.append(static_cast<std::size_t>(point - size), '0');
    std::string whole = digits.substr(0, static_cast<std::size_t>(point));
    const std::string fraction = digits.substr(static_cast<std::size_t>(point));
    whole.erase(0, std::min(whole.find_first_not_of('0'), whole.size()));
    if (whole.empty()) whole = "0";
    const bool zero = whole == "0" && fraction.find_first_not_of('0') == std::string::npos;
    return fmt::format("{}{}{}{}", parts.negative && !zero ? "-" : "", whole,
                       fraction.empty() ? "" : ".", fraction);
}

}  // namespace

result<uuid> uuid::parse(std::string_view text) {
    uuid parsed;
    std::size_t digits = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        const int digit = hexadecimal(text[i]);
        if (text.size() != 36 || (dash ? text[i] != '-' : digit < 0)) {
            digits = 0;
            break;
        }
        if (dash) continue;
        auto& byte = parsed.bytes[digits++ / 2];
        byte = byte << 4 | static_cast<std::byte>(digit);
    }
    if (digits != 32)
        return fail(errc::encode, "not a uuid: expected 8-4-4-4-12 hexadecimal digits");
    return parsed;
}

std::string uuid::text() const {
    std::string spelled;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) spelled += '-';
        fmt::format_to(std::back_inserter(spelled), "{:02x}", std::to_integer<unsigned>(bytes[i]));
    }
    return spelled;
}

result<numeric> numeric::parse(std::string_view text) {
    for (const std::string_view word : {"NaN", "Infinity", "-Infinity"}) {
        if (text == word) return numeric{std::string{word}};
    }
    auto parts = split(text);
    if (!parts) return tl::unexpected{std::move(parts.error())};
    std::string spelled = spell(*parts);
    const auto point = std::min(spelled.find('.'), spelled.size());
    if (static_cast<std::int64_t>(point) > most_before_point + (spelled.front() == '-' ? 1 : 0)) {
        return not_a_number(fmt::format("more than {} digits before the point", most_before_point));
    }
    if (static_cast<std::int64_t>(spelled.size() - point) > most_after_point + 1) {
        return not_a_number(fmt::format("more than {} digits after the point", most_after_point));
    }
    return numeric{std::move(spelled)};
}

std::string_view numeric::significant() const noexcept {
    std::string_view text = text_;
    if (text.find('.') == std::string_view::npos) return text;
    while (text.ends_with('0'))
        text.remove_suffix(1);
    if (text.ends_with('.')) text.remove_suffix(1);
    return text;
}

}  // namespace honeydue
