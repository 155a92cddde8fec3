// SPDX-License-Identifier: MIT
// Codecs of the temporal types and of the std::chrono types that map to them
// without loss. Source: src/backend/utils/adt/{date,timestamp}.c in PostgreSQL.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

#include <honeydue/detail/wire.hpp>
#include <honeydue/temporal.hpp>

namespace honeydue {

namespace detail {

/// What is one big-endian integer, and knows whether the server would take it.
template <class T, class Int, oid Type, oid Array>
struct counted_codec {
    static constexpr oid type = Type;
    static constexpr oid array_type = Array;
    static constexpr bool accepts(oid received) noexcept { return received == Type; }
    static codec_fault encode(T value, byte_writer& to) {
        if (!value.is_in_range()) return codec_fault::range;
        to.integer(value.wire());
        return codec_fault::none;
    }
    static codec_fault decode(cell from, T& out) noexcept {
        if (from.length() != sizeof(Int)) return codec_fault::length;
        out = T::from_wire(read_integer<Int>(from.data));
        return codec_fault::none;
    }
};

/// A std::chrono type that crosses as `Carrier`; `unwrap` is empty for what
/// std::chrono lacks.
template <class T, class Carrier, auto Unwrap>
struct chrono_codec {
    static constexpr oid type = codec<Carrier>::type;
    static constexpr oid array_type = codec<Carrier>::array_type;
    static constexpr std::string_view sql_name = codec<Carrier>::sql_name;
    static constexpr bool accepts(oid received) noexcept {
        return codec<Carrier>::accepts(received);
    }
    static codec_fault encode(const T& value, byte_writer& to) {
        return codec<Carrier>::encode(Carrier{value}, to);
    }
    static codec_fault decode(cell from, T& out) noexcept {
        Carrier carried;
        const codec_fault fault = codec<Carrier>::decode(from, carried);
        if (fault != codec_fault::none) return fault;
        const auto value = Unwrap(carried);
        if (!value) return codec_fault::range;
        out = T{*value};
        return codec_fault::none;
    }
};

inline constexpr auto time_point_of = [](const auto& moment) { return moment.time_point(); };
inline constexpr auto day_of = [](const date& day) { return day.day(); };

}  // namespace detail

template <>
struct codec<timestamptz>
    : detail::counted_codec<timestamptz, std::int64_t, oids::timestamptz, oids::timestamptz_array> {
    static constexpr std::string_view sql_name = "timestamp with time zone";
};
template <>
struct codec<timestamp>
    : detail::counted_codec<timestamp, std::int64_t, oids::timestamp, oids::timestamp_array> {
    static constexpr std::string_view sql_name = "timestamp without time zone";
};
template <>
struct codec<date> : detail::counted_codec<date, std::int32_t, oids::date, oids::date_array> {
    static constexpr std::string_view sql_name = "date";
};

template <>
struct codec<time_of_day> {
    static constexpr oid type = oids::time;
    static constexpr oid array_type = oids::time_array;
    static constexpr std::string_view sql_name = "time without time zone";
    static constexpr bool accepts(oid received) noexcept { return received == type; }
    static codec_fault encode(time_of_day value, byte_writer& to);
    static codec_fault decode(cell from, time_of_day& out) noexcept;
};

template <>
struct codec<timetz> {
    static constexpr oid type = oids::timetz;
    static constexpr oid array_type = oids::timetz_array;
    static constexpr std::string_view sql_name = "time with time zone";
    static constexpr bool accepts(oid received) noexcept { return received == type; }
    static codec_fault encode(const timetz& value, byte_writer& to);
    static codec_fault decode(cell from, timetz& out) noexcept;
};

template <>
struct codec<interval> {
    static constexpr oid type = oids::interval;
    static constexpr oid array_type = oids::interval_array;
    static constexpr std::string_view sql_name = "interval";
    static constexpr bool accepts(oid received) noexcept { return received == type; }
    static codec_fault encode(const interval& value, byte_writer& to);
    static codec_fault decode(cell from, interval& out) noexcept;
};

template <>
struct codec<std::chrono::sys_time<std::chrono::microseconds>>
    : detail::chrono_codec<std::chrono::sys_time<std::chrono::microseconds>, timestamptz,
                           detail::time_point_of> {};
template <>
struct codec<std::chrono::local_time<std::chrono::microseconds>>
    : detail::chrono_codec<std::chrono::local_time<std::chrono::microseconds>, timestamp,
                           detail::time_point_of> {};
template <>
struct codec<std::chrono::sys_days>
    : detail::chrono_codec<std::chrono::sys_days, date, detail::day_of> {};

/// Years beyond std::chrono's 32767, which it cannot hold, are a fault.
template <>
struct codec<std::chrono::year_month_day>
    : detail::chrono_codec<std::chrono::year_month_day, date, detail::day_of> {
    static codec_fault decode(cell from, std::chrono::year_month_day& out) noexcept;
};

/// An interval of neither months nor days; any other is a fault when it is
/// read.
template <>
struct codec<std::chrono::microseconds> {
    static constexpr oid type = oids::interval;
    static constexpr oid array_type = oids::interval_array;
    static constexpr std::string_view sql_name = "interval";
    static constexpr bool accepts(oid received) noexcept { return received == type; }
    static codec_fault encode(std::chrono::microseconds value, byte_writer& to);
    static codec_fault decode(cell from, std::chrono::microseconds& out) noexcept;
};

}  // namespace honeydue
