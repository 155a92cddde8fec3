// SPDX-License-Identifier: MIT
// Text as Go's standard library sees it: see the header.
#include "migration_text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace honeydue::detail {
namespace {

struct utf8_lead {
    unsigned char first, last;  // range of the lead byte
    std::size_t size;           // bytes in all
    unsigned char low, high;    // range of the second byte
};

constexpr std::array<utf8_lead, 8> leads{{{0xC2, 0xDF, 2, 0x80, 0xBF},
                                          {0xE0, 0xE0, 3, 0xA0, 0xBF},
                                          {0xE1, 0xEC, 3, 0x80, 0xBF},
                                          {0xED, 0xED, 3, 0x80, 0x9F},
                                          {0xEE, 0xEF, 3, 0x80, 0xBF},
                                          {0xF0, 0xF0, 4, 0x90, 0xBF},
                                          {0xF1, 0xF3, 4, 0x80, 0xBF},
                                          {0xF4, 0xF4, 4, 0x80, 0x8F}}};

unsigned char byte_at(std::string_view text, std::size_t at) noexcept {
    return static_cast<unsigned char>(text[at]);
}

bool is_continuation(std::string_view text, std::size_t at) noexcept {
    return (byte_at(text, at) & 0xC0U) == 0x80U;
}

decoded_rune decode_sequence(std::string_view text, const utf8_lead& lead) noexcept {
    constexpr decoded_rune invalid{replacement_rune, 1};
    if (text.size() < lead.size) return invalid;
    if (byte_at(text, 1) < lead.low || byte_at(text, 1) > lead.high) return invalid;
    char32_t value = byte_at(text, 0) & (0xFFU >> (lead.size + 1));
    for (std::size_t i = 1; i < lead.size; ++i) {
        if (!is_continuation(text, i)) return invalid;
        value = (value << 6U) | (byte_at(text, i) & 0x3FU);
    }
    return {value, lead.size};
}

/// The last code point of a text that is not empty.
decoded_rune decode_last_rune(std::string_view text) noexcept {
    std::size_t start = text.size() - 1;
    const std::size_t limit = text.size() > 4 ? text.size() - 4 : 0;
    while (start > limit && is_continuation(text, start))
        --start;
    const decoded_rune found = decode_rune(text.substr(start));
    if (start + found.size != text.size()) return {replacement_rune, 1};
    return found;
}

struct rune_range {
    char32_t first, last;
};

// Controls, spaces other than U+0020, format characters, surrogates, private use, noncharacters.
constexpr std::array<rune_range, 25> unprintable{
    {{0x7F, 0xA0},       {0xAD, 0xAD},       {0x600, 0x605},     {0x61C, 0x61C},
     {0x6DD, 0x6DD},     {0x70F, 0x70F},     {0x890, 0x891},     {0x8E2, 0x8E2},
     {0x1680, 0x1680},   {0x180E, 0x180E},   {0x2000, 0x200F},   {0x2028, 0x202F},
     {0x205F, 0x206F},   {0x3000, 0x3000},   {0xD800, 0xF8FF},   {0xFDD0, 0xFDEF},
     {0xFEFF, 0xFEFF},   {0xFFF0, 0xFFFB},   {0xFFFE, 0xFFFF},   {0x110BD, 0x110BD},
     {0x110CD, 0x110CD}, {0x13430, 0x1345F}, {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A},
     {0xE0000, 0x10FFFF}}};

bool is_printable(char32_t value) noexcept {
    if (value < 0x20) return false;
    return std::none_of(unprintable.begin(), unprintable.end(), [value](const rune_range& range) {
        return value >= range.first && value <= range.last;
    });
}

void append_hex(std::string& out, std::string_view prefix, char32_t value, unsigned digits) {
    constexpr std::string_view hex = "0123456789abcdef";
    out += prefix;
    for (unsigned shift = 4 * digits; shift > 0; shift -= 4) {
        out += hex[(value >> (shift - 4)) & 0xFU];
    }
}

void append_escaped(std::string& out, char32_t value) {
    constexpr std::string_view named = "\a\b\f\n\r\t\v";
    constexpr std::string_view letters = "abfnrtv";
    const auto at = value < 0x80 ? named.find(static_cast<char>(value)) : std::string_view::npos;
    if (at != std::string_view::npos) {
        out += '\\';
        out += letters[at];
    } else if (value < 0x20 || value == 0x7F) {
        append_hex(out, "\\x", value, 2);
    } else if (value < 0x10000) {
        append_hex(out, "\\u", value, 4);
    } else {
        append_hex(out, "\\U", value, 8);
    }
}

}  // namespace

decoded_rune decode_rune(std::string_view text) noexcept {
    if (text.empty()) return {};
    const unsigned char first = byte_at(text, 0);
    if (first < 0x80) return {first, 1};
    for (const utf8_lead& lead : leads) {
        if (first >= lead.first && first <= lead.last) return decode_sequence(text, lead);
    }
    return {replacement_rune, 1};
}

void append_rune(std::string& out, char32_t value) {
    const auto tail = [&out, value](unsigned shift) {
        out += static_cast<char>(0x80U | ((value >> shift) & 0x3FU));
    };
    if (value < 0x80) {
        out += static_cast<char>(value);
    } else if (value < 0x800) {
        out += static_cast<char>(0xC0U | (value >> 6U));
        tail(0);
    } else if (value < 0x10000) {
        out += static_cast<char>(0xE0U | (value >> 12U));
        tail(6);
        tail(0);
    } else {
        out += static_cast<char>(0xF0U | (value >> 18U));
        tail(12);
        tail(6);
        tail(0);
    }
}

bool is_space(char32_t value) noexcept {
    if (value <= 0x20) return value == 0x20 || (value >= 0x09 && value <= 0x0D);
    if (value < 0x1680) return value == 0x85 || value == 0xA0;
    return value == 0x1680 || (value >= 0x2000 && value <= 0x200A) || value == 0x2028 ||
           value == 0x2029 || value == 0x202F || value == 0x205F || value == 0x3000;
}

std::string_view trim(std::string_view text) noexcept {
    while (!text.empty()) {
        const decoded_rune first = decode_rune(text);
        if (!is_space(first.value)) break;
        text.remove_prefix(first.size);
    }
    while (!text.empty()) {
        const decoded_rune last = decode_last_rune(text);
        if (!is_space(last.value)) break;
        text.remove_suffix(last.size);
    }
    return text;
}

std::string_view next_word(std::string_view& rest) noexcept {
    while (!rest.empty()) {
        const decoded_rune first = decode_rune(rest);
        if (!is_space(first.value)) break;
        rest.remove_prefix(first.size);
    }
    std::size_t size = 0;
    while (size < rest.size()) {
        const decoded_rune next = decode_rune(rest.substr(size));
        if (is_space(next.value)) break;
        size += next.size;
    }
    const std::string_view word = rest.substr(0, size);
    rest.remove_prefix(size);
    return word;
}

bool equal_folded(std::string_view text, std::string_view ascii) noexcept {
    const auto lower = [](char32_t value) {
        return value >= U'A' && value <= U'Z' ? value + (U'a' - U'A') : value;
    };
    for (const char wanted : ascii) {
        const decoded_rune found = decode_rune(text);
        constexpr char32_t long_s = 0x17F;
        const char32_t folded = found.value == long_s ? U's' : lower(found.value);
        if (found.size == 0 || folded != lower(static_cast<unsigned char>(wanted))) return false;
        text.remove_prefix(found.size);
    }
    return text.empty();
}

std::string quoted(std::string_view text) {
    std::string out = "\"";
    while (!text.empty()) {
        const decoded_rune next = decode_rune(text);
        if (next.value == replacement_rune && next.size == 1) {
            append_hex(out, "\\x", byte_at(text, 0), 2);
        } else if (next.value == U'"' || next.value == U'\\') {
            out += '\\';
            out += text[0];
        } else if (is_printable(next.value)) {
            out += text.substr(0, next.size);
        } else {
            append_escaped(out, next.value);
        }
        text.remove_prefix(next.size);
    }
    return out += '"';
}

}  // namespace honeydue::detail
