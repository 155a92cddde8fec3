// SPDX-License-Identifier: MIT
// Names too long, tokens, and the hash that travels.
#include <honeydue/cache_key.hpp>

#include "sha256.hpp"

#include <array>
#include <bit>
#include <cstring>
#include <span>

namespace honeydue {

namespace {

std::span<const std::byte> bytes_of(std::string_view text) {
    return std::as_bytes(std::span{text.data(), text.size()});
}

constexpr std::size_t shortest_secret = 16;

}  // namespace

result<token_hasher> token_hasher::with(std::string_view secret) {
    if (secret.size() < shortest_secret) {
        return fail(errc::configuration,
                    "secret: a token_hasher needs at least 16 bytes; make one with "
                    "`openssl rand -hex 32` and give it to every process");
    }
    return token_hasher{secret};
}

token_hasher::token_hasher(std::string_view secret) : secret_{hmac_key(secret)} {}

token_key token_hasher::operator()(std::string_view token) const noexcept {
    return {hmac_sha256(secret_, bytes_of(token))};
}

namespace detail {

// The second NUL cannot begin a short name's key that is this long: short ones are below the limit.
void shorten_name(std::string& name, std::size_t prefix) {
    if (name.size() <= longest_cache_name) return;
    const auto digest = sha256{}.add(bytes_of(std::string_view{name}.substr(prefix))).finish();
    name.resize(prefix - 1);
    name += '\1';
    name.append(reinterpret_cast<const char*>(digest.data()), digest.size());
}

namespace {

// Eight bytes, little-endian. A size that is known copies without a call.
std::uint64_t word_at(const char* at) noexcept {
    std::uint64_t word = 0;
    std::memcpy(&word, at, 8);
    if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap64(word);
    return word;
}

// The last one to seven bytes, of a text that may be longer.
std::uint64_t last_word(std::string_view of, std::size_t rest) noexcept {
    if (of.size() >= 8) return word_at(of.data() + of.size() - 8) >> (8 * (8 - rest));
    std::array<char, 8> padded{};
    std::memcpy(padded.data(), of.data(), rest);
    return word_at(padded.data());
}

std::uint64_t mixed(std::uint64_t hash, std::uint64_t word) noexcept {
    hash ^= std::rotl(word * 0x87c37b91114253d5U, 31) * 0x4cf5ad432745937fU;
    return std::rotl(hash, 27) * 5 + 0x52dce729U;
}

}  // namespace

// Source: the mixing step and the finisher of MurmurHash3's 64-bit form (Appleby, public domain).
std::uint64_t stable_hash(std::string_view of) noexcept {
    auto hash = 0x9e3779b97f4a7c15U ^ of.size();
    const auto rest = of.size() % 8;
    for (std::size_t at = 0; at < of.size() - rest; at += 8)
        hash = mixed(hash, word_at(of.data() + at));
    if (rest != 0) hash = mixed(hash, last_word(of, rest));
    hash = (hash ^ hash >> 33U) * 0xff51afd7ed558ccdU;
    hash = (hash ^ hash >> 33U) * 0xc4ceb9fe1a85ec53U;
    return hash ^ hash >> 33U;
}

}  // namespace detail

}  // namespace honeydue
