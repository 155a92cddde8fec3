// SPDX-License-Identifier: MIT
// Text as a template argument: names of aliases, functions and results.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace honeydue::detail {

template <std::size_t Size>
struct fixed_text {
    char characters[Size]{};

    constexpr fixed_text() = default;
    // NOLINTNEXTLINE(*-explicit-*): a literal in angle brackets is one
    consteval fixed_text(const char (&literal)[Size]) {
        for (std::size_t i = 0; i < Size; ++i)
            characters[i] = literal[i];
    }

    [[nodiscard]] constexpr std::string_view view() const { return {characters, Size - 1}; }
};

/// `Words` in a row.
template <fixed_text... Words>
inline constexpr auto joined = [] {
    constexpr std::size_t size = (Words.view().size() + ...) + 1;
    fixed_text<size> all;
    std::size_t at = 0;
    const auto add = [&](std::string_view word) {
        for (const char c : word)
            all.characters[at++] = c;
    };
    (add(Words.view()), ...);
    return all;
}();

}  // namespace honeydue::detail
