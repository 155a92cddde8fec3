// SPDX-License-Identifier: MIT
// Values spelled as the server's own casts to text spell them, so that the two can be compared.
#pragma once

#include <charconv>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <honeydue/array.hpp>
#include <honeydue/range.hpp>

namespace honeydue::test {

inline std::string spelled(bool value) { return value ? "true" : "false"; }
inline std::string spelled(std::string value) { return value; }
template <std::signed_integral Int>
std::string spelled(Int value) {
    return std::to_string(value);
}

/// The shortest digits that read back the same; fixed notation for exponents from -5 to the digits
/// the type is sure of. Source: double_to_shortest_decimal, src/common/d2s.c.
template <std::floating_point Float>
std::string spelled(Float value) {
    if (std::isnan(value)) return "NaN";
    if (std::isinf(value)) return value < 0 ? "-Infinity" : "Infinity";
    constexpr int sure_digits = std::same_as<Float, float> ? 6 : 15;
    char text[64];
    const auto scientific =
        std::to_chars(text, text + sizeof text, value, std::chars_format::scientific).ptr;
    const std::string written{text, scientific};
    const int exponent = std::stoi(written.substr(written.find('e') + 1));
    if (exponent < -4 || exponent >= sure_digits) return written;
    return {text, std::to_chars(text, text + sizeof text, value, std::chars_format::fixed).ptr};
}

inline std::string spelled(const bytes& value) {
    std::string text = "\\x";
    for (const std::byte byte : value) {
        char digits[3];
        std::snprintf(digits, sizeof digits, "%02x", std::to_integer<unsigned>(byte));
        text += digits;
    }
    return text;
}

inline std::string spelled(const json& value) { return value.text; }
inline std::string spelled(const jsonb& value) { return value.text; }

template <class T>
    requires requires(const T& value) { value.text(); }
std::string spelled(const T& value) { return std::string{value.text()}; }

/// In an array or a range, whatever could be mistaken for its punctuation is quoted.
inline std::string quoted(const std::string& text, std::string_view special) {
    if (!text.empty() && text != "NULL" && text.find_first_of(special) == std::string::npos)
        return text;
    std::string result = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') result += '\\';
        result += c;
    }
    return result + '"';
}

template <class T>
std::string spelled(const range<T>& value);
template <class T>
std::string spelled(const multirange<T>& value);

template <class T>
    requires requires(const T& value) { spelled(value); }
std::string spelled_element(const T& value) {
    std::string text = spelled(value);
    if constexpr (std::same_as<T, bool>) text.resize(1);
    return quoted(text, "{},\"\\ \t\n");
}
template <class T>
std::string spelled_element(const std::optional<T>& value) {
    return value ? spelled_element(*value) : "NULL";
}

template <class T>
concept has_spelled_elements = requires(const T& value) {
    spelled_element(value);
};

template <has_spelled_elements T>
std::string spelled(const std::vector<T>& values) {
    std::string text = "{";
    for (const auto& value : values) {
        if (text.size() > 1) text += ',';
        text += spelled_element(value);
    }
    return text + '}';
}

template <class T>
std::string spelled(const range<T>& value) {
    if (value.is_empty()) return "empty";
    const auto bound = [](const range_bound<T>& of) {
        return of.end == range_end::unbounded ? std::string{}
                                              : quoted(spelled(of.value), "()[],\"\\ \t\n");
    };
    return (value.lower().end == range_end::included ? "[" : "(") + bound(value.lower()) + ',' +
           bound(value.upper()) + (value.upper().end == range_end::included ? "]" : ")");
}

template <class T>
std::string spelled(const multirange<T>& value) {
    std::string text = "{";
    for (const range<T>& one : value.ranges)
        text += (text.size() > 1 ? "," : "") + spelled(one);
    return text + '}';
}

}  // namespace honeydue::test
