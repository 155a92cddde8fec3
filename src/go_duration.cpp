// SPDX-License-Identifier: MIT
// A transcription of Go's ParseDuration, overflow rules included.
#include "go_duration.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>

namespace honeydue {

namespace {

constexpr std::uint64_t limit = std::uint64_t{1} << 63;

struct unit {
    std::string_view name;
    std::uint64_t nanoseconds;
};
constexpr std::array<unit, 8> units = {{
    {"ns", 1},
    {"us", 1'000},
    {"\u00b5s", 1'000},  // micro sign
    {"\u03bcs", 1'000},  // Greek mu
    {"ms", 1'000'000},
    {"s", 1'000'000'000},
    {"m", 60'000'000'000},
    {"h", 3'600'000'000'000},
}};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Takes digits off the front. Empty on overflow.
std::optional<std::uint64_t> take_whole(std::string_view& text) {
    std::uint64_t value = 0;
    while (!text.empty() && is_digit(text.front())) {
        if (value > limit / 10) return std::nullopt;
        value = value * 10 + static_cast<std::uint64_t>(text.front() - '0');
        if (value > limit) return std::nullopt;
        text.remove_prefix(1);
    }
    return value;
}

struct fraction {
    std::uint64_t value = 0;
    double scale = 1;
};

/// Takes the digits after a point. What no longer fits is dropped, as Go does.
fraction take_fraction(std::string_view& text) {
    fraction read;
    bool full = false;
    for (; !text.empty() && is_digit(text.front()); text.remove_prefix(1)) {
        if (full) continue;
        const auto digit = static_cast<std::uint64_t>(text.front() - '0');
        if (read.value > (limit - 1) / 10 || read.value * 10 + digit > limit) {
            full = true;
            continue;
        }
        read.value = read.value * 10 + digit;
        read.scale *= 10;
    }
    return read;
}

std::optional<std::uint64_t> take_unit(std::string_view& text) {
    const auto end = std::ranges::find_if(text, [](char c) { return c == '.' || is_digit(c); });
    const auto name = text.substr(0, static_cast<std::size_t>(end - text.begin()));
    const auto found = std::ranges::find(units, name, &unit::name);
    if (found == units.end()) return std::nullopt;
    text.remove_prefix(name.size());
    return found->nanoseconds;
}

/// One number and its unit.
std::optional<std::uint64_t> take_term(std::string_view& text) {
    const std::size_t before = text.size();
    const auto whole = take_whole(text);
    if (!whole) return std::nullopt;
    bool has_digits = text.size() != before;
    fraction part;
    if (!text.empty() && text.front() == '.') {
        text.remove_prefix(1);
        const std::size_t after_point = text.size();
        part = take_fraction(text);
        has_digits = has_digits || text.size() != after_point;
    }
    if (!has_digits) return std::nullopt;
    const auto scale = take_unit(text);
    if (!scale || *whole > limit / *scale) return std::nullopt;
    const auto extra = static_cast<std::uint64_t>(static_cast<double>(part.value) *
                                                  (static_cast<double>(*scale) / part.scale));
    const std::uint64_t sum = *whole * *scale + extra;
    if (sum > limit) return std::nullopt;
    return sum;
}

}  // namespace

std::optional<std::chrono::nanoseconds> parse_go_duration(std::string_view text) {
    const bool negative = text.starts_with('-');
    if (negative || text.starts_with('+')) text.remove_prefix(1);
    if (text == "0") return std::chrono::nanoseconds{0};
    if (text.empty()) return std::nullopt;
    std::uint64_t total = 0;
    while (!text.empty()) {
        const auto term = take_term(text);
        if (!term) return std::nullopt;
        total += *term;
        if (total > limit) return std::nullopt;
    }
    if (negative && total == limit) {
        return std::chrono::nanoseconds{std::numeric_limits<std::int64_t>::min()};
    }
    if (total >= limit) return std::nullopt;
    const auto value = static_cast<std::int64_t>(total);
    return std::chrono::nanoseconds{negative ? -value : value};
}

}  // namespace honeydue
