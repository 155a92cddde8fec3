// SPDX-License-Identifier: MIT
// JSON text, token by token. Source: RFC 8259.
#include <honeydue/json.hpp>

#include <charconv>
#include <cmath>

#include <fmt/format.h>

namespace honeydue::detail {

namespace {

constexpr bool is_high_surrogate(std::uint32_t unit) { return unit >= 0xD800 && unit < 0xDC00; }
constexpr bool is_low_surrogate(std::uint32_t unit) { return unit >= 0xDC00 && unit < 0xE000; }

void append_utf8(std::string& to, std::uint32_t point) {
    const auto put = [&](std::uint32_t byte) { to += static_cast<char>(byte); };
    const auto tail = [&](int shift) { put(0x80U | (point >> shift & 0x3FU)); };
    if (point < 0x80) {
        put(point);
    } else if (point < 0x800) {
        put(0xC0U | point >> 6);
        tail(0);
    } else if (point < 0x10000) {
        put(0xE0U | point >> 12);
        tail(6);
        tail(0);
    } else {
        put(0xF0U | point >> 18);
        tail(12);
        tail(6);
        tail(0);
    }
}

/// The sign after a backslash, and what it stands for.
constexpr std::string_view escapes = "\"\\/bfnrt";
constexpr std::string_view meanings = "\"\\/\b\f\n\r\t";

bool is_number_sign(char c) {
    return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
}

}  // namespace

void json_reader::skip_blanks() noexcept {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\r\n"), rest_.size()));
}

bool json_reader::accept(char wanted) noexcept {
    skip_blanks();
    if (!sound() || !rest_.starts_with(wanted)) return false;
    rest_.remove_prefix(1);
    return true;
}

void json_reader::expect(char wanted) noexcept {
    if (!accept(wanted)) refuse(codec_fault::json_shape);
}

bool json_reader::accept_word(std::string_view word) noexcept {
    skip_blanks();
    if (!sound() || !rest_.starts_with(word)) return false;
    rest_.remove_prefix(word.size());
    return true;
}

bool json_reader::accept_null() noexcept { return accept_word("null"); }

void json_reader::boolean(bool& out) noexcept {
    out = accept_word("true");
    if (!out && !accept_word("false")) refuse(codec_fault::json_shape);
}

void json_reader::refuse(codec_fault why) noexcept {
    if (sound()) fault_ = why;
    rest_ = {};
}

codec_fault json_reader::finish() noexcept {
    skip_blanks();
    if (sound() && !rest_.empty()) refuse(codec_fault::malformed);
    return fault_;
}

std::string_view json_reader::number() noexcept {
    skip_blanks();
    std::size_t length = 0;
    while (length < rest_.size() && is_number_sign(rest_[length]))
        ++length;
    const std::string_view digits = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return digits;
}

void json_reader::integer(std::int64_t& out) noexcept {
    const std::string_view digits = number();
    const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), out);
    if (problem == std::errc::result_out_of_range) {
        refuse(codec_fault::range);
    } else if (problem != std::errc{} || end != digits.data() + digits.size()) {
        refuse(codec_fault::json_shape);
    }
}

void json_reader::floating(double& out) noexcept {
    const std::string_view digits = number();
    const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), out);
    if (problem == std::errc::result_out_of_range) {
        refuse(codec_fault::range);
    } else if (problem != std::errc{} || end != digits.data() + digits.size()) {
        refuse(codec_fault::json_shape);
    }
}

std::uint32_t json_reader::four_digits() noexcept {
    std::uint32_t unit = 0;
    const std::string_view digits = rest_.substr(0, 4);
    const auto [end, problem] =
        std::from_chars(digits.data(), digits.data() + digits.size(), unit, 16);
    if (problem != std::errc{} || end != digits.data() + 4) {
        refuse(codec_fault::malformed);
        return 0;
    }
    rest_.remove_prefix(4);
    return unit;
}

/// What follows a backslash. A surrogate without its other half stands for no
/// character.
void json_reader::escape(std::string& out) {
    const char sign = rest_.empty() ? '\0' : rest_[0];
    rest_.remove_prefix(std::min<std::size_t>(1, rest_.size()));
    if (sign != 'u') {
        const auto known = escapes.find(sign);
        if (known == std::string_view::npos) return refuse(codec_fault::malformed);
        out += meanings[known];
        return;
    }
    std::uint32_t point = four_digits();
    if (is_low_surrogate(point)) return refuse(codec_fault::malformed);
    if (is_high_surrogate(point)) {
        if (!rest_.starts_with("\\u")) return refuse(codec_fault::malformed);
        rest_.remove_prefix(2);
        const std::uint32_t low = four_digits();
        if (!is_low_surrogate(low)) return refuse(codec_fault::malformed);
        point = 0x10000 + ((point - 0xD800) << 10) + (low - 0xDC00);
    }
    if (sound()) append_utf8(out, point);
}

void json_reader::string(std::string& out) {
    out.clear();
    expect('"');
    while (sound()) {
        const auto plain = std::min(rest_.find_first_of("\"\\"), rest_.size());
        out.append(rest_.substr(0, plain));
        rest_.remove_prefix(plain);
        if (rest_.empty()) return refuse(codec_fault::malformed);
        const char sign = rest_[0];
        rest_.remove_prefix(1);
        if (sign == '"') return;
        escape(out);
    }
}

void json_reader::skip_string() noexcept {
    for (std::size_t at = 1; at < rest_.size(); ++at) {
        if (rest_[at] == '\\') {
            ++at;
        } else if (rest_[at] == '"') {
            return rest_.remove_prefix(at + 1);
        }
    }
    refuse(codec_fault::malformed);
}

/// Counts brackets instead of recursing, so that no depth of them can exhaust
/// the stack.
std::string_view json_reader::raw() noexcept {
    skip_blanks();
    const std::string_view start = rest_;
    std::size_t depth = 0;
    do {
        skip_blanks();
        if (rest_.empty()) {
            refuse(codec_fault::malformed);
            return {};
        }
        const char sign = rest_[0];
        if (sign == '"') {
            skip_string();
        } else if (sign == '{' || sign == '[' || sign == '}' || sign == ']') {
            const bool opens = sign == '{' || sign == '[';
            if (!opens && depth == 0) refuse(codec_fault::malformed);
            depth = opens ? depth + 1 : depth - 1;
            rest_.remove_prefix(std::min<std::size_t>(1, rest_.size()));
        } else {
            const auto end = rest_.find_first_of(depth == 0 ? ",]} \t\r\n" : "\"[]{}");
            rest_.remove_prefix(std::min(std::max<std::size_t>(end, 1), rest_.size()));
            if (depth == 0 && end == 0) refuse(codec_fault::malformed);
        }
    } while (depth != 0 && sound());
    return sound() ? start.substr(0, start.size() - rest_.size()) : std::string_view{};
}

void write_json_string(std::string& to, std::string_view value) {
    to += '"';
    for (const char c : value) {
        if (c == '"' || c == '\\') {
            to += '\\';
            to += c;
        } else if (static_cast<unsigned char>(c) < 0x20) {
            fmt::format_to(std::back_inserter(to), "\\u{:04x}", static_cast<unsigned>(c));
        } else {
            to += c;
        }
    }
    to += '"';
}

/// JSON has no infinities and no NaN.
codec_fault write_json_number(std::string& to, double value) {
    if (!std::isfinite(value)) return codec_fault::range;
    char digits[32];
    const auto [end, problem] = std::to_chars(std::begin(digits), std::end(digits), value);
    to.append(digits, end);
    return problem == std::errc{} ? codec_fault::none : codec_fault::range;
}

}  // namespace honeydue::detail
