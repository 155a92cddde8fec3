// SPDX-License-Identifier: MIT
// Cursors of pages: what they look like, and what is not taken for one.
#include <honeydue/page.hpp>

#include <algorithm>
#include <array>
#include <cstring>

#include "migration_text.hpp"
#include "sha256.hpp"

namespace honeydue::detail {

namespace {

// version, fingerprint of the query, keys as parameters travel, signature when there is a secret
constexpr auto version = std::byte{1};
constexpr std::size_t fingerprint_size = 8;
constexpr std::size_t signature_size = 16;
constexpr std::size_t longest_cursor = 16U << 10;

// Source: RFC 4648, section 5, without padding.
constexpr std::string_view digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

using byte_view = std::span<const std::byte>;

byte_view bytes_of(std::string_view text) {
    return std::as_bytes(std::span{text.data(), text.size()});
}

std::string as_text(byte_view bytes) {
    std::string text;
    text.reserve((bytes.size() * 4 + 2) / 3);
    unsigned held = 0;
    int bits = 0;
    for (const std::byte byte : bytes) {
        held = (held << 8U | std::to_integer<unsigned>(byte)) & 0x3FFFU;
        for (bits += 8; bits >= 6; bits -= 6)
            text += digits[held >> static_cast<unsigned>(bits - 6) & 0x3FU];
    }
    if (bits > 0) text += digits[held << static_cast<unsigned>(6 - bits) & 0x3FU];
    return text;
}

/// Nothing when a character is none of the digits, or the last bits are not those of a whole byte.
std::optional<std::vector<std::byte>> from_text(std::string_view text) {
    std::vector<std::byte> bytes;
    unsigned held = 0;
    int bits = 0;
    for (const char c : text) {
        const auto digit = digits.find(c);
        if (digit == std::string_view::npos) return std::nullopt;
        held = (held << 6U | static_cast<unsigned>(digit)) & 0x3FFFU;
        bits += 6;
        if (bits < 8) continue;
        bits -= 8;
        bytes.push_back(static_cast<std::byte>(held >> static_cast<unsigned>(bits) & 0xFFU));
    }
    const bool whole = bits < 6 && (held & ((1U << static_cast<unsigned>(bits)) - 1)) == 0;
    return whole ? std::optional{std::move(bytes)} : std::nullopt;
}

/// In a time that does not depend on where they differ.
bool are_equal(byte_view a, byte_view b) {
    auto difference = std::byte{0};
    for (std::size_t i = 0; i < a.size(); ++i)
        difference |= a[i] ^ b[i];
    return difference == std::byte{0};
}

/// Cuts the next value off `rest`. Source: PostgreSQL documentation, "Bind", parameter values.
bool take_cell(byte_view& rest, cell& into) {
    if (rest.size() < 4) return false;
    std::uint32_t length = 0;
    for (const std::byte byte : rest.first(4))
        length = length << 8U | std::to_integer<std::uint32_t>(byte);
    rest = rest.subspan(4);
    into = {rest.data(), static_cast<std::int32_t>(length)};
    if (into.size < -1 || into.length() > rest.size()) return false;
    rest = rest.subspan(into.length());
    return true;
}

tl::unexpected<error> refuse(std::string_view why) {
    return fail(errc::cursor, "the cursor " + std::string{why} + ": begin at the first page");
}

}  // namespace

std::string seal_cursor(std::string_view query, const parameters& keys, std::string_view secret) {
    const sha256_digest print = sha256{}.add(bytes_of(query)).finish();
    std::vector<std::byte> bytes{version};
    bytes.insert(bytes.end(), print.begin(), print.begin() + fingerprint_size);
    bytes.insert(bytes.end(), keys.wire().begin(), keys.wire().end());
    if (!secret.empty()) {
        const sha256_digest signature = hmac_sha256(hmac_key(secret), bytes);
        bytes.insert(bytes.end(), signature.begin(), signature.begin() + signature_size);
    }
    return as_text(bytes);
}

result<std::vector<std::byte>> open_cursor(std::string_view cursor, std::string_view query,
                                           std::string_view secret, std::span<cell> into) {
    if (cursor.size() > longest_cursor) return refuse("is longer than any of ours");
    auto bytes = from_text(cursor);
    if (!bytes || bytes->empty()) return refuse("is cut off or is none");
    if (bytes->front() != version) return refuse("is of another version of this service");
    byte_view rest = *bytes;
    if (!secret.empty()) {
        if (rest.size() < signature_size) return refuse("is cut off");
        const byte_view given = rest.last(signature_size);
        rest = rest.first(rest.size() - signature_size);
        const sha256_digest right = hmac_sha256(hmac_key(secret), rest);
        if (!are_equal(given, byte_view{right}.first(signature_size)))
            return refuse("was changed, or is signed with another secret");
    }
    rest = rest.subspan(1);
    const sha256_digest print = sha256{}.add(bytes_of(query)).finish();
    if (rest.size() < fingerprint_size) return refuse("is cut off");
    if (!are_equal(rest.first(fingerprint_size), byte_view{print}.first(fingerprint_size)))
        return refuse("is of another query or order");
    rest = rest.subspan(fingerprint_size);
    for (cell& one : into) {
        if (!take_cell(rest, one)) return refuse("is cut off");
    }
    if (!rest.empty()) return refuse("holds more than this query's keys");
    return std::move(*bytes);
}

bool is_utf8(std::string_view text) noexcept {
    while (!text.empty()) {
        const decoded_rune next = decode_rune(text);
        if (next.value == replacement_rune && next.size == 1) return false;
        text.remove_prefix(next.size);
    }
    return true;
}

}  // namespace honeydue::detail
