// SPDX-License-Identifier: MIT
// COPY's binary format taken apart, wherever its bytes are cut. Nothing here talks.
// Source: PostgreSQL documentation, "COPY", "Binary Format".
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <honeydue/codec.hpp>
#include <honeydue/error.hpp>

namespace honeydue {

/// What every copy begins with; then 32 flags, and a header extension behind its length.
inline constexpr std::array<unsigned char, 11> copy_signature = {'P',  'G',  'C',  'O',  'P', 'Y',
                                                                 '\n', 0xff, '\r', '\n', 0};

inline constexpr std::int16_t copy_trailer = -1;

/// The begin of a copy in: no flags, no extension.
void write_copy_header(byte_writer& to);

/// Thread: one at a time. Cost: memory for one row and what came with it.
class copy_reader {
public:
    enum class found : std::uint8_t { row, nothing_yet, end };

    explicit copy_reader(std::size_t columns) noexcept : columns_{columns} {}

    /// Lifetime: ends that of the cells given so far.
    void feed(std::span<const std::byte> more);

    /// The next row's cells, when all of it is there. Errors: `errc::protocol`, for what is not a
    /// copy of so many columns.
    [[nodiscard]] result<found> next(std::vector<cell>& cells);

    /// Whether the trailer has been read.
    [[nodiscard]] bool ended() const noexcept { return at_ == place::behind; }

private:
    enum class place : std::uint8_t { header, extension, rows, behind };

    [[nodiscard]] result<bool> read_header();
    [[nodiscard]] bool skip_extension() noexcept;
    [[nodiscard]] result<found> read_row(std::vector<cell>& cells);
    [[nodiscard]] std::span<const std::byte> left() const noexcept {
        return std::span{buffer_}.subspan(read_);
    }

    std::size_t columns_;
    std::vector<std::byte> buffer_;
    std::size_t read_ = 0;
    std::size_t extension_ = 0;  ///< bytes of it still to come
    place at_ = place::header;
};

}  // namespace honeydue
