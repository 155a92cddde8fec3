// SPDX-License-Identifier: MIT
// What a cache's key becomes: bytes that no other key of its type has. Integers, strings, ids,
// enums, and tuples, optionals and aggregates of them. Secrets (bearer tokens) become a key only
// through token_hasher.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include <honeydue/detail/reflect.hpp>
#include <honeydue/detail/wire.hpp>
#include <honeydue/types.hpp>

namespace honeydue {

/// A secret in the form in which it may be written down: its HMAC-SHA-256. Source: RFC 2104.
struct token_key {
    std::array<std::byte, 32> digest{};

    friend bool operator==(const token_key&, const token_key&) = default;
};

/// Turns bearer tokens into keys with a secret of the server's, so that neither the shared tier nor
/// a log ever holds a token, and nobody who reads them can try guesses. Thread: any.
class token_hasher {
public:
    /// All processes that share a cache share the secret. Range: at least 16 bytes; a shorter one
    /// is `errc::configuration`.
    [[nodiscard]] static result<token_hasher> with(std::string_view secret);

    [[nodiscard]] token_key operator()(std::string_view token) const noexcept;

private:
    explicit token_hasher(std::string_view secret);

    std::array<std::byte, 64> secret_{};
};

/// Appends the parts of a key or a value, big-endian. Each part says where it ends, so that
/// ("a", "bc") and ("ab", "c") differ.
class cache_writer {
public:
    explicit cache_writer(std::string& to) noexcept : to_{to} {}

    template <std::integral Int>
    void integer(Int value) {
        const auto wire = detail::swapped(value);
        to_.append(reinterpret_cast<const char*>(&wire), sizeof(wire));
    }
    void text(std::string_view value) {
        integer(static_cast<std::uint32_t>(value.size()));
        to_.append(value);
    }
    /// For parts whose size the type fixes.
    void fixed(const std::byte* data, std::size_t size) {
        to_.append(reinterpret_cast<const char*>(data), size);
    }

private:
    std::string& to_;
};

namespace detail {

template <class T>
inline constexpr bool is_key_optional = false;
template <class T>
inline constexpr bool is_key_optional<std::optional<T>> = true;
template <class T>
inline constexpr bool is_key_tuple = false;
template <class... T>
inline constexpr bool is_key_tuple<std::tuple<T...>> = true;
template <class A, class B>
inline constexpr bool is_key_tuple<std::pair<A, B>> = true;
template <class T>
inline constexpr bool is_key_id = false;
template <class T, class Key>
inline constexpr bool is_key_id<id<T, Key>> = true;
template <class T, class Key>
inline constexpr bool is_key_id<foreign_key<T, Key>> = true;

template <class T>
void write_key(const T& value, cache_writer& to);

template <class T>
void write_wrapped_key(const T& value, cache_writer& to) {
    if constexpr (is_key_id<T>) {
        write_key(value.value, to);
    } else if constexpr (is_key_optional<T>) {
        to.integer(static_cast<std::uint8_t>(value ? 1 : 0));
        if (value) write_key(*value, to);
    } else if constexpr (is_key_tuple<T>) {
        std::apply([&](const auto&... part) { (write_key(part, to), ...); }, value);
    } else {
        static_assert(std::is_aggregate_v<T> && !std::is_array_v<T>,
                      "a cache's key is made of integers, strings, ids, enums, dates, uuids, "
                      "token_key, and tuples, optionals and aggregates of them: this type is none");
        std::apply([&](const auto&... part) { (write_key(part, to), ...); }, tie_members(value));
    }
}

template <class T>
void write_key(const T& value, cache_writer& to) {
    if constexpr (std::integral<T>) {
        to.integer(static_cast<std::conditional_t<std::same_as<T, bool>, std::uint8_t, T>>(value));
    } else if constexpr (std::is_enum_v<T>) {
        to.integer(static_cast<std::underlying_type_t<T>>(value));
    } else if constexpr (std::convertible_to<const T&, std::string_view>) {
        to.text(value);
    } else if constexpr (std::same_as<T, date> || std::same_as<T, timestamptz>) {
        to.integer(value.wire());
    } else if constexpr (std::same_as<T, uuid>) {
        to.fixed(value.bytes.data(), value.bytes.size());
    } else if constexpr (std::same_as<T, token_key>) {
        to.fixed(value.digest.data(), value.digest.size());
    } else {
        write_wrapped_key(value, to);
    }
}

/// Cache name, NUL, key. Beyond `longest_cache_name` the key's SHA-256 stands for it.
inline constexpr std::size_t longest_cache_name = 512;
void shorten_name(std::string& name, std::size_t prefix);

/// Well spread, and the same in every process and build: it travels in envelopes.
[[nodiscard]] std::uint64_t stable_hash(std::string_view of) noexcept;

}  // namespace detail

}  // namespace honeydue
