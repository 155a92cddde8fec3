// SPDX-License-Identifier: MIT
// The flags of a range, and the bytes of ranges checked before any is used.
#include <honeydue/range.hpp>

namespace honeydue::detail {

namespace {

range_end end_of(unsigned flags, unsigned unbounded, unsigned included) {
    if ((flags & unbounded) != 0) return range_end::unbounded;
    return (flags & included) != 0 ? range_end::included : range_end::excluded;
}

unsigned flag_of(range_end end, unsigned unbounded, unsigned included) {
    if (end == range_end::unbounded) return unbounded;
    return end == range_end::included ? included : 0;
}

}  // namespace

std::uint8_t range_flags(range_end lower, range_end upper) noexcept {
    return static_cast<std::uint8_t>(flag_of(lower, lower_unbounded, lower_included) |
                                     flag_of(upper, upper_unbounded, upper_included));
}

codec_fault read_range(cell from, range_wire& out) noexcept {
    constexpr unsigned known =
        range_is_empty | lower_included | upper_included | lower_unbounded | upper_unbounded;
    if (from.length() < 1) return codec_fault::length;
    const unsigned flags = read_integer<std::uint8_t>(from.data);
    if ((flags & ~known) != 0) return codec_fault::malformed;
    std::size_t at = 1;
    codec_fault fault = codec_fault::none;
    out.is_empty = (flags & range_is_empty) != 0;
    if (!out.is_empty) {
        out.lower = end_of(flags, lower_unbounded, lower_included);
        out.upper = end_of(flags, upper_unbounded, upper_included);
    }
    if (out.lower != range_end::unbounded) fault = read_part(from, at, out.lower_value);
    if (out.upper != range_end::unbounded && fault == codec_fault::none)
        fault = read_part(from, at, out.upper_value);
    if (fault == codec_fault::none && at != from.length()) return codec_fault::length;
    return fault;
}

codec_fault read_multirange_count(cell from, std::size_t& out) noexcept {
    if (from.length() < sizeof(std::int32_t)) return codec_fault::length;
    const auto count = read_integer<std::int32_t>(from.data);
    const std::size_t room = from.length() / sizeof(std::int32_t) - 1;
    if (count < 0 || static_cast<std::size_t>(count) > room) return codec_fault::length;
    out = static_cast<std::size_t>(count);
    return codec_fault::none;
}

}  // namespace honeydue::detail
