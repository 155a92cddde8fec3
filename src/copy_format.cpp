// SPDX-License-Identifier: MIT
// The two ends of a copy, and its rows between them.
#include "copy_format.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include <fmt/format.h>

namespace honeydue {

namespace {

constexpr std::size_t header_bytes = copy_signature.size() + 8;

/// Flags above bit 15 change the format; bit 16 was row numbers, until PostgreSQL 12.
constexpr std::uint32_t critical_flags = 0xffff0000;

tl::unexpected<error> malformed(std::string what) {
    return fail(errc::protocol, "the server's binary copy is malformed: " + std::move(what));
}

}  // namespace

void write_copy_header(byte_writer& to) {
    to.bytes(std::as_bytes(std::span{copy_signature}));
    to.integer(std::int32_t{0});
    to.integer(std::int32_t{0});
}

void copy_reader::feed(std::span<const std::byte> more) {
    buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(read_));
    read_ = 0;
    buffer_.insert(buffer_.end(), more.begin(), more.end());
}

result<copy_reader::found> copy_reader::next(std::vector<cell>& cells) {
    if (at_ == place::header) {
        auto whole = read_header();
        if (!whole) return tl::unexpected{std::move(whole.error())};
        if (!*whole) return found::nothing_yet;
    }
    if (at_ == place::extension && !skip_extension()) return found::nothing_yet;
    if (at_ == place::rows) return read_row(cells);
    if (!left().empty()) return malformed("something follows its end");
    return found::end;
}

result<bool> copy_reader::read_header() {
    const auto received = left();
    if (received.size() < header_bytes) return false;
    if (std::memcmp(received.data(), copy_signature.data(), copy_signature.size()) != 0)
        return malformed("it does not begin with COPY's signature");
    const auto flags = read_integer<std::uint32_t>(received.data() + copy_signature.size());
    if ((flags & critical_flags) != 0) return malformed(fmt::format("unknown flags {:#x}", flags));
    const auto extension = read_integer<std::int32_t>(received.data() + copy_signature.size() + 4);
    if (extension < 0) return malformed("its header is shorter than nothing");
    extension_ = static_cast<std::size_t>(extension);
    read_ += header_bytes;
    at_ = place::extension;
    return true;
}

bool copy_reader::skip_extension() noexcept {
    const std::size_t skipped = std::min(extension_, left().size());
    read_ += skipped;
    extension_ -= skipped;
    if (extension_ != 0) return false;
    at_ = place::rows;
    return true;
}

result<copy_reader::found> copy_reader::read_row(std::vector<cell>& cells) {
    const auto received = left();
    if (received.size() < 2) return found::nothing_yet;
    const auto columns = read_integer<std::int16_t>(received.data());
    std::size_t at = sizeof columns;
    if (columns == copy_trailer) {
        read_ += at;
        at_ = place::behind;
        return next(cells);
    }
    if (columns < 0 || static_cast<std::size_t>(columns) != columns_)
        return malformed(fmt::format("a row of {} columns, expected {}", columns, columns_));
    cells.resize(columns_);
    for (cell& one : cells) {
        if (received.size() - at < sizeof one.size) return found::nothing_yet;
        one.size = read_integer<std::int32_t>(received.data() + at);
        at += sizeof one.size;
        if (one.size < -1) return malformed(fmt::format("a value of {} bytes", one.size));
        if (received.size() - at < one.length()) return found::nothing_yet;
        one.data = one.is_null() ? nullptr : received.data() + at;
        at += one.length();
    }
    read_ += at;
    return found::row;
}

}  // namespace honeydue
