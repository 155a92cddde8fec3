// SPDX-License-Identifier: MIT
// SHA-256 as FIPS 180-4 writes it down.
#include "sha256.hpp"

#include <algorithm>
#include <bit>

namespace honeydue {

namespace {

constexpr std::array<std::uint32_t, 64> round_constants{
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

std::uint32_t big_endian(const std::byte* at) noexcept {
    std::uint32_t word = 0;
    for (int i = 0; i < 4; ++i)
        word = word << 8U | std::to_integer<std::uint32_t>(at[i]);
    return word;
}

std::array<std::uint32_t, 64> schedule(const std::byte* data) noexcept {
    std::array<std::uint32_t, 64> w{};
    for (std::size_t i = 0; i < 16; ++i)
        w[i] = big_endian(data + 4 * i);
    for (std::size_t i = 16; i < 64; ++i) {
        const auto s0 = std::rotr(w[i - 15], 7) ^ std::rotr(w[i - 15], 18) ^ w[i - 15] >> 3U;
        const auto s1 = std::rotr(w[i - 2], 17) ^ std::rotr(w[i - 2], 19) ^ w[i - 2] >> 10U;
        w[i] = w[i - 16] + s0 + w[i - 7] + s1;
    }
    return w;
}

}  // namespace

void sha256::block(const std::byte* data) noexcept {
    const auto w = schedule(data);
    auto s = state_;
    for (std::size_t i = 0; i < 64; ++i) {
        const auto e = s[4];
        const auto a = s[0];
        const auto sum1 = std::rotr(e, 6) ^ std::rotr(e, 11) ^ std::rotr(e, 25);
        const auto choice = (e & s[5]) ^ (~e & s[6]);
        const auto first = s[7] + sum1 + choice + round_constants[i] + w[i];
        const auto sum0 = std::rotr(a, 2) ^ std::rotr(a, 13) ^ std::rotr(a, 22);
        const auto majority = (a & s[1]) ^ (a & s[2]) ^ (s[1] & s[2]);
        s = {first + sum0 + majority, a, s[1], s[2], s[3] + first, e, s[5], s[6]};
    }
    for (std::size_t i = 0; i < 8; ++i)
        state_[i] += s[i];
}

sha256& sha256::add(std::span<const std::byte> bytes) noexcept {
    length_ += bytes.size();
    while (!bytes.empty()) {
        const auto part = std::min(bytes.size(), pending_.size() - held_);
        std::copy_n(bytes.begin(), part, pending_.begin() + static_cast<std::ptrdiff_t>(held_));
        held_ += part;
        bytes = bytes.subspan(part);
        if (held_ == pending_.size()) {
            block(pending_.data());
            held_ = 0;
        }
    }
    return *this;
}

sha256_digest sha256::finish() noexcept {
    const auto bits = length_ * 8;
    constexpr std::array one{std::byte{0x80}};
    constexpr std::array zero{std::byte{0}};
    add(one);
    while (held_ != 56)
        add(zero);
    std::array<std::byte, 8> length;
    for (std::size_t i = 0; i < 8; ++i)
        length[i] = static_cast<std::byte>(bits >> (56 - 8 * i));
    add(length);
    sha256_digest digest;
    for (std::size_t i = 0; i < digest.size(); ++i)
        digest[i] = static_cast<std::byte>(state_[i / 4] >> (24 - 8 * (i % 4)));
    return digest;
}

std::array<std::byte, 64> hmac_key(std::string_view secret) noexcept {
    const auto bytes = std::as_bytes(std::span{secret.data(), secret.size()});
    std::array<std::byte, 64> key{};
    if (bytes.size() <= key.size()) {
        std::ranges::copy(bytes, key.begin());
    } else {
        std::ranges::copy(sha256{}.add(bytes).finish(), key.begin());
    }
    return key;
}

sha256_digest hmac_sha256(const std::array<std::byte, 64>& key,
                          std::span<const std::byte> message) noexcept {
    auto inner = key;
    auto outer = key;
    for (auto& byte : inner)
        byte ^= std::byte{0x36};
    for (auto& byte : outer)
        byte ^= std::byte{0x5c};
    const auto hashed = sha256{}.add(inner).add(message).finish();
    return sha256{}.add(outer).add(hashed).finish();
}

}  // namespace honeydue
