// SPDX-License-Identifier: MIT
// The value types a model is written with where the standard library has none that PostgreSQL's
// fits in. They hold exactly what the server holds, infinities included; the bytes on the wire are
// codec.hpp's.
#pragma once

#include <array>
#include <chrono>
#include <compare>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <honeydue/error.hpp>

namespace honeydue {

/// The primary key of `Model`: `bigint`, identity, unless `Key` says otherwise. Keys of different
/// models neither compare nor convert. `Model` may be incomplete.
template <class Model, class Key = std::int64_t>
struct id {
    Key value{};

    friend constexpr bool operator==(const id&, const id&) = default;
    friend constexpr auto operator<=>(const id&, const id&) = default;
};

/// A column that references the primary key of `Model`; its member's name ends in `_id`.
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

namespace detail {

/// 2000-01-01, from which the server counts. Source: src/include/datatype/timestamp.h,
/// POSTGRES_EPOCH_JDATE.
inline constexpr std::chrono::sys_days server_epoch{std::chrono::days{10957}};

}  // namespace detail

/// An instant: PostgreSQL `timestamptz`.
/// Unit: microseconds. Range: 4713 BC to 294276 AD, and the two infinities.
class timestamptz {
public:
    using time_point_type = std::chrono::sys_time<std::chrono::microseconds>;

    constexpr timestamptz() = default;

    /// Instants outside the server's range are refused when the value is sent.
    constexpr timestamptz(
        time_point_type instant)  // NOLINT(*-explicit-*): lossless but at the far end of time
        : since_2000_{(instant - detail::server_epoch).count()} {}

    /// Microseconds since 2000-01-01 00:00:00 UTC, as on the wire.
    [[nodiscard]] static constexpr timestamptz from_wire(std::int64_t microseconds) {
        timestamptz made;
        made.since_2000_ = microseconds;
        return made;
    }
    [[nodiscard]] static constexpr timestamptz infinity() { return from_wire(later_than_all); }
    [[nodiscard]] static constexpr timestamptz minus_infinity() {
        return from_wire(earlier_than_all);
    }
    [[nodiscard]] static timestamptz now() {
        return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
    }

    [[nodiscard]] constexpr std::int64_t wire() const { return since_2000_; }
    [[nodiscard]] constexpr bool is_finite() const {
        return since_2000_ != later_than_all && since_2000_ != earlier_than_all;
    }

    /// Empty for an infinity, and after 294247-01-10 04:00:54.775807, where std::chrono's
    /// microseconds end.
    [[nodiscard]] constexpr std::optional<time_point_type> time_point() const {
        constexpr std::int64_t offset =
            std::chrono::microseconds{detail::server_epoch.time_since_epoch()}.count();
        if (!is_finite() || since_2000_ > later_than_all - offset) return std::nullopt;
        return time_point_type{std::chrono::microseconds{since_2000_ + offset}};
    }

    friend constexpr bool operator==(const timestamptz&, const timestamptz&) = default;
    friend constexpr auto operator<=>(const timestamptz&, const timestamptz&) = default;

private:
    static constexpr std::int64_t later_than_all = std::numeric_limits<std::int64_t>::max();
    static constexpr std::int64_t earlier_than_all = std::numeric_limits<std::int64_t>::min();

    std::int64_t since_2000_ = 0;
};

/// A calendar day: PostgreSQL `date`.
/// Range: 4713 BC to 5874897 AD, and the two infinities.
class date {
public:
    constexpr date() = default;
    constexpr date(std::chrono::sys_days day)  // NOLINT(*-explicit-*): lossless
        : since_2000_{static_cast<std::int32_t>((day - detail::server_epoch).count())} {}
    constexpr date(std::chrono::year_month_day day)
        : date{std::chrono::sys_days{day}} {}  // NOLINT(*-explicit-*)

    /// Days since 2000-01-01, as on the wire.
    [[nodiscard]] static constexpr date from_wire(std::int32_t days) {
        date made;
        made.since_2000_ = days;
        return made;
    }
    [[nodiscard]] static constexpr date infinity() { return from_wire(later_than_all); }
    [[nodiscard]] static constexpr date minus_infinity() { return from_wire(earlier_than_all); }

    [[nodiscard]] constexpr std::int32_t wire() const { return since_2000_; }
    [[nodiscard]] constexpr bool is_finite() const {
        return since_2000_ != later_than_all && since_2000_ != earlier_than_all;
    }

    /// Empty for an infinity.
    [[nodiscard]] constexpr std::optional<std::chrono::sys_days> day() const {
        if (!is_finite()) return std::nullopt;
        return detail::server_epoch + std::chrono::days{since_2000_};
    }

    friend constexpr bool operator==(const date&, const date&) = default;
    friend constexpr auto operator<=>(const date&, const date&) = default;

private:
    static constexpr std::int32_t later_than_all = std::numeric_limits<std::int32_t>::max();
    static constexpr std::int32_t earlier_than_all = std::numeric_limits<std::int32_t>::min();

    std::int32_t since_2000_ = 0;
};

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

/// An exact decimal: PostgreSQL `numeric`, NaN and infinities included. Never a double inside.
/// Range: up to 131072 digits before and 16383 after the point.
/// Cost: no allocation up to 15 characters.
class numeric {
public:
    numeric() = default;
    numeric(std::integral auto value)
        : text_{std::to_string(value)} {}  // NOLINT(*-explicit-*): exact

    /// Reads an optional sign, digits, an optional point and fraction, an optional exponent; or
    /// NaN, Infinity, -Infinity. Errors: `errc::encode` naming what is wrong.
    [[nodiscard]] static result<numeric> parse(std::string_view text);

    /// As the server writes it: "-12.50", "NaN", "Infinity".
    [[nodiscard]] const std::string& text() const noexcept { return text_; }

    /// Equal in value: 1.5 equals 1.50, and NaN equals NaN, as the server has it.
    friend bool operator==(const numeric& left, const numeric& right) {
        return left.significant() == right.significant();
    }

private:
    explicit numeric(std::string canonical) : text_{std::move(canonical)} {}
    friend struct numeric_access;

    /// The text without zeros at the end of its fraction.
    [[nodiscard]] std::string_view significant() const noexcept;

    std::string text_ = "0";
};

}  // namespace honeydue
