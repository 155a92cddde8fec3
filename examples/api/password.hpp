// SPDX-License-Identifier: MIT
// Passwords as Django keeps them: pbkdf2_sha256$iterations$salt$base64.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace api {

/// More would let one row of the database occupy a processor for minutes.
inline constexpr std::uint32_t most_iterations = 5'000'000;

struct kept_password {
    std::uint32_t iterations;
    std::string salt;
    std::string digest;  ///< 32 bytes as base64
};

/// Nothing for what no password matches: one that is unusable ('!…'), another hasher's, a damaged
/// one, or one of more than `most_iterations`.
[[nodiscard]] std::optional<kept_password> read_password(std::string_view kept);

/// Compares in constant time. Cost: `iterations` of HMAC-SHA256: a good half second per million.
/// Source: RFC 8018, section 5.2.
[[nodiscard]] bool matches(const kept_password& kept, std::string_view given);

/// As many random bytes, as lower-case hexadecimal digits. For secrets too.
[[nodiscard]] std::string random_digits(std::size_t bytes);

}  // namespace api
