// SPDX-License-Identifier: MIT
// Passwords as Django keeps them, through OpenSSL.
#include "password.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <vector>

namespace api {

namespace {

constexpr std::string_view hasher = "pbkdf2_sha256$";
constexpr std::size_t digest_bytes = 32;
constexpr std::size_t digest_letters = 44;

/// What stands before the next '$', which is taken away too; nothing when there is no more.
std::optional<std::string_view> take_part(std::string_view& from) {
    const auto end = from.find('$');
    if (end == std::string_view::npos) return std::nullopt;
    const auto part = from.substr(0, end);
    from.remove_prefix(end + 1);
    return part;
}

bool is_digest(std::string_view text) {
    constexpr std::string_view letters =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    return text.size() == digest_letters && text.back() == '=' &&
           text.find_first_not_of(letters) == digest_letters - 1;
}

}  // namespace

std::optional<kept_password> read_password(std::string_view kept) {
    if (!kept.starts_with(hasher)) return std::nullopt;
    kept.remove_prefix(hasher.size());
    const auto count = take_part(kept);
    const auto salt = take_part(kept);
    if (!count || !salt || salt->empty() || !is_digest(kept)) return std::nullopt;
    std::uint32_t iterations = 0;
    const char* const end = count->data() + count->size();
    const auto read = std::from_chars(count->data(), end, iterations);
    const bool is_count = read.ec == std::errc{} && read.ptr == end;
    if (!is_count || iterations < 1 || iterations > most_iterations) return std::nullopt;
    return kept_password{iterations, std::string{*salt}, std::string{kept}};
}

bool matches(const kept_password& kept, std::string_view given) {
    std::array<unsigned char, digest_bytes> digest;
    const int done =
        PKCS5_PBKDF2_HMAC(given.data(), static_cast<int>(given.size()),
                          reinterpret_cast<const unsigned char*>(kept.salt.data()),
                          static_cast<int>(kept.salt.size()), static_cast<int>(kept.iterations),
                          EVP_sha256(), static_cast<int>(digest.size()), digest.data());
    std::array<unsigned char, digest_letters + 1> text{};
    EVP_EncodeBlock(text.data(), digest.data(), static_cast<int>(digest.size()));
    return done == 1 && kept.digest.size() == digest_letters &&
           CRYPTO_memcmp(text.data(), kept.digest.data(), digest_letters) == 0;
}

std::string random_digits(std::size_t bytes) {
    std::vector<unsigned char> drawn(bytes);
    // Without randomness there are no secrets: nothing sensible is left to do.
    if (RAND_bytes(drawn.data(), static_cast<int>(drawn.size())) != 1) std::abort();
    std::string text;
    for (const unsigned one : drawn) {
        char two[3];
        std::snprintf(two, sizeof two, "%02x", one);
        text += two;
    }
    return text;
}

}  // namespace api
