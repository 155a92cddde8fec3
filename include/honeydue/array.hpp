// SPDX-License-Identifier: MIT
// std::vector<T> to and from a one-dimensional PostgreSQL array. An element
// that may be NULL is std::optional. Source: array_send and array_recv,
// src/backend/utils/adt/arrayfuncs.c.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>
#include <utility>
#include <vector>

#include <honeydue/codec.hpp>

namespace honeydue {

namespace detail {

/// What an array's bytes begin with.
struct array_header {
    std::int32_t dimensions = 0;
    std::int32_t has_nulls = 0;
    oid element = 0;
    std::int32_t size = 0;
};

inline constexpr std::size_t empty_array_bytes = 12;
inline constexpr std::size_t array_header_bytes = 20;

/// Reads and checks a header: at most one dimension, and no more elements than
/// there are bytes for.
[[nodiscard]] codec_fault read_array_header(cell from, array_header& out) noexcept;

/// Writes the header of `size` elements.
void write_array_header(byte_writer& to, const array_header& header);

/// The next part of an array, range or record: a length and its bytes. `at`
/// moves behind it.
[[nodiscard]] codec_fault read_part(cell from, std::size_t& at, cell& out) noexcept;

/// Is `received` an array of a character type.
[[nodiscard]] constexpr bool is_text_array(oid received) noexcept {
    return received == oids::text_array || received == oids::bpchar_array ||
           received == oids::varchar_array || received == oids::name_array;
}

template <class T>
struct array_element {
    using type = T;
    static codec_fault encode(const T& value, byte_writer& to) { return encode_sized(value, to); }
};

template <class T>
struct array_element<std::optional<T>> {
    using type = T;
    static codec_fault encode(const std::optional<T>& value, byte_writer& to) {
        if (value) return array_element<T>::encode(*value, to);
        to.integer(std::int32_t{-1});
        return codec_fault::none;
    }
};

/// "bigint[]"
template <class T>
struct array_name {
    static constexpr auto storage = [] {
        constexpr std::string_view element = codec<T>::sql_name;
        std::array<char, element.size() + 2> text{};
        for (std::size_t i = 0; i < element.size(); ++i)
            text[i] = element[i];
        text[element.size()] = '[';
        text[element.size() + 1] = ']';
        return text;
    }();
    static constexpr std::string_view text{storage.data(), storage.size()};
};

/// The number of an array of T; to be inferred for user types.
template <class T>
consteval oid array_type_of() {
    if constexpr (requires { codec<T>::array_type; }) {
        return codec<T>::array_type;
    } else {
        return oids::inferred;
    }
}

template <class T>
inline constexpr bool is_vector = false;
template <class T>
inline constexpr bool is_vector<std::vector<T>> = !std::same_as<T, std::byte>;

template <class T>
concept has_element_codec = has_codec<typename array_element<T>::type>;

}  // namespace detail

/// Range: less than 1 GiB. An array of several dimensions is a fault when read.
template <detail::has_element_codec T>
struct codec<std::vector<T>> {
    static_assert(!detail::is_vector<typename detail::array_element<T>::type>,
                  "PostgreSQL has no arrays of arrays, and honeydue none of "
                  "several dimensions: use "
                  "jsonb, or a table");

    using element = typename detail::array_element<T>::type;

    static constexpr oid type = detail::array_type_of<element>();
    static constexpr std::string_view sql_name = detail::array_name<element>::text;
    static constexpr bool borrows = detail::borrows<element>;

    static constexpr bool accepts(oid received) noexcept {
        return (received == type && type != oids::inferred) || received >= oids::first_user ||
               (type == oids::text_array && detail::is_text_array(received));
    }

    static codec_fault encode(const std::vector<T>& values,
                              byte_writer& to) requires detail::writes_values<element> {
        if (values.size() > most_elements) return codec_fault::too_long;
        detail::write_array_header(
            to, {1, static_cast<std::int32_t>(detail::is_optional<T>), detail::inner_type<element>,
                 static_cast<std::int32_t>(values.size())});
        for (const auto& value : values) {
            const codec_fault fault = detail::array_element<T>::encode(value, to);
            if (fault != codec_fault::none) return fault;
        }
        return codec_fault::none;
    }

    static codec_fault decode(cell from,
                              std::vector<T>& out) requires detail::reads_values<element> {
        detail::array_header header;
        codec_fault fault = detail::read_array_header(from, header);
        if (fault != codec_fault::none) return fault;
        if (header.size != 0 && !detail::accepts_inside<element>(header.element))
            return codec_fault::element;
        out.clear();
        out.reserve(static_cast<std::size_t>(header.size));
        std::size_t at = detail::array_header_bytes;
        for (std::int32_t i = 0; i < header.size && fault == codec_fault::none; ++i)
            fault = decode_next(from, at, out);
        return fault;
    }

private:
    static constexpr std::size_t most_elements =
        std::numeric_limits<std::int32_t>::max() / sizeof(std::int32_t);

    static codec_fault decode_next(cell from, std::size_t& at, std::vector<T>& out) {
        cell item;
        if (const codec_fault fault = detail::read_part(from, at, item); fault != codec_fault::none)
            return fault;
        if constexpr (std::same_as<T, bool>) {
            bool value = false;
            const codec_fault fault = honeydue::decode(item, value);
            out.push_back(value);
            return fault;
        } else {
            return honeydue::decode(item, out.emplace_back());
        }
    }
};

}  // namespace honeydue
