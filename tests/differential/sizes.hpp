// SPDX-License-Identifier: MIT
// How many cases, and from which seed: HONEYDUE_GOOSE_PARSER_CASES, HONEYDUE_GOOSE_CASES,
// HONEYDUE_GOOSE_SEED. A seed that failed is run again as the first of one case.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <string>

namespace honeydue::support {

inline std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
    const char* text = std::getenv(variable);
    return text == nullptr || *text == '\0' ? otherwise : std::stoull(text);
}

inline std::uint64_t parser_cases() { return number_from("HONEYDUE_GOOSE_PARSER_CASES", 1600); }
inline std::uint64_t database_cases() { return number_from("HONEYDUE_GOOSE_CASES", 400); }
inline std::uint64_t first_seed() { return number_from("HONEYDUE_GOOSE_SEED", 1); }

}  // namespace honeydue::support
