// SPDX-License-Identifier: MIT
// The bounds of an array's bytes, checked before any is used.
#include <honeydue/array.hpp>

namespace honeydue::detail {

codec_fault read_array_header(cell from, array_header& out) noexcept {
    if (from.length() < empty_array_bytes) return codec_fault::length;
    out.dimensions = read_integer<std::int32_t>(from.data);
    out.element = read_integer<oid>(from.data + 8);
    if (out.dimensions == 0) return codec_fault::none;
    if (out.dimensions < 0) return codec_fault::malformed;
    if (out.dimensions != 1) return codec_fault::dimensions;
    if (from.length() < array_header_bytes) return codec_fault::length;
    out.size = read_integer<std::int32_t>(from.data + 12);
    const std::size_t room = (from.length() - array_header_bytes) / sizeof(std::int32_t);
    if (out.size < 0 || static_cast<std::size_t>(out.size) > room) {
        out.size = 0;
        return codec_fault::length;
    }
    return codec_fault::none;
}

void write_array_header(byte_writer& to, const array_header& header) {
    const std::int32_t dimensions = header.size == 0 ? 0 : header.dimensions;
    to.integer(dimensions);
    to.integer(header.has_nulls);
    to.integer(header.element);
    if (dimensions == 0) return;
    constexpr std::int32_t lower_bound = 1;
    to.integer(header.size);
    to.integer(lower_bound);
}

codec_fault read_part(cell from, std::size_t& at, cell& out) noexcept {
    if (from.length() < at || from.length() - at < sizeof(std::int32_t)) return codec_fault::length;
    const auto size = read_integer<std::int32_t>(from.data + at);
    at += sizeof size;
    const cell part{from.data + at, size};
    if (size < -1 || part.length() > from.length() - at) return codec_fault::length;
    out = part;
    at += part.length();
    return codec_fault::none;
}

}  // namespace honeydue::detail
