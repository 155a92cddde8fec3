// SPDX-License-Identifier: MIT
// Days, times and spans of time. They hold what the server holds to the
// microsecond, infinities included, and convert to and from std::chrono where
// nothing is lost. No time zone is ever looked up: an instant is spelled in UTC
// and read with the offset it is written with.
#pragma once

#include <chrono>
#include <compare>
#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include <honeydue/error.hpp>

namespace honeydue {

namespace detail {

/// 2000-01-01, from which the server counts. Source:
/// src/include/datatype/timestamp.h, POSTGRES_EPOCH_JDATE.
inline constexpr std::int64_t server_epoch_days = 10957;
inline constexpr std::int64_t microseconds_per_day = 86'400'000'000;

// Source: MIN_TIMESTAMP, END_TIMESTAMP there; DATETIME_MIN_JULIAN,
// DATE_END_JULIAN.
inline constexpr std::int64_t first_timestamp = -211'813'488'000'000'000;
inline constexpr std::int64_t end_of_timestamps = 9'223'371'331'200'000'000;
inline constexpr std::int32_t first_date = -2451545;
inline constexpr std::int32_t end_of_dates = 2147483494 - 2451545;

[[nodiscard]] std::string timestamp_text(std::int64_t since_2000, std::string_view zone);
[[nodiscard]] result<std::int64_t> parse_timestamp(std::string_view text);
[[nodiscard]] result<std::int64_t> parse_timestamptz(std::string_view text);

}  // namespace detail

/// A moment. On the calendar of one place when `TimePoint` is
/// std::chrono::local_time (PostgreSQL `timestamp`), an instant when it is
/// std::chrono::sys_time (`timestamptz`). Unit: microseconds. Range: 4713 BC to
/// 294276 AD, and the two infinities.
template <class TimePoint>
class basic_timestamp {
public:
    using time_point_type = TimePoint;

    constexpr basic_timestamp() = default;

    /// Any coarser time point converts; a finer one is floored by the caller.
    /// Moments outside the server's range are refused when they are sent.
    constexpr basic_timestamp(time_point_type moment)  // NOLINT(*-explicit-*): lossless
        : since_2000_{from_1970(moment.time_since_epoch().count())} {}
    template <class Duration>
        requires std::convertible_to<std::chrono::time_point<typename TimePoint::clock, Duration>,
                                     TimePoint>
    constexpr basic_timestamp(  // NOLINT(*-explicit-*): lossless
        std::chrono::time_point<typename TimePoint::clock, Duration> moment)
        : basic_timestamp{time_point_type{moment}} {}

    /// Microseconds since 2000-01-01 00:00:00, as on the wire.
    [[nodiscard]] static constexpr basic_timestamp from_wire(std::int64_t microseconds) {
        basic_timestamp made;
        made.since_2000_ = microseconds;
        return made;
    }
    [[nodiscard]] static constexpr basic_timestamp infinity() { return from_wire(later_than_all); }
    [[nodiscard]] static constexpr basic_timestamp minus_infinity() {
        return from_wire(earlier_than_all);
    }
    [[nodiscard]] static basic_timestamp now() requires
        std::same_as<typename TimePoint::clock, std::chrono::system_clock> {
        return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
    }

    /// "2024-02-29 12:30:00.5", "infinity"; for an instant with an offset, which
    /// is then required: "2024-02-29T12:30:00+02:00", "…Z". Errors:
    /// `errc::encode`.
    [[nodiscard]] static result<basic_timestamp> parse(std::string_view text) {
        if constexpr (is_instant) {
            return detail::parse_timestamptz(text).map(from_wire);
        } else {
            return detail::parse_timestamp(text).map(from_wire);
        }
    }
    /// As the server writes it; an instant as in a session whose time zone is
    /// UTC.
    [[nodiscard]] std::string text() const {
        return detail::timestamp_text(since_2000_, is_instant ? "+00" : "");
    }

    [[nodiscard]] constexpr std::int64_t wire() const { return since_2000_; }
    [[nodiscard]] constexpr bool is_finite() const {
        return since_2000_ != later_than_all && since_2000_ != earlier_than_all;
    }
    /// False for what the server would refuse.
    [[nodiscard]] constexpr bool is_in_range() const {
        return !is_finite() ||
               (since_2000_ >= detail::first_timestamp && since_2000_ < detail::end_of_timestamps);
    }

    /// Empty for an infinity, and after 294247-01-10 04:00:54.775807, where
    /// std::chrono's microseconds end.
    [[nodiscard]] constexpr std::optional<time_point_type> time_point() const {
        if (!is_finite() || since_2000_ > later_than_all - epoch) return std::nullopt;
        return time_point_type{std::chrono::microseconds{since_2000_ + epoch}};
    }

    friend constexpr bool operator==(const basic_timestamp&, const basic_timestamp&) = default;
    friend constexpr auto operator<=>(const basic_timestamp&, const basic_timestamp&) = default;

private:
    static constexpr bool is_instant =
        std::same_as<typename TimePoint::clock, std::chrono::system_clock>;
    static constexpr std::int64_t later_than_all = std::numeric_limits<std::int64_t>::max();
    static constexpr std::int64_t earlier_than_all = std::numeric_limits<std::int64_t>::min();
    static constexpr std::int64_t epoch = detail::server_epoch_days * detail::microseconds_per_day;

    /// Saturates to a moment that is finite and out of range.
    static constexpr std::int64_t from_1970(std::int64_t microseconds) {
        return microseconds <= earlier_than_all + epoch ? earlier_than_all + 1
                                                        : microseconds - epoch;
    }

    std::int64_t since_2000_ = 0;
};

/// An instant: PostgreSQL `timestamptz`.
using timestamptz = basic_timestamp<std::chrono::sys_time<std::chrono::microseconds>>;
/// A moment on somebody's calendar and clock: PostgreSQL `timestamp`.
using timestamp = basic_timestamp<std::chrono::local_time<std::chrono::microseconds>>;

/// A calendar day: PostgreSQL `date`.
/// Range: 4713 BC to 5874897 AD, and the two infinities.
class date {
public:
    constexpr date() = default;
    constexpr date(std::chrono::sys_days day)  // NOLINT(*-explicit-*): lossless
        : since_2000_{saturated(day.time_since_epoch().count() - detail::server_epoch_days)} {}
    /// A day that is none, such as February 30, is refused when it is sent.
    constexpr date(std::chrono::year_month_day day)  // NOLINT(*-explicit-*): lossless
        : date{day.ok() ? date{std::chrono::sys_days{day}} : from_wire(later_than_all - 1)} {}

    /// Days since 2000-01-01, as on the wire.
    [[nodiscard]] static constexpr date from_wire(std::int32_t days) {
        date made;
        made.since_2000_ = days;
        return made;
    }
    [[nodiscard]] static constexpr date infinity() { return from_wire(later_than_all); }
    [[nodiscard]] static constexpr date minus_infinity() { return from_wire(earlier_than_all); }

    /// "2024-02-29", "0044-03-15 BC", "infinity". Errors: `errc::encode`.
    [[nodiscard]] static result<date> parse(std::string_view text);
    /// As the server writes it.
    [[nodiscard]] std::string text() const;

    [[nodiscard]] constexpr std::int32_t wire() const { return since_2000_; }
    [[nodiscard]] constexpr bool is_finite() const {
        return since_2000_ != later_than_all && since_2000_ != earlier_than_all;
    }
    /// False for what the server would refuse.
    [[nodiscard]] constexpr bool is_in_range() const {
        return !is_finite() ||
               (since_2000_ >= detail::first_date && since_2000_ < detail::end_of_dates);
    }

    /// Empty for an infinity.
    [[nodiscard]] constexpr std::optional<std::chrono::sys_days> day() const {
        if (!is_finite()) return std::nullopt;
        return std::chrono::sys_days{
            std::chrono::days{detail::server_epoch_days + std::int64_t{since_2000_}}};
    }

    friend constexpr bool operator==(const date&, const date&) = default;
    friend constexpr auto operator<=>(const date&, const date&) = default;

private:
    static constexpr std::int32_t later_than_all = std::numeric_limits<std::int32_t>::max();
    static constexpr std::int32_t earlier_than_all = std::numeric_limits<std::int32_t>::min();

    /// Saturates to a day that is finite and out of range.
    static constexpr std::int32_t saturated(std::int64_t days) {
        if (days >= later_than_all) return later_than_all - 1;
        return days <= earlier_than_all ? earlier_than_all + 1 : static_cast<std::int32_t>(days);
    }

    std::int32_t since_2000_ = 0;
};

/// What a wall clock shows: PostgreSQL `time`. Range: 00:00:00 to 24:00:00,
/// both included.
struct time_of_day {
    std::chrono::microseconds since_midnight{};

    constexpr time_of_day() = default;
    constexpr time_of_day(std::chrono::microseconds after_midnight)  // NOLINT(*-explicit-*)
        : since_midnight{after_midnight} {}

    /// "04:05:06.789", "04:05". Errors: `errc::encode`.
    [[nodiscard]] static result<time_of_day> parse(std::string_view text);
    [[nodiscard]] std::string text() const;
    [[nodiscard]] constexpr bool is_in_range() const {
        return since_midnight.count() >= 0 &&
               since_midnight.count() <= detail::microseconds_per_day;
    }

    friend constexpr bool operator==(const time_of_day&, const time_of_day&) = default;
    friend constexpr auto operator<=>(const time_of_day&, const time_of_day&) = default;
};

/// A wall clock and how far it is ahead of UTC: PostgreSQL `timetz`.
/// Range of the offset: less than 16 hours either way.
struct timetz {
    time_of_day time{};
    std::chrono::seconds ahead_of_utc{};

    /// "04:05:06+02:00". Errors: `errc::encode`.
    [[nodiscard]] static result<timetz> parse(std::string_view text);
    [[nodiscard]] std::string text() const;
    [[nodiscard]] constexpr bool is_in_range() const {
        constexpr std::int64_t end = std::int64_t{16} * 3600;
        return time.is_in_range() && ahead_of_utc.count() > -end && ahead_of_utc.count() < end;
    }

    friend constexpr bool operator==(const timetz&, const timetz&) = default;
};

/// A span of calendar time: PostgreSQL `interval`. Months, days and
/// microseconds stay apart, for a month has no fixed number of days, nor a day
/// of hours.
struct interval {
    std::int32_t months = 0;
    std::int32_t days = 0;
    std::int64_t microseconds = 0;

    /// "1 year 2 mons -3 days +04:05:06", "2 months", "-00:00:01.5": parts in this order, each with
    /// its own sign. Errors: `errc::encode`.
    [[nodiscard]] static result<interval> parse(std::string_view text);
    /// As the server writes it by default: "1 year 2 mons -3 days +04:05:06".
    [[nodiscard]] std::string text() const;

    /// Part by part: 1 month is not 30 days here, as it is to the server's `=`.
    friend constexpr bool operator==(const interval&, const interval&) = default;
};

}  // namespace honeydue
