// SPDX-License-Identifier: MIT
// One C++ value to and from one PostgreSQL value in the server's binary format: the scalars, and
// the customization point `codec<T>`. Which column a value belongs to is rows.hpp's business;
// arrays are array.hpp's. Source: the *send and *recv functions of src/backend/utils/adt in
// PostgreSQL.
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
#include <vector>

#include <honeydue/types.hpp>

namespace honeydue {

/// A PostgreSQL type's number. Source: src/include/catalog/pg_type.dat.
using oid = std::uint32_t;

namespace oids {
/// "Infer it": the server decides, as it does for a literal in quotes.
inline constexpr oid inferred = 0;
inline constexpr oid boolean = 16, bytea = 17, name = 19, int8 = 20, int2 = 21, int4 = 23,
                     text = 25;
inline constexpr oid json = 114, float4 = 700, float8 = 701, unknown = 705, bpchar = 1042,
                     varchar = 1043;
inline constexpr oid date = 1082, timestamp = 1114, timestamptz = 1184, numeric = 1700,
                     record = 2249;
inline constexpr oid uuid = 2950, jsonb = 3802;
inline constexpr oid bool_array = 1000, bytea_array = 1001, int2_array = 1005, int4_array = 1007;
inline constexpr oid text_array = 1009, int8_array = 1016, float4_array = 1021, float8_array = 1022;
inline constexpr oid date_array = 1182, timestamptz_array = 1185, numeric_array = 1231;
inline constexpr oid json_array = 199, uuid_array = 2951, jsonb_array = 3807;
/// User types are numbered from here, differently in each database. Source: FirstNormalObjectId,
/// access/transam.h.
inline constexpr oid first_user = 16384;
}  // namespace oids

/// The bytes of one received value. Lifetime: of the `rows` they came in.
struct cell {
    const std::byte* data = nullptr;
    std::int32_t size = -1;  ///< negative for NULL

    [[nodiscard]] constexpr bool is_null() const noexcept { return size < 0; }
    [[nodiscard]] constexpr std::size_t length() const noexcept {
        return is_null() ? 0 : static_cast<std::size_t>(size);
    }
};

/// Why a value could not cross.
enum class codec_fault : std::uint8_t {
    none,
    null,       ///< NULL into a type that has no place for it
    length,     ///< the bytes are not as long as the type says
    range,      ///< the value is outside what the other side can hold
    nul_byte,   ///< text with a NUL byte, which PostgreSQL cannot hold
    malformed,  ///< the bytes do not follow the type's format
};

/// "is NULL, and the member is not std::optional".
[[nodiscard]] std::string_view describe(codec_fault fault) noexcept;

/// Appends values in network byte order to a buffer it does not own.
class byte_writer {
public:
    explicit byte_writer(std::vector<std::byte>& buffer) noexcept : buffer_{buffer} {}

    template <std::integral Int>
    void integer(Int value) {
        using unsigned_type = std::make_unsigned_t<Int>;
        const auto bits = static_cast<unsigned_type>(value);
        const std::size_t at = buffer_.size();
        buffer_.resize(at + sizeof(Int));
        for (std::size_t i = 0; i < sizeof(Int); ++i) {
            buffer_[at + i] = static_cast<std::byte>(bits >> (8 * (sizeof(Int) - 1 - i)));
        }
    }

    void bytes(std::span<const std::byte> value) {
        buffer_.insert(buffer_.end(), value.begin(), value.end());
    }
    void text(std::string_view value) {
        bytes(std::as_bytes(std::span{value.data(), value.size()}));
    }

    /// Writes a length before what `write` appends, as arrays and parameters have it.
    template <class Write>
    codec_fault sized(Write&& write) {
        const std::size_t start = buffer_.size();
        integer(std::int32_t{0});
        const codec_fault fault = write(*this);
        patch(start, buffer_.size() - start - 4);
        return fault;
    }

private:
    void patch(std::size_t at, std::size_t length);

    std::vector<std::byte>& buffer_;
};

/// Reads one integer in network byte order. Range: `data` holds sizeof(Int) bytes.
template <std::integral Int>
[[nodiscard]] Int read_integer(const std::byte* data) noexcept {
    std::make_unsigned_t<Int> bits = 0;
    for (std::size_t i = 0; i < sizeof(Int); ++i) {
        bits = static_cast<std::make_unsigned_t<Int>>((bits << 7 << 1) |
                                                      std::to_integer<unsigned char>(data[i]));
    }
    return static_cast<Int>(bits);
}

/// How `T` crosses the wire. To add a type of yours, specialise it with
///   static constexpr oid type;                               // its OID, or oids::inferred
///   static constexpr std::string_view sql_name;              // as in CREATE TABLE
///   static constexpr bool accepts(oid received);             // may a column of this type be read
///   into T static codec_fault encode(const T&, byte_writer&); static codec_fault decode(cell, T&);
///   // never called with NULL
template <class T>
struct codec;

/// A type that has a codec.
template <class T>
concept encodable = requires(const T& value, byte_writer& to, cell from, T& out) {
    { codec<T>::type } -> std::convertible_to<oid>;
    { codec<T>::sql_name } -> std::convertible_to<std::string_view>;
    { codec<T>::encode(value, to) } -> std::same_as<codec_fault>;
};

namespace detail {

template <class Int, oid Type, oid Array>
struct integer_codec {
    static constexpr oid type = Type;
    static constexpr oid array_type = Array;

    /// Integers widen, and never narrow.
    static constexpr bool accepts(oid received) noexcept {
        return received == oids::int2 || (received == oids::int4 && sizeof(Int) >= 4) ||
               (received == oids::int8 && sizeof(Int) >= 8);
    }
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
        if (value.find('\0') != std::string_view::npos) return codec_fault::nul_byte;
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
    static codec_fault encode(const T& value, byte_writer& to) {
        return inner::encode(value.*Member, to);
    }
    static codec_fault decode(cell from, T& out) { return inner::decode(from, out.*Member); }
};

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

}  // namespace detail

template <>
struct codec<std::int16_t> : detail::integer_codec<std::int16_t, oids::int2, oids::int2_array> {
    static constexpr std::string_view sql_name = "smallint";
};
template <>
struct codec<std::int32_t> : detail::integer_codec<std::int32_t, oids::int4, oids::int4_array> {
    static constexpr std::string_view sql_name = "integer";
};
template <>
struct codec<std::int64_t> : detail::integer_codec<std::int64_t, oids::int8, oids::int8_array> {
    static constexpr std::string_view sql_name = "bigint";
};

template <>
struct codec<bool> {
    static constexpr oid type = oids::boolean;
    static constexpr oid array_type = oids::bool_array;
    static constexpr std::string_view sql_name = "boolean";
    static constexpr bool accepts(oid received) noexcept { return received == type; }
    static codec_fault encode(bool value, byte_writer& to) {
        to.integer(static_cast<std::uint8_t>(value ? 1 : 0));
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
    static codec_fault encode(double value, byte_writer& to) {
        to.integer(std::bit_cast<std::uint64_t>(value));
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
    static codec_fault encode(float value, byte_writer& to) {
        to.integer(std::bit_cast<std::uint32_t>(value));
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
struct codec<timestamptz> {
    static constexpr oid type = oids::timestamptz;
    static constexpr oid array_type = oids::timestamptz_array;
    static constexpr std::string_view sql_name = "timestamp with time zone";
    static constexpr bool accepts(oid received) noexcept { return received == type; }
    static codec_fault encode(timestamptz value, byte_writer& to);
    static codec_fault decode(cell from, timestamptz& out) noexcept {
        if (from.size != 8) return codec_fault::length;
        out = timestamptz::from_wire(read_integer<std::int64_t>(from.data));
        return codec_fault::none;
    }
};

template <>
struct codec<date> {
    static constexpr oid type = oids::date;
    static constexpr oid array_type = oids::date_array;
    static constexpr std::string_view sql_name = "date";
    static constexpr bool accepts(oid received) noexcept { return received == type; }
    static codec_fault encode(date value, byte_writer& to);
    static codec_fault decode(cell from, date& out) noexcept {
        if (from.size != 4) return codec_fault::length;
        out = date::from_wire(read_integer<std::int32_t>(from.data));
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

/// The server prefixes the text with a version. Source: jsonb_send, src/backend/utils/adt/jsonb.c.
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

/// Reads one cell, refusing NULL where `T` has no place for it.
template <class T>
[[nodiscard]] codec_fault decode(cell from, T& out) {
    if constexpr (!detail::is_optional<T>) {
        if (from.is_null()) return codec_fault::null;
    }
    return codec<T>::decode(from, out);
}

/// The parameters of one statement: a single buffer of lengths and big-endian bytes, as they
/// travel. Cost: one allocation, usually. Range: 65 535 parameters, each below 1 GiB.
class parameters {
public:
    /// Appends the next parameter. A value PostgreSQL cannot hold is remembered and reported by
    /// `statement::check`.
    template <class T>
    void add(const T& value) {
        static_assert(encodable<T>,
                      "this type has no honeydue::codec: specialise honeydue::codec<T>");
        ++count_;
        byte_writer to{buffer_};
        note(to.sized([&](byte_writer& into) { return codec<T>::encode(value, into); }));
    }

    template <class T>
    void add(const std::optional<T>& value) {
        if (value) return add(*value);
        add_null();
    }

    void add_null();

    [[nodiscard]] std::size_t size() const noexcept { return count_; }

    /// A four-byte length, negative for NULL, then the bytes, for each parameter in turn.
    [[nodiscard]] std::span<const std::byte> wire() const noexcept { return buffer_; }

    /// The first fault, and the number of the parameter it happened in, from 1.
    [[nodiscard]] codec_fault fault() const noexcept { return fault_; }
    [[nodiscard]] std::size_t faulty() const noexcept { return faulty_; }

private:
    void note(codec_fault fault) noexcept {
        if (fault == codec_fault::none || fault_ != codec_fault::none) return;
        fault_ = fault;
        faulty_ = count_;
    }

    std::vector<std::byte> buffer_;
    std::size_t count_ = 0;
    std::size_t faulty_ = 0;
    codec_fault fault_ = codec_fault::none;
};

}  // namespace honeydue
