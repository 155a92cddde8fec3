// SPDX-License-Identifier: MIT
// The bounds of a record's bytes, checked before any is used.
#include <honeydue/composite.hpp>

namespace honeydue::detail {

codec_fault read_record_header(cell from, std::size_t members, std::size_t& at) noexcept {
    if (from.length() < sizeof(std::int32_t)) return codec_fault::length;
    const auto columns = read_integer<std::int32_t>(from.data);
    at = sizeof(std::int32_t);
    if (columns < 0 || static_cast<std::size_t>(columns) != members) return codec_fault::shape;
    return codec_fault::none;
}

codec_fault read_record_column(cell from, std::size_t& at, oid& type, cell& value) noexcept {
    if (from.length() - at < sizeof(oid)) return codec_fault::length;
    type = read_integer<oid>(from.data + at);
    at += sizeof(oid);
    return read_part(from, at, value);
}

}  // namespace honeydue::detail
