// SPDX-License-Identifier: MIT
// Text as Go's standard library sees it, where goose's reading of a file depends on it: white
// space, words, quoting and case. Bytes that are not UTF-8 are kept and belong to no class.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace honeydue::detail {

/// One decoded code point. An invalid byte is `replacement` of size 1; an empty text has size 0.
struct decoded_rune {
    char32_t value = 0;
    std::size_t size = 0;
};
inline constexpr char32_t replacement_rune = 0xFFFD;

/// Source: Unicode 15, table 3-7 "Well-Formed UTF-8 Byte Sequences".
[[nodiscard]] decoded_rune decode_rune(std::string_view text) noexcept;

void append_rune(std::string& out, char32_t value);

/// The White_Space property. Source: Go's unicode.IsSpace.
[[nodiscard]] bool is_space(char32_t value) noexcept;

/// Without white space at both ends. Source: Go's strings.TrimSpace.
[[nodiscard]] std::string_view trim(std::string_view text) noexcept;

/// Takes the next run of bytes that are not white space off the front of `rest`; empty at the end.
[[nodiscard]] std::string_view next_word(std::string_view& rest) noexcept;

/// Equal but for the case of ASCII letters and U+017F, which folds to s: enough for words without a
/// k. Source: Go's strings.EqualFold.
[[nodiscard]] bool equal_folded(std::string_view text, std::string_view ascii) noexcept;

/// In double quotes, with what cannot be printed escaped. Code points that are not assigned are
/// printed, where Go escapes them. Source: Go's strconv.Quote.
[[nodiscard]] std::string quoted(std::string_view text);

}  // namespace honeydue::detail
