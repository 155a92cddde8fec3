// SPDX-License-Identifier: MIT
// std::vector<T> to and from a one-dimensional PostgreSQL array. An element that may be NULL is
// std::optional. Source: array_send and array_recv, src/backend/utils/adt/arrayfuncs.c.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include <honeydue/codec.hpp>

namespace honeydue {

namespace detail {

/// What an array's bytes begin with.
struct array_header {
    std::int32_t dimensions = 0;
    oid element = 0;
    std::int32_t size = 0;
};

inline constexpr std::size_t empty_array_bytes = 12;
inline constexpr std::size_t array_header_bytes = 20;

/// Reads and checks a header; `codec_fault::malformed` for more than one dimension.
[[nodiscard]] codec_fault read_array_header(cell from, array_header& out) noexcept;

/// The element at `at`, which moves behind it.
[[nodiscard]] codec_fault read_array_element(cell from, std::size_t& at, cell& out) noexcept;

/// Is `received` an array of a character type.
[[nodiscard]] constexpr bool is_text_array(oid received) noexcept {
    constexpr oid bpchar_array = 1014, varchar_array = 1015, name_array = 1003;
    return received == oids::text_array || received == bpchar_array || received == varchar_array ||
           received == name_array;
}

template <class T>
struct array_element {
    using type = T;
    static codec_fault encode(const T& value, byte_writer& to) {
        return to.sized([&](byte_writer& into) { return codec<T>::encode(value, into); });
    }
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

/// Arrays carry their element's OID, so text, which goes untyped on its own, is named here.
template <class T>
inline constexpr oid element_type =
    codec<T>::array_type == oids::text_array ? oids::text : codec<T>::type;

}  // namespace detail

template <class T>
struct codec<std::vector<T>> {
    using element = typename detail::array_element<T>::type;

    static constexpr oid type = codec<element>::array_type;
    static constexpr std::string_view sql_name = detail::array_name<element>::text;

    static constexpr bool accepts(oid received) noexcept {
        return received == type || received >= oids::first_user ||
               (type == oids::text_array && detail::is_text_array(received));
    }

    static codec_fault encode(const std::vector<T>& values, byte_writer& to) {
        to.integer(static_cast<std::int32_t>(values.empty() ? 0 : 1));
        to.integer(static_cast<std::int32_t>(detail::is_optional<T> ? 1 : 0));
        to.integer(detail::element_type<element>);
        if (values.empty()) return codec_fault::none;
        to.integer(static_cast<std::int32_t>(values.size()));
        to.integer(std::int32_t{1});
        for (const T& value : values) {
            const codec_fault fault = detail::array_element<T>::encode(value, to);
            if (fault != codec_fault::none) return fault;
        }
        return codec_fault::none;
    }

    static codec_fault decode(cell from, std::vector<T>& out) {
        detail::array_header header;
        codec_fault fault = detail::read_array_header(from, header);
        if (fault != codec_fault::none) return fault;
        if (header.dimensions != 0 && !codec<element>::accepts(header.element))
            return codec_fault::malformed;
        out.clear();
        out.reserve(static_cast<std::size_t>(header.size));
        std::size_t at = detail::array_header_bytes;
        for (std::int32_t i = 0; i < header.size && fault == codec_fault::none; ++i) {
            cell item;
            fault = detail::read_array_element(from, at, item);
            if (fault == codec_fault::none) fault = honeydue::decode(item, out.emplace_back());
        }
        return fault;
    }
};

}  // namespace honeydue
