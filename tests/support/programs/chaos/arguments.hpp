// SPDX-License-Identifier: MIT
// Options with a value each, as the chaos programs take them.
#pragma once

#include "program.hpp"

#include <charconv>
#include <string>
#include <string_view>
#include <system_error>

namespace honeydue::chaos {

template <class T>
T number_in(std::string_view option, std::string_view text) {
    T value{};
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failure == std::errc{} && end == text.data() + text.size() && value > 0) return value;
    throw support::server_error(std::string{option} + " takes a whole number above 0, not \"" +
                                std::string{text} + "\"");
}

// `take` answers false to an option it does not know. Errors: server_error.
template <class Take>
void read_options(int count, char** arguments, Take take) {
    for (int i = 1; i + 1 < count; i += 2) {
        if (take(std::string_view{arguments[i]}, std::string_view{arguments[i + 1]})) continue;
        throw support::server_error("unknown option \"" + std::string{arguments[i]} +
                                    "\": see --help");
    }
    if (count % 2 == 0) throw support::server_error("an option without its value: see --help");
}

}  // namespace honeydue::chaos
