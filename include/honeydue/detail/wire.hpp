// SPDX-License-Identifier: MIT
// What every codec is written with: type numbers, received cells, the buffer
// parameters are written into, and the customization point itself. codec.hpp is
// the header to include. Source: PostgreSQL documentation, "Frontend/Backend
// Protocol".
#pragma once

#include <algorithm>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

namespace honeydue {

/// A PostgreSQL type's number. Source: src/include/catalog/pg_type.dat.
using oid = std::uint32_t;

namespace oids {
/// "Infer it": the server decides, as it does for a literal in quotes.
inline constexpr oid inferred = 0;
inline constexpr oid boolean = 16, bytea = 17, name = 19, int8 = 20, int2 = 21, int4 = 23;
inline constexpr oid text = 25, json = 114, cidr = 650, float4 = 700, float8 = 701, unknown = 705;
inline constexpr oid macaddr = 829, inet = 869, bpchar = 1042, varchar = 1043, date = 1082;
inline constexpr oid time = 1083, timestamp = 1114, timestamptz = 1184, interval = 1186;
inline constexpr oid timetz = 1266, numeric = 1700, record = 2249, uuid = 2950, jsonb = 3802;
inline constexpr oid int4range = 3904, numrange = 3906, tsrange = 3908, tstzrange = 3910;
inline constexpr oid daterange = 3912, int8range = 3926;
inline constexpr oid int4multirange = 4451, nummultirange = 4532, tsmultirange = 4533;
inline constexpr oid tstzmultirange = 4534, datemultirange = 4535, int8multirange = 4536;

inline constexpr oid json_array = 199, cidr_array = 651, bool_array = 1000, bytea_array = 1001;
inline constexpr oid name_array = 1003, int2_array = 1005, int4_array = 1007, text_array = 1009;
inline constexpr oid bpchar_array = 1014, varchar_array = 1015, int8_array = 1016;
inline constexpr oid float4_array = 1021, float8_array = 1022, macaddr_array = 1040;
inline constexpr oid inet_array = 1041, timestamp_array = 1115, date_array = 1182;
inline constexpr oid time_array = 1183, timestamptz_array = 1185, interval_array = 1187;
inline constexpr oid numeric_array = 1231, timetz_array = 1270, record_array = 2287;
inline constexpr oid uuid_array = 2951, jsonb_array = 3807, int4range_array = 3905;
inline constexpr oid numrange_array = 3907, tsrange_array = 3909, tstzrange_array = 3911;
inline constexpr oid daterange_array = 3913, int8range_array = 3927;
inline constexpr oid int4multirange_array = 6150, nummultirange_array = 6151;
inline constexpr oid tsmultirange_array = 6152, tstzmultirange_array = 6153;
inline constexpr oid datemultirange_array = 6155, int8multirange_array = 6157;

/// User types are numbered from here, differently in each database. Source:
/// FirstNormalObjectId, access/transam.h.
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
    [[nodiscard]] std::string_view text() const noexcept {
        return {reinterpret_cast<const char*>(data), length()};
    }
};

/// Why a value could not cross.
enum class codec_fault : std::uint8_t {
    none,
    null,           ///< NULL into a type that has no place for it
    length,         ///< the bytes are not as long as the type says
    range,          ///< the value is outside what the other side can hold
    nul_byte,       ///< text with a NUL byte, which PostgreSQL cannot hold
    malformed,      ///< the bytes do not follow the type's format
    too_long,       ///< longer than PostgreSQL lets one value be
    dimensions,     ///< an array of more than one dimension
    element,        ///< an array of something else
    shape,          ///< a record of other columns
    unknown_label,  ///< no enumerator of that name or number
    json_shape,     ///< JSON that does not fit its type
};

/// "is NULL, and the member is not std::optional".
[[nodiscard]] std::string_view describe(codec_fault fault) noexcept;

namespace detail {

template <class Int>
[[nodiscard]] Int swapped(Int bits) noexcept {
    static_assert(sizeof(Int) <= 8);
    if constexpr (std::endian::native == std::endian::big || sizeof(Int) == 1) {
        return bits;
    } else if constexpr (sizeof(Int) == 2) {
        return static_cast<Int>(__builtin_bswap16(static_cast<std::uint16_t>(bits)));
    } else if constexpr (sizeof(Int) == 4) {
        return static_cast<Int>(__builtin_bswap32(static_cast<std::uint32_t>(bits)));
    } else {
        return static_cast<Int>(__builtin_bswap64(static_cast<std::uint64_t>(bits)));
    }
}

/// Bytes that only grow. Cost: no allocation up to 96 bytes.
class byte_buffer {
public:
    byte_buffer() = default;
    byte_buffer(const byte_buffer& other);
    byte_buffer(byte_buffer&& other) noexcept { take(other); }
    byte_buffer& operator=(byte_buffer other) noexcept {
        take(other);
        return *this;
    }
    ~byte_buffer() = default;

    /// Room for `count` bytes at the end, for the caller to fill.
    [[nodiscard]] std::byte* grow(std::size_t count) {
        if (capacity_ - size_ < count) enlarge(count);
        std::byte* const at = data_ + size_;
        size_ += count;
        return at;
    }

    /// Keeps the room.
    void clear() noexcept { size_ = 0; }

    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] std::byte* data() noexcept { return data_; }
    [[nodiscard]] const std::byte* data() const noexcept { return data_; }

private:
    static constexpr std::size_t few = 96;

    void enlarge(std::size_t count);

    void take(byte_buffer& other) noexcept {
        many_ = std::move(other.many_);
        data_ = many_ ? many_.get() : few_;
        size_ = std::exchange(other.size_, 0);
        capacity_ = std::exchange(other.capacity_, few);
        std::memcpy(few_, other.few_, few);
        other.data_ = other.few_;
    }

    std::unique_ptr<std::byte[]> many_;
    std::byte* data_ = few_;
    std::size_t size_ = 0;
    std::size_t capacity_ = few;
    std::byte few_[few]{};  ///< moved whole: fewer instructions than a call with its size
};

}  // namespace detail

/// Appends values in network byte order to the bytes of a parameter.
class byte_writer {
public:
    explicit byte_writer(detail::byte_buffer& buffer) noexcept : buffer_{buffer} {}

    template <std::integral Int>
    void integer(Int value) {
        const Int big = detail::swapped(value);
        std::memcpy(buffer_.grow(sizeof big), &big, sizeof big);
    }
    void bytes(std::span<const std::byte> value) {
        if (value.empty()) return;
        std::memcpy(buffer_.grow(value.size()), value.data(), value.size());
    }
    void text(std::string_view value) {
        bytes(std::as_bytes(std::span{value.data(), value.size()}));
    }

    /// A length and the integer.
    template <std::integral Int>
    void sized_integer(Int value) {
        const auto length = detail::swapped(static_cast<std::int32_t>(sizeof value));
        const Int big = detail::swapped(value);
        std::byte* const at = buffer_.grow(sizeof length + sizeof big);
        std::memcpy(at, &length, sizeof length);
        std::memcpy(at + sizeof length, &big, sizeof big);
    }

    /// A length and what `write` appends.
    template <class Write>
    codec_fault sized(Write&& write) {
        const std::size_t start = buffer_.size();
        integer(std::int32_t{0});
        const codec_fault fault = write(*this);
        return fault == codec_fault::none ? patch(start) : fault;
    }

private:
    /// Source: MaxAllocSize, src/include/utils/memutils.h.
    static constexpr std::size_t longest_value = 0x3fffffff;

    codec_fault patch(std::size_t start) noexcept {
        const std::size_t length = buffer_.size() - start - sizeof(std::int32_t);
        if (length > longest_value) return codec_fault::too_long;
        const auto big = detail::swapped(static_cast<std::int32_t>(length));
        std::memcpy(buffer_.data() + start, &big, sizeof big);
        return codec_fault::none;
    }

    detail::byte_buffer& buffer_;
};

/// Reads one integer in network byte order. Range: `data` holds sizeof(Int)
/// bytes.
template <std::integral Int>
[[nodiscard]] Int read_integer(const std::byte* data) noexcept {
    Int big;
    std::memcpy(&big, data, sizeof big);
    return detail::swapped(big);
}

namespace detail {

struct unspecialised_codec {};

template <class T>
inline constexpr bool is_character =
    std::same_as<T, char> || std::same_as<T, signed char> || std::same_as<T, unsigned char> ||
    std::same_as<T, wchar_t> || std::same_as<T, char8_t> || std::same_as<T, char16_t> ||
    std::same_as<T, char32_t>;
template <class T>
inline constexpr bool is_unsigned =
    std::is_unsigned_v<T> && !std::same_as<T, bool> && !is_character<T>;

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

/// The sentence that fits the type comes first, the general one after it.
template <class T>
consteval oid explain_missing_codec() {
    static_assert(!is_unsigned<T>,
                  "PostgreSQL has no unsigned integers: use the next wider signed type");
    static_assert(!is_character<T>,
                  "a character is neither text nor a number to "
                  "PostgreSQL: use std::string or "
                  "std::int16_t");
    static_assert(!std::is_pointer_v<T>,
                  "a pointer has no value to PostgreSQL: use std::optional for "
                  "what may be absent");
    static_assert(sizeof(T) == 0,
                  "this type has no honeydue::codec: specialise honeydue::codec for it");
    return oids::inferred;
}

}  // namespace detail

/// How `T` crosses the wire. To add a type of yours, specialise it with
///   static constexpr oid type;                          // oids::inferred for a user type
///   static constexpr std::string_view sql_name;         // as in CREATE TABLE
///   static constexpr bool accepts(oid received);        // may such a column be read into T
///   static codec_fault encode(const T&, byte_writer&);
///   static codec_fault decode(cell, T&);                // never called with NULL
/// and, where it applies,
///   static constexpr oid array_type;                    // when arrays of it are built in
///   static constexpr bool borrows = true;               // when decode keeps pointing into the
///   cell
template <class T>
struct codec : detail::unspecialised_codec {
    static constexpr oid type = detail::explain_missing_codec<T>();
};

namespace detail {

template <class T>
concept has_codec = !std::derived_from<codec<T>, unspecialised_codec>;

/// Whether a value that was read points into the bytes it was read from.
template <class T>
inline constexpr bool borrows = false;
template <class T>
    requires requires { codec<T>::borrows; }
inline constexpr bool borrows<T> = codec<T>::borrows;

template <class T>
concept names_its_type = requires {
    { codec<T>::type } -> std::convertible_to<oid>;
    { codec<T>::sql_name } -> std::convertible_to<std::string_view>;
};

template <class T>
concept writes_values = requires(const T& value, byte_writer& to) {
    { codec<T>::encode(value, to) } -> std::same_as<codec_fault>;
};

template <class T>
concept reads_values = requires(cell from, T& out) {
    { codec<T>::decode(from, out) } -> std::same_as<codec_fault>;
    { codec<T>::accepts(oid{}) } -> std::same_as<bool>;
};

}  // namespace detail

/// A type that can be a parameter.
template <class T>
concept encodable = detail::has_codec<T> && detail::names_its_type<T> && detail::writes_values<T>;

/// A type that a column can be read into.
template <class T>
concept decodable = detail::has_codec<T> && detail::names_its_type<T> && detail::reads_values<T>;

namespace detail {

template <class T>
consteval bool check_codec() {
    if constexpr (!has_codec<T>) {
        return explain_missing_codec<T>() == oids::inferred;
    } else {
        static_assert(names_its_type<T>,
                      "this honeydue::codec lacks its static constexpr oid type or "
                      "std::string_view sql_name");
        return true;
    }
}

template <class T>
consteval bool check_encodable() {
    check_codec<T>();
    static_assert(!has_codec<T> || writes_values<T>,
                  "this honeydue::codec cannot send: it lacks static codec_fault "
                  "encode(const T&, "
                  "byte_writer&)");
    return true;
}

template <class T>
consteval bool check_decodable() {
    check_codec<T>();
    static_assert(!has_codec<T> || reads_values<T>,
                  "this honeydue::codec cannot read: it lacks static codec_fault "
                  "decode(cell, T&) "
                  "or static bool accepts(oid)");
    return true;
}

/// Inside arrays and records user types, and domains under their own number,
/// stand for themselves; the bytes are checked in any case.
template <class T>
[[nodiscard]] constexpr bool accepts_inside(oid received) noexcept {
    return codec<T>::accepts(received) || received >= oids::first_user;
}

/// The number that arrays and records carry for a part. The server compares
/// only numbers it made itself, so a user type, and text that may be meant for
/// any character type, go as a user's. Source: array_recv and record_recv,
/// since PostgreSQL 14.
template <class T>
inline constexpr oid inner_type =
    codec<T>::type == oids::inferred ? oids::first_user : codec<T>::type;

}  // namespace detail

/// Reads one cell, refusing NULL where `T` has no place for it.
template <class T>
[[nodiscard]] codec_fault decode(cell from, T& out) {
    static_assert(detail::check_decodable<T>());
    if constexpr (!detail::is_optional<T>) {
        if (from.is_null()) return codec_fault::null;
    }
    return codec<T>::decode(from, out);
}

}  // namespace honeydue
