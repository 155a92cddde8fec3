// SPDX-License-Identifier: MIT
// One C++ value to and from one PostgreSQL value in the server's binary format:
// the scalars, the parameters of a statement, and, through detail/wire.hpp, the
// customization point `codec<T>`. Which column a value belongs to is rows.hpp's
// business; arrays, ranges, records, enums and documents have headers of their
// own. Source: the *send and *recv functions of src/backend/utils/adt.
//
// Integers widen and never narrow; PostgreSQL has none without a sign, so those
// are refused.
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <honeydue/detail/network_codec.hpp>
#include <honeydue/detail/temporal_codec.hpp>
#include <honeydue/detail/wire.hpp>
#include <honeydue/types.hpp>

namespace honeydue {

namespace detail {

template <class T>
concept sql_integer = std::signed_integral<T> && !is_character<T> && sizeof(T) <= 8;

/// Text in the server's encoding, which is UTF-8 on every connection of ours.
struct text_codec {
    static constexpr oid type = oids::inferred;
    static constexpr oid array_type = oids::text_array;
    static constexpr std::string_view sql_name = "text";

    /// The character types, and user types: an enum arrives as its label.
    static constexpr bool accepts(oid received) noexcept {
        return received == oids::text || received == oids::varchar || received == oids::bpchar ||
               received == oids::name || received == oids::unknown || received >= oids::first_user;
    }
    static codec_fault encode(std::string_view value, byte_writer& to) {
        if (!value.empty() && std::memchr(value.data(), 0, value.size()) != nullptr)
            return codec_fault::nul_byte;
        to.text(value);
        return codec_fault::none;
    }
};

/// A type that is another's value under a name of its own.
template <class T, auto Member>
struct wrapped_codec {
    using inner = codec<std::remove_cvref_t<decltype(std::declval<T>().*Member)>>;
    static constexpr oid type = inner::type;
    static constexpr oid array_type = inner::array_type;
    static constexpr std::string_view sql_name = inner::sql_name;
    static constexpr bool accepts(oid received) noexcept { return inner::accepts(received); }
    static constexpr auto as_integer(const T& value) noexcept requires requires {
        inner::as_integer(value.*Member);
    }
    { return inner::as_integer(value.*Member); }
    static codec_fault encode(const T& value, byte_writer& to) {
        return inner::encode(value.*Member, to);
    }
    static codec_fault decode(cell from, T& out) { return inner::decode(from, out.*Member); }
};

/// Where in a value of several parts its reading stopped, such as "[2]::title": for an error's
/// text, by reading it once more.
template <class T>
struct fault_place {
    static constexpr bool known = false;
};
template <class T>
    requires(fault_place<T>::known)
struct fault_place<std::optional<T>> : fault_place<T> {};

}  // namespace detail

/// short, int, long and long long.
template <detail::sql_integer Int>
struct codec<Int> {
    static constexpr oid type = sizeof(Int) == 2   ? oids::int2
                                : sizeof(Int) == 4 ? oids::int4
                                                   : oids::int8;
    static constexpr oid array_type = sizeof(Int) == 2   ? oids::int2_array
                                      : sizeof(Int) == 4 ? oids::int4_array
                                                         : oids::int8_array;
    static constexpr std::string_view sql_name = sizeof(Int) == 2   ? "smallint"
                                                 : sizeof(Int) == 4 ? "integer"
                                                                    : "bigint";

    static constexpr bool accepts(oid received) noexcept {
        return received == oids::int2 || (received == oids::int4 && sizeof(Int) >= 4) ||
               (received == oids::int8 && sizeof(Int) >= 8);
    }
    static constexpr Int as_integer(Int value) noexcept { return value; }
    static codec_fault encode(Int value, byte_writer& to) {
        to.integer(value);
        return codec_fault::none;
    }
    static codec_fault decode(cell from, Int& out) noexcept {
        if (from.size == static_cast<std::int32_t>(sizeof(Int))) {
            out = read_integer<Int>(from.data);
        } else if (sizeof(Int) > 4 && from.size == 4) {
            out = static_cast<Int>(read_integer<std::int32_t>(from.data));
        } else if (sizeof(Int) > 2 && from.size == 2) {
            out = static_cast<Int>(read_integer<std::int16_t>(from.data));
        } else {
            return codec_fault::length;
        }
        return codec_fault::none;
    }
};

template <>
struct codec<bool> {
    static constexpr oid type = oids::boolean;
    static constexpr oid array_type = oids::bool_array;
    static constexpr std::string_view sql_name = "boolean";
    static constexpr bool accepts(oid received) noexcept { return received == type; }
    static constexpr std::uint8_t as_integer(bool value) noexcept { return value ? 1 : 0; }
    static codec_fault encode(bool value, byte_writer& to) {
        to.integer(as_integer(value));
        return codec_fault::none;
    }
    static codec_fault decode(cell from, bool& out) noexcept {
        if (from.size != 1) return codec_fault::length;
        out = from.data[0] != std::byte{0};
        return codec_fault::none;
    }
};

template <>
struct codec<double> {
    static constexpr oid type = oids::float8;
    static constexpr oid array_type = oids::float8_array;
    static constexpr std::string_view sql_name = "double precision";
    static constexpr bool accepts(oid received) noexcept {
        return received == oids::float8 || received == oids::float4;
    }
    static constexpr auto as_integer(double value) noexcept {
        return std::bit_cast<std::uint64_t>(value);
    }
    static codec_fault encode(double value, byte_writer& to) {
        to.integer(as_integer(value));
        return codec_fault::none;
    }
    static codec_fault decode(cell from, double& out) noexcept {
        if (from.size == 8) {
            out = std::bit_cast<double>(read_integer<std::uint64_t>(from.data));
        } else if (from.size == 4) {
            out = static_cast<double>(std::bit_cast<float>(read_integer<std::uint32_t>(from.data)));
        } else {
            return codec_fault::length;
        }
        return codec_fault::none;
    }
};

template <>
struct codec<float> {
    static constexpr oid type = oids::float4;
    static constexpr oid array_type = oids::float4_array;
    static constexpr std::string_view sql_name = "real";
    static constexpr bool accepts(oid received) noexcept { return received == type; }
    static constexpr auto as_integer(float value) noexcept {
        return std::bit_cast<std::uint32_t>(value);
    }
    static codec_fault encode(float value, byte_writer& to) {
        to.integer(as_integer(value));
        return codec_fault::none;
    }
    static codec_fault decode(cell from, float& out) noexcept {
        if (from.size != 4) return codec_fault::length;
        out = std::bit_cast<float>(read_integer<std::uint32_t>(from.data));
        return codec_fault::none;
    }
};

template <>
struct codec<std::string> : detail::text_codec {
    static codec_fault decode(cell from, std::string& out) {
        out.assign(reinterpret_cast<const char*>(from.data), from.length());
        return codec_fault::none;
    }
};

/// Reading gives a view. Lifetime: of the `rows` it was read from.
template <>
struct codec<std::string_view> : detail::text_codec {
    static constexpr bool borrows = true;
    static codec_fault decode(cell from, std::string_view& out) noexcept {
        out = {reinterpret_cast<const char*>(from.data), from.length()};
        return codec_fault::none;
    }
};

template <>
struct codec<const char*> : detail::text_codec {};
template <>
struct codec<char*> : detail::text_codec {};
template <std::size_t Size>
struct codec<char[Size]> : detail::text_codec {};

template <>
struct codec<bytes> {
    static constexpr oid type = oids::bytea;
    static constexpr oid array_type = oids::bytea_array;
    static constexpr std::string_view sql_name = "bytea";
    static constexpr bool accepts(oid received) noexcept { return received == type; }
    static codec_fault encode(const bytes& value, byte_writer& to) {
        to.bytes(value);
        return codec_fault::none;
    }
    static codec_fault decode(cell from, bytes& out) {
        out.assign(from.data, from.data + from.length());
        return codec_fault::none;
    }
};

template <>
struct codec<uuid> {
    static constexpr oid type = oids::uuid;
    static constexpr oid array_type = oids::uuid_array;
    static constexpr std::string_view sql_name = "uuid";
    static constexpr bool accepts(oid received) noexcept { return received == type; }
    static codec_fault encode(const uuid& value, byte_writer& to) {
        to.bytes(value.bytes);
        return codec_fault::none;
    }
    static codec_fault decode(cell from, uuid& out) noexcept {
        if (from.length() != out.bytes.size()) return codec_fault::length;
        std::memcpy(out.bytes.data(), from.data, out.bytes.size());
        return codec_fault::none;
    }
};

template <>
struct codec<numeric> {
    static constexpr oid type = oids::numeric;
    static constexpr oid array_type = oids::numeric_array;
    static constexpr std::string_view sql_name = "numeric";
    static constexpr bool accepts(oid received) noexcept { return received == type; }
    static codec_fault encode(const numeric& value, byte_writer& to);
    static codec_fault decode(cell from, numeric& out);
};

template <>
struct codec<json> : detail::wrapped_codec<json, &json::text> {
    static constexpr oid type = oids::json;
    static constexpr oid array_type = oids::json_array;
    static constexpr std::string_view sql_name = "json";
    static constexpr bool accepts(oid received) noexcept { return received == type; }
};

/// The server prefixes the text with a version. Source: jsonb_send,
/// src/backend/utils/adt/jsonb.c.
template <>
struct codec<jsonb> {
    static constexpr oid type = oids::jsonb;
    static constexpr oid array_type = oids::jsonb_array;
    static constexpr std::string_view sql_name = "jsonb";
    static constexpr bool accepts(oid received) noexcept { return received == type; }
    static codec_fault encode(const jsonb& value, byte_writer& to) {
        to.integer(std::uint8_t{1});
        return detail::text_codec::encode(value.text, to);
    }
    static codec_fault decode(cell from, jsonb& out) {
        if (from.size < 1 || from.data[0] != std::byte{1}) return codec_fault::malformed;
        out.text.assign(reinterpret_cast<const char*>(from.data + 1), from.length() - 1);
        return codec_fault::none;
    }
};

template <class Model, class Key>
struct codec<id<Model, Key>> : detail::wrapped_codec<id<Model, Key>, &id<Model, Key>::value> {};
template <class Model, class Key>
struct codec<foreign_key<Model, Key>>
    : detail::wrapped_codec<foreign_key<Model, Key>, &foreign_key<Model, Key>::value> {};

/// `std::optional` is NULL, everywhere. `decode` here is given NULL too.
template <class T>
struct codec<std::optional<T>> : codec<T> {
    static codec_fault encode(const std::optional<T>& value, byte_writer& to) = delete;
    static codec_fault decode(cell from, std::optional<T>& out) {
        if (from.is_null()) {
            out.reset();
            return codec_fault::none;
        }
        return codec<T>::decode(from, out.emplace());
    }
};

namespace detail {

/// A length and the value, as parameters and the parts of arrays, ranges and records have them.
/// What travels as one integer, by its codec's `as_integer`, is written in one step.
template <class T>
codec_fault encode_sized(const T& value, byte_writer& to) {
    if constexpr (requires { codec<T>::as_integer(value); }) {
        to.sized_integer(codec<T>::as_integer(value));
        return codec_fault::none;
    } else {
        return to.sized([&](byte_writer& into) { return codec<T>::encode(value, into); });
    }
}

}  // namespace detail

/// The parameters of one statement: a single buffer of lengths and big-endian
/// bytes, as they travel. Cost: no allocation up to 96 bytes. Range: 65 535
/// parameters, each below 1 GiB.
class parameters {
public:
    /// Appends the next parameter. A value PostgreSQL cannot hold is remembered
    /// and reported by `statement::check`.
    template <class T>
    void add(const T& value) {
        static_assert(detail::check_encodable<T>());
        ++count_;
        byte_writer to{buffer_};
        note(detail::encode_sized(value, to));
    }

    template <class T>
    void add(const std::optional<T>& value) {
        if (value) return add(*value);
        add_null();
    }

    void add_null();

    [[nodiscard]] std::size_t size() const noexcept { return count_; }

    /// A four-byte length, negative for NULL, then the bytes, for each parameter
    /// in turn.
    [[nodiscard]] std::span<const std::byte> wire() const noexcept {
        return {buffer_.data(), buffer_.size()};
    }

    /// The first fault, and the number of the parameter it happened in, from 1.
    [[nodiscard]] codec_fault fault() const noexcept { return fault_; }
    [[nodiscard]] std::size_t faulty() const noexcept { return faulty_; }

private:
    void note(codec_fault fault) noexcept {
        if (fault == codec_fault::none || fault_ != codec_fault::none) return;
        fault_ = fault;
        faulty_ = count_;
    }

    detail::byte_buffer buffer_;
    std::size_t count_ = 0;
    std::size_t faulty_ = 0;
    codec_fault fault_ = codec_fault::none;
};

}  // namespace honeydue
