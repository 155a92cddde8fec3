// SPDX-License-Identifier: MIT
// range<T> and multirange<T> to and from PostgreSQL's. The server writes ranges
// of days and integers with the lower end in and the upper end out; what it
// gives back may so differ from what it was given. Source: the send and recv
// functions of src/backend/utils/adt/{rangetypes,multirangetypes}.c.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include <honeydue/array.hpp>
#include <honeydue/codec.hpp>

namespace honeydue {

/// Whether a range ends, and whether its end is part of it.
enum class range_end : std::uint8_t { unbounded, included, excluded };

/// One end of a range; `value` means nothing when it is unbounded.
template <class T>
struct range_bound {
    range_end end = range_end::unbounded;
    T value{};

    friend bool operator==(const range_bound& left, const range_bound& right) {
        return left.end == right.end &&
               (left.end == range_end::unbounded || left.value == right.value);
    }
};

/// All values between two bounds. Made by its named functions:
/// `range<date>::until(…)`.
template <class T>
class range {
public:
    /// Everything.
    range() = default;
    range(range_bound<T> from, range_bound<T> to)
        : lower_{std::move(from)}, upper_{std::move(to)} {}

    [[nodiscard]] static range nothing() {
        range made;
        made.is_empty_ = true;
        return made;
    }
    /// From `first`, which is in, up to `end`, which is not.
    [[nodiscard]] static range half_open(T first, T end) {
        return {{range_end::included, std::move(first)}, {range_end::excluded, std::move(end)}};
    }
    /// Both ends are in.
    [[nodiscard]] static range closed(T first, T last) {
        return {{range_end::included, std::move(first)}, {range_end::included, std::move(last)}};
    }
    [[nodiscard]] static range starting(T first) {
        return {{range_end::included, std::move(first)}, {}};
    }
    [[nodiscard]] static range until(T end) { return {{}, {range_end::excluded, std::move(end)}}; }

    [[nodiscard]] bool is_empty() const noexcept { return is_empty_; }
    [[nodiscard]] const range_bound<T>& lower() const noexcept { return lower_; }
    [[nodiscard]] const range_bound<T>& upper() const noexcept { return upper_; }

    [[nodiscard]] bool contains(const T& value) const {
        if (is_empty_) return false;
        const bool above = lower_.end == range_end::unbounded || lower_.value < value ||
                           (lower_.end == range_end::included && lower_.value == value);
        const bool below = upper_.end == range_end::unbounded || value < upper_.value ||
                           (upper_.end == range_end::included && upper_.value == value);
        return above && below;
    }

    friend bool operator==(const range& left, const range& right) {
        if (left.is_empty_ || right.is_empty_) return left.is_empty_ == right.is_empty_;
        return left.lower_ == right.lower_ && left.upper_ == right.upper_;
    }

private:
    range_bound<T> lower_;
    range_bound<T> upper_;
    bool is_empty_ = false;
};

/// Several ranges as one value: PostgreSQL `int4multirange` and its kin. The
/// server gives them back in order, joined where they meet, the empty ones left
/// out.
template <class T>
struct multirange {
    std::vector<range<T>> ranges;

    friend bool operator==(const multirange&, const multirange&) = default;
};

/// The PostgreSQL range type over `T`, and its multirange. Specialise it for a
/// range type of yours: `template <> inline constexpr honeydue::range_type
/// honeydue::range_over<double>{.name = "public.floatrange"};`
struct range_type {
    oid type = oids::inferred;
    oid array_type = oids::inferred;
    std::string_view name{};
    oid multirange = oids::inferred;
    oid multirange_array = oids::inferred;
    std::string_view multirange_name{};
};
template <class T>
inline constexpr range_type range_over{};
template <>
inline constexpr range_type range_over<std::int32_t>{
    oids::int4range,      oids::int4range_array,      "int4range",
    oids::int4multirange, oids::int4multirange_array, "int4multirange"};
template <>
inline constexpr range_type range_over<std::int64_t>{
    oids::int8range,      oids::int8range_array,      "int8range",
    oids::int8multirange, oids::int8multirange_array, "int8multirange"};
template <>
inline constexpr range_type range_over<numeric>{
    oids::numrange,      oids::numrange_array,      "numrange",
    oids::nummultirange, oids::nummultirange_array, "nummultirange"};
template <>
inline constexpr range_type range_over<date>{
    oids::daterange,      oids::daterange_array,      "daterange",
    oids::datemultirange, oids::datemultirange_array, "datemultirange"};
template <>
inline constexpr range_type range_over<timestamp>{
    oids::tsrange,      oids::tsrange_array,      "tsrange",
    oids::tsmultirange, oids::tsmultirange_array, "tsmultirange"};
template <>
inline constexpr range_type range_over<timestamptz>{
    oids::tstzrange,      oids::tstzrange_array,      "tstzrange",
    oids::tstzmultirange, oids::tstzmultirange_array, "tstzmultirange"};

namespace detail {

/// The first byte of a range. Source: src/include/utils/rangetypes.h.
enum range_flag : std::uint8_t {
    range_is_empty = 0x01,
    lower_included = 0x02,
    upper_included = 0x04,
    lower_unbounded = 0x08,
    upper_unbounded = 0x10,
};

[[nodiscard]] std::uint8_t range_flags(range_end lower, range_end upper) noexcept;

/// A received range, its bounds not yet read.
struct range_wire {
    bool is_empty = false;
    range_end lower = range_end::unbounded;
    range_end upper = range_end::unbounded;
    cell lower_value;
    cell upper_value;
};
[[nodiscard]] codec_fault read_range(cell from, range_wire& out) noexcept;

/// The number of ranges, no more than there are bytes for.
[[nodiscard]] codec_fault read_multirange_count(cell from, std::size_t& out) noexcept;

}  // namespace detail

template <detail::has_codec T>
struct codec<range<T>> {
    static_assert(!range_over<T>.name.empty(),
                  "PostgreSQL has no range of this type built in: name yours by "
                  "specialising "
                  "honeydue::range_over for it");

    static constexpr oid type = range_over<T>.type;
    static constexpr oid array_type = range_over<T>.array_type;
    static constexpr std::string_view sql_name = range_over<T>.name;

    static constexpr bool accepts(oid received) noexcept {
        return type == oids::inferred ? received >= oids::first_user : received == type;
    }

    static codec_fault encode(const range<T>& value, byte_writer& to) {
        if (value.is_empty()) {
            to.integer(static_cast<std::uint8_t>(detail::range_is_empty));
            return codec_fault::none;
        }
        to.integer(detail::range_flags(value.lower().end, value.upper().end));
        const codec_fault fault = encode_bound(value.lower(), to);
        return fault == codec_fault::none ? encode_bound(value.upper(), to) : fault;
    }

    static codec_fault decode(cell from, range<T>& out) {
        detail::range_wire wire;
        codec_fault fault = detail::read_range(from, wire);
        if (fault != codec_fault::none) return fault;
        range_bound<T> lower{wire.lower, {}}, upper{wire.upper, {}};
        if (wire.lower != range_end::unbounded)
            fault = honeydue::decode(wire.lower_value, lower.value);
        if (wire.upper != range_end::unbounded && fault == codec_fault::none)
            fault = honeydue::decode(wire.upper_value, upper.value);
        out = wire.is_empty ? range<T>::nothing() : range<T>{std::move(lower), std::move(upper)};
        return fault;
    }

private:
    static codec_fault encode_bound(const range_bound<T>& bound, byte_writer& to) {
        if (bound.end == range_end::unbounded) return codec_fault::none;
        return detail::array_element<T>::encode(bound.value, to);
    }
};

template <detail::has_codec T>
struct codec<multirange<T>> {
    static_assert(!range_over<T>.multirange_name.empty(),
                  "PostgreSQL has no multirange of this type built in: name yours as "
                  "multirange_name in honeydue::range_over");

    static constexpr oid type = range_over<T>.multirange;
    static constexpr oid array_type = range_over<T>.multirange_array;
    static constexpr std::string_view sql_name = range_over<T>.multirange_name;

    static constexpr bool accepts(oid received) noexcept {
        return type == oids::inferred ? received >= oids::first_user : received == type;
    }

    static codec_fault encode(const multirange<T>& value, byte_writer& to) {
        to.integer(static_cast<std::int32_t>(value.ranges.size()));
        codec_fault fault = codec_fault::none;
        for (auto one = value.ranges.begin();
             one != value.ranges.end() && fault == codec_fault::none; ++one)
            fault = detail::array_element<range<T>>::encode(*one, to);
        return fault;
    }

    static codec_fault decode(cell from, multirange<T>& out) {
        std::size_t count = 0;
        std::size_t at = sizeof(std::int32_t);
        codec_fault fault = detail::read_multirange_count(from, count);
        out.ranges.clear();
        for (; count != 0 && fault == codec_fault::none; --count) {
            cell item;
            fault = detail::read_part(from, at, item);
            if (fault == codec_fault::none)
                fault = honeydue::decode(item, out.ranges.emplace_back());
        }
        return fault == codec_fault::none && at != from.length() ? codec_fault::length : fault;
    }
};

}  // namespace honeydue
