// SPDX-License-Identifier: MIT
// The value types a model is written with where the standard library has none
// that PostgreSQL's fits in: keys, uuid, json, bytes here, the rest in the
// headers this one opens. They hold exactly what the server holds; the bytes on
// the wire are codec.hpp's.
#pragma once

#include <array>
#include <compare>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <honeydue/error.hpp>
#include <honeydue/network.hpp>   // inet, cidr, macaddr
#include <honeydue/numeric.hpp>   // numeric
#include <honeydue/temporal.hpp>  // date, timestamp, timestamptz, time_of_day, timetz, interval

namespace honeydue {

/// The primary key of `Model`: `bigint`, identity, unless `Key` says otherwise.
/// Keys of different models neither compare nor convert. `Model` may be
/// incomplete.
template <class Model, class Key = std::int64_t>
struct id {
    Key value{};

    friend constexpr bool operator==(const id&, const id&) = default;
    friend constexpr auto operator<=>(const id&, const id&) = default;
};

/// A column that references the primary key of `Model`; its member's name ends
/// in `_id`.
template <class Model, class Key = std::int64_t>
struct foreign_key {
    Key value{};

    constexpr foreign_key() = default;
    constexpr explicit foreign_key(Key key) : value{std::move(key)} {}
    constexpr foreign_key(id<Model, Key> key)
        : value{std::move(key.value)} {}                           // NOLINT(*-explicit-*)
    constexpr operator id<Model, Key>() const { return {value}; }  // NOLINT(*-explicit-*)

    friend constexpr bool operator==(const foreign_key&, const foreign_key&) = default;
    friend constexpr auto operator<=>(const foreign_key&, const foreign_key&) = default;
    friend constexpr bool operator==(const foreign_key& left, const id<Model, Key>& right) {
        return left.value == right.value;
    }
};

/// Keys of different models have nothing to say to each other.
template <class A, class B, class Key, class Other>
    requires(!std::same_as<A, B>)
bool operator==(const id<A, Key>&, const id<B, Other>&) = delete;
template <class A, class B, class Key, class Other>
    requires(!std::same_as<A, B>)
bool operator==(const foreign_key<A, Key>&, const foreign_key<B, Other>&) = delete;
template <class A, class B, class Key, class Other>
    requires(!std::same_as<A, B>)
bool operator==(const foreign_key<A, Key>&, const id<B, Other>&) = delete;

/// Source: RFC 9562.
struct uuid {
    std::array<std::byte, 16> bytes{};

    /// Reads 8-4-4-4-12 hexadecimal digits of either case.
    [[nodiscard]] static result<uuid> parse(std::string_view text);
    /// Lower case, 36 characters.
    [[nodiscard]] std::string text() const;

    friend constexpr bool operator==(const uuid&, const uuid&) = default;
    friend constexpr auto operator<=>(const uuid&, const uuid&) = default;
};

/// PostgreSQL `json`: kept letter for letter.
struct json {
    std::string text;

    friend bool operator==(const json&, const json&) = default;
};

/// PostgreSQL `jsonb`: the server gives it back in its own spelling.
struct jsonb {
    std::string text;

    friend bool operator==(const jsonb&, const jsonb&) = default;
};

/// PostgreSQL `bytea`.
using bytes = std::vector<std::byte>;

}  // namespace honeydue
