// SPDX-License-Identifier: MIT
// A struct to and from one PostgreSQL value of several columns: a composite
// type, which has a name, or an anonymous record, which is only ever received.
// Columns are met by position. Source: record_send and record_recv,
// src/backend/utils/adt/rowtypes.c.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <honeydue/array.hpp>
#include <honeydue/codec.hpp>
#include <honeydue/detail/reflect.hpp>

namespace honeydue {

/// The composite type that `T` is. Specialise it right after the struct, whose
/// members are the type's columns in their order: `template <> inline constexpr
/// std::string_view honeydue::composite_name<address> = "public.address";`
template <class T>
inline constexpr std::string_view composite_name{};

/// What `row(…)` makes, read by position into a struct or a std::tuple.
template <class T>
struct record {
    T value{};

    [[nodiscard]] const T& operator*() const noexcept { return value; }
    [[nodiscard]] const T* operator->() const noexcept { return &value; }

    friend bool operator==(const record&, const record&) = default;
};

namespace detail {

/// Reads the number of columns, which must be `members`; `at` moves behind it.
[[nodiscard]] codec_fault read_record_header(cell from, std::size_t members,
                                             std::size_t& at) noexcept;

/// The next column: its type and its value. `at` moves behind both.
[[nodiscard]] codec_fault read_record_column(cell from, std::size_t& at, oid& type,
                                             cell& value) noexcept;

template <class T>
[[nodiscard]] codec_fault decode_column(cell from, std::size_t& at, T& out) {
    oid type = oids::inferred;
    cell value;
    const codec_fault fault = read_record_column(from, at, type, value);
    if (fault != codec_fault::none) return fault;
    if (!accepts_inside<T>(type)) return codec_fault::shape;
    return honeydue::decode(value, out);
}

template <class... Members>
[[nodiscard]] codec_fault decode_record(cell from, std::tuple<Members&...> members) {
    std::size_t at = 0;
    codec_fault fault = read_record_header(from, sizeof...(Members), at);
    const auto take = [&](auto& member) {
        fault = decode_column(from, at, member);
        return fault == codec_fault::none;
    };
    if (fault == codec_fault::none)
        std::apply([&](auto&... member) { static_cast<void>((take(member) && ...)); }, members);
    return fault == codec_fault::none && at != from.length() ? codec_fault::length : fault;
}

template <class T>
[[nodiscard]] codec_fault encode_column(const T& value, byte_writer& to) {
    to.integer(inner_type<T>);
    return array_element<T>::encode(value, to);
}

template <class T>
inline constexpr bool is_tuple = false;
template <class... Elements>
inline constexpr bool is_tuple<std::tuple<Elements...>> = true;

/// References to the parts of a tuple or a struct.
template <class T>
[[nodiscard]] constexpr auto tie_parts(T& value) {
    if constexpr (is_tuple<std::remove_const_t<T>>) {
        return std::apply([](auto&... element) { return std::tie(element...); }, value);
    } else {
        return tie_members(value);
    }
}

template <class T>
consteval std::size_t part_count() {
    return std::tuple_size_v<decltype(tie_parts(std::declval<T&>()))>;
}

/// A record's member by its name, a tuple's by its number.
template <class T>
[[nodiscard]] std::string part_name(std::size_t index) {
    if constexpr (is_tuple<T>) {
        return "::" + std::to_string(index);
    } else {
        return "::" + std::string{member_names<T>[index]};
    }
}

template <class T>
struct fault_place<record<T>> {
    static constexpr bool known = true;

    static std::string find(cell from) {
        T read{};
        std::string found;
        std::size_t at = 0, index = 0;
        if (from.is_null() || read_record_header(from, part_count<T>(), at) != codec_fault::none)
            return found;
        const auto reads = [&](auto& part) {
            cell value;
            const bool right = reads_part(from, at, value, part);
            if (!right) found = part_name<T>(index) + inside(value, part);
            ++index;
            return right;
        };
        std::apply([&](auto&... part) { static_cast<void>((reads(part) && ...)); },
                   tie_parts(read));
        return found;
    }

private:
    template <class Part>
    [[nodiscard]] static bool reads_part(cell from, std::size_t& at, cell& value, Part& out) {
        oid type = oids::inferred;
        return read_record_column(from, at, type, value) == codec_fault::none &&
               accepts_inside<Part>(type) && honeydue::decode(value, out) == codec_fault::none;
    }
    template <class Part>
    [[nodiscard]] static std::string inside(cell value, const Part& /*part*/) {
        if constexpr (fault_place<Part>::known) {
            return fault_place<Part>::find(value);
        } else {
            return {};
        }
    }
};

template <class T>
    requires(fault_place<T>::known)
struct fault_place<std::vector<T>> {
    static constexpr bool known = true;

    static std::string find(cell from) {
        array_header header;
        if (from.is_null() || read_array_header(from, header) != codec_fault::none) return {};
        std::size_t at = array_header_bytes;
        for (std::int32_t i = 0; i < header.size; ++i) {
            cell item;
            T read{};
            if (read_part(from, at, item) != codec_fault::none) return {};
            if (honeydue::decode(item, read) != codec_fault::none)
                return "[" + std::to_string(i) + "]" + fault_place<T>::find(item);
        }
        return {};
    }
};

template <class Tied>
inline constexpr bool any_borrows = false;
template <class... Members>
inline constexpr bool any_borrows<std::tuple<Members&...>> = (borrows<Members> || ...);

/// Records by position, named or not: what both codecs share.
template <class T>
struct record_codec {
    static constexpr bool borrows = any_borrows<decltype(tie_parts(std::declval<T&>()))>;
    static codec_fault decode(cell from, T& out) { return decode_record(from, tie_parts(out)); }
};

}  // namespace detail

template <class T>
    requires(!composite_name<T>.empty())
struct codec<T> : detail::record_codec<T> {
    static constexpr oid type = oids::inferred;
    static constexpr std::string_view sql_name = composite_name<T>;

    static constexpr bool accepts(oid received) noexcept {
        return received >= oids::first_user || received == oids::record;
    }
    static codec_fault encode(const T& value, byte_writer& to) {
        to.integer(static_cast<std::int32_t>(detail::member_count<T>));
        codec_fault fault = codec_fault::none;
        const auto give = [&](const auto& member) {
            fault = detail::encode_column(member, to);
            return fault == codec_fault::none;
        };
        std::apply([&](const auto&... member) { static_cast<void>((give(member) && ...)); },
                   detail::tie_members(value));
        return fault;
    }
};

/// Only read: the server takes no anonymous record.
template <class T>
struct codec<record<T>> {
    static constexpr oid type = oids::record;
    static constexpr oid array_type = oids::record_array;
    static constexpr std::string_view sql_name = "record";
    static constexpr bool borrows = detail::record_codec<T>::borrows;

    static constexpr bool accepts(oid received) noexcept {
        return received == type || received >= oids::first_user;
    }
    static codec_fault decode(cell from, record<T>& out) {
        return detail::record_codec<T>::decode(from, out.value);
    }
};

}  // namespace honeydue
