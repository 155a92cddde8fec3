// SPDX-License-Identifier: MIT
// SHA-256 and HMAC-SHA-256, for names too long to be keys and tokens that must not be one.
// Source: FIPS 180-4; RFC 2104.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace honeydue {

using sha256_digest = std::array<std::byte, 32>;

class sha256 {
public:
    sha256& add(std::span<const std::byte> bytes) noexcept;
    /// Ends it: nothing may be added afterwards.
    [[nodiscard]] sha256_digest finish() noexcept;

private:
    void block(const std::byte* data) noexcept;

    std::array<std::uint32_t, 8> state_{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                        0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    std::array<std::byte, 64> pending_{};
    std::size_t held_ = 0;
    std::uint64_t length_ = 0;
};

/// A secret of any length as the key of an HMAC.
[[nodiscard]] std::array<std::byte, 64> hmac_key(std::string_view secret) noexcept;

/// `key` is already padded with zeros to the block's 64 bytes.
[[nodiscard]] sha256_digest hmac_sha256(const std::array<std::byte, 64>& key,
                                        std::span<const std::byte> message) noexcept;

}  // namespace honeydue
