// SPDX-License-Identifier: MIT
// The codecs that are longer than a line, and the buffer they write into. The
// numeric's are numeric.cpp's.
#include <honeydue/codec.hpp>

#include <algorithm>
#include <chrono>
#include <cstring>

namespace honeydue {

namespace {

// Source: network_send, src/backend/utils/adt/network.c; PGSQL_AF_INET,
// utils/inet.h.
constexpr std::uint8_t wire_family_v4 = 2;
constexpr std::uint8_t wire_family_v6 = 3;
constexpr std::size_t network_header_bytes = 4;

constexpr std::size_t address_bytes(ip_family family) { return family == ip_family::v4 ? 4 : 16; }

template <class Address>
codec_fault encode_address(const Address& value, std::uint8_t is_cidr, byte_writer& to) {
    const std::size_t length = address_bytes(value.family);
    if (value.prefix > 8 * length) return codec_fault::range;
    to.integer(value.family == ip_family::v4 ? wire_family_v4 : wire_family_v6);
    to.integer(value.prefix);
    to.integer(is_cidr);
    to.integer(static_cast<std::uint8_t>(length));
    to.bytes(std::as_bytes(std::span{value.bytes}.first(length)));
    return codec_fault::none;
}

template <class Address>
codec_fault decode_address(cell from, Address& out) noexcept {
    if (from.length() < network_header_bytes) return codec_fault::length;
    const auto family = read_integer<std::uint8_t>(from.data);
    if (family != wire_family_v4 && family != wire_family_v6) return codec_fault::malformed;
    out.family = family == wire_family_v4 ? ip_family::v4 : ip_family::v6;
    out.prefix = read_integer<std::uint8_t>(from.data + 1);
    const std::size_t length = address_bytes(out.family);
    if (from.length() != network_header_bytes + length) return codec_fault::length;
    if (out.prefix > 8 * length) return codec_fault::malformed;
    out.bytes = {};
    std::memcpy(out.bytes.data(), from.data + network_header_bytes, length);
    return codec_fault::none;
}

}  // namespace

namespace detail {

byte_buffer::byte_buffer(const byte_buffer& other) {
    std::memcpy(grow(other.size_), other.data(), other.size_);
}

void byte_buffer::enlarge(std::size_t count) {
    const std::size_t wanted = std::max(2 * capacity_, size_ + count);
    auto larger = std::make_unique_for_overwrite<std::byte[]>(wanted);
    std::memcpy(larger.get(), data_, size_);
    many_ = std::move(larger);
    data_ = many_.get();
    capacity_ = wanted;
}

}  // namespace detail

std::string_view describe(codec_fault fault) noexcept {
    constexpr std::string_view sentences[] = {
        "is as it should be",
        "is NULL, and its member is not std::optional",
        "has a length its type never has",
        "is outside the range its type can hold",
        "is text with a NUL byte, which PostgreSQL cannot hold: use bytea",
        "does not follow its type's binary format",
        "is longer than the 1 GiB PostgreSQL lets one value be",
        "is an array of several dimensions: read it as one, with unnest",
        "is an array whose elements are of another type",
        "is a record of other columns than its type has members",
        "is no label of its enum",
        "is JSON of another shape than its type",
    };
    const auto index = static_cast<std::size_t>(fault);
    return index < std::size(sentences) ? sentences[index] : "has an unknown fault";
}

void parameters::add_null() {
    ++count_;
    byte_writer{buffer_}.integer(std::int32_t{-1});
}

codec_fault codec<time_of_day>::encode(time_of_day value, byte_writer& to) {
    if (!value.is_in_range()) return codec_fault::range;
    to.integer(std::int64_t{value.since_midnight.count()});
    return codec_fault::none;
}

codec_fault codec<time_of_day>::decode(cell from, time_of_day& out) noexcept {
    if (from.length() != sizeof(std::int64_t)) return codec_fault::length;
    out.since_midnight = std::chrono::microseconds{read_integer<std::int64_t>(from.data)};
    return out.is_in_range() ? codec_fault::none : codec_fault::range;
}

/// The server counts the offset westwards.
codec_fault codec<timetz>::encode(const timetz& value, byte_writer& to) {
    if (!value.is_in_range()) return codec_fault::range;
    to.integer(std::int64_t{value.time.since_midnight.count()});
    to.integer(static_cast<std::int32_t>(-value.ahead_of_utc.count()));
    return codec_fault::none;
}

codec_fault codec<timetz>::decode(cell from, timetz& out) noexcept {
    constexpr std::size_t size = sizeof(std::int64_t) + sizeof(std::int32_t);
    if (from.length() != size) return codec_fault::length;
    out.time = std::chrono::microseconds{read_integer<std::int64_t>(from.data)};
    const std::int64_t west = read_integer<std::int32_t>(from.data + sizeof(std::int64_t));
    out.ahead_of_utc = std::chrono::seconds{-west};
    return out.is_in_range() ? codec_fault::none : codec_fault::range;
}

codec_fault codec<interval>::encode(const interval& value, byte_writer& to) {
    to.integer(value.microseconds);
    to.integer(value.days);
    to.integer(value.months);
    return codec_fault::none;
}

codec_fault codec<interval>::decode(cell from, interval& out) noexcept {
    constexpr std::size_t size = sizeof(std::int64_t) + 2 * sizeof(std::int32_t);
    if (from.length() != size) return codec_fault::length;
    out.microseconds = read_integer<std::int64_t>(from.data);
    out.days = read_integer<std::int32_t>(from.data + 8);
    out.months = read_integer<std::int32_t>(from.data + 12);
    return codec_fault::none;
}

codec_fault codec<std::chrono::microseconds>::encode(std::chrono::microseconds value,
                                                     byte_writer& to) {
    return codec<interval>::encode({.microseconds = value.count()}, to);
}

codec_fault codec<std::chrono::microseconds>::decode(cell from,
                                                     std::chrono::microseconds& out) noexcept {
    interval read;
    const codec_fault fault = codec<interval>::decode(from, read);
    if (fault != codec_fault::none) return fault;
    if (read.months != 0 || read.days != 0) return codec_fault::range;
    out = std::chrono::microseconds{read.microseconds};
    return codec_fault::none;
}

codec_fault codec<std::chrono::year_month_day>::decode(cell from,
                                                       std::chrono::year_month_day& out) noexcept {
    std::chrono::sys_days day;
    const codec_fault fault = codec<std::chrono::sys_days>::decode(from, day);
    if (fault != codec_fault::none) return fault;
    constexpr std::chrono::sys_days first{std::chrono::year::min() / std::chrono::January / 1};
    constexpr std::chrono::sys_days last{std::chrono::year::max() / std::chrono::December / 31};
    if (day < first || day > last) return codec_fault::range;
    out = day;
    return codec_fault::none;
}

codec_fault codec<inet>::encode(const inet& value, byte_writer& to) {
    return encode_address(value, 0, to);
}

codec_fault codec<inet>::decode(cell from, inet& out) noexcept { return decode_address(from, out); }

codec_fault codec<cidr>::encode(const cidr& value, byte_writer& to) {
    for (std::size_t bit = value.prefix; bit < 8 * address_bytes(value.family); ++bit) {
        if ((value.bytes[bit / 8] >> (7 - bit % 8) & 1) != 0) return codec_fault::range;
    }
    return encode_address(value, 1, to);
}

codec_fault codec<cidr>::decode(cell from, cidr& out) noexcept { return decode_address(from, out); }

codec_fault codec<macaddr>::encode(const macaddr& value, byte_writer& to) {
    to.bytes(std::as_bytes(std::span{value.bytes}));
    return codec_fault::none;
}

codec_fault codec<macaddr>::decode(cell from, macaddr& out) noexcept {
    if (from.length() != out.bytes.size()) return codec_fault::length;
    std::memcpy(out.bytes.data(), from.data, out.bytes.size());
    return codec_fault::none;
}

}  // namespace honeydue
