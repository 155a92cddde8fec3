// SPDX-License-Identifier: MIT
// The message that arrives: the rows of one statement, as the server sent them, and their reading
// into C++ values. Columns are matched and type-checked once per result; each row is then read
// without looking at a name again.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include <honeydue/codec.hpp>
#include <honeydue/detail/row_plan.hpp>
#include <honeydue/error.hpp>

namespace honeydue {

/// A received result, in the server's binary format.
/// Thread: may be read from several threads at once. Lifetime: cells point into it.
class rows {
public:
    /// No rows and no columns, as of a statement that returns none.
    rows() = default;

    /// Takes ownership of a libpq PGresult. Lifetime: it is cleared with the last copy.
    explicit rows(std::shared_ptr<const void> received) noexcept : received_{std::move(received)} {}

    [[nodiscard]] std::size_t size() const noexcept;
    [[nodiscard]] bool empty() const noexcept { return size() == 0; }
    [[nodiscard]] std::size_t columns() const noexcept;
    [[nodiscard]] std::string_view column_name(std::size_t column) const noexcept;
    [[nodiscard]] oid column_type(std::size_t column) const noexcept;

    /// The table, and the column of it, that a column of the result is; zeros for anything else.
    struct origin {
        oid table = 0;
        int column = 0;

        friend bool operator==(const origin&, const origin&) = default;
    };
    [[nodiscard]] origin column_origin(std::size_t column) const noexcept;

    /// Rows inserted, updated, deleted or returned, as the command tag says; 0 when it says
    /// nothing.
    [[nodiscard]] std::uint64_t affected() const noexcept;

    /// The command tag, such as "INSERT 0 1". Lifetime: of this result.
    [[nodiscard]] std::string_view tag() const noexcept;

    /// Range: `row` < size(), `column` < columns(). Lifetime: of this result.
    [[nodiscard]] cell at(std::size_t row, std::size_t column) const noexcept;

    /// Reads several cells of one row at once. Range: as `at`; `out` is as long as `columns`.
    void read(std::size_t row, std::span<const std::size_t> columns,
              std::span<cell> out) const noexcept;

    /// Bytes of all cells.
    [[nodiscard]] std::size_t bytes() const noexcept;

private:
    std::shared_ptr<const void> received_;
};

namespace detail {

/// Reads the rows of one statement one by one, also where they come in several parts: their columns
/// are met with the first.
template <class T>
class row_decoder {
public:
    /// Errors: `errc::decode`, naming the type, the member, and what does not fit.
    [[nodiscard]] result<void> meet(const rows& part) {
        if (met_) return {};
        met_ = true;
        return match_columns(part, type_name<T>, reader::wanted, columns_);
    }

    /// Errors: as `meet`; a row is counted from the statement's first.
    [[nodiscard]] result<void> read(const rows& part, std::size_t row, T& out) {
        part.read(row, columns_, cells_);
        ++count_;
        const row_fault stopped = reader::read(cells_, out);
        if (stopped.fault == codec_fault::none) return {};
        const std::size_t member = stopped.member - 1;
        return tl::unexpected{cell_error(part, {row, count_}, columns_[member], type_name<T>,
                                         stopped.fault, reader::inside(cells_, member))};
    }

private:
    using reader = row_reader<T>;

    std::array<std::size_t, reader::size> columns_{};
    std::array<cell, reader::size> cells_{};
    std::size_t count_ = 0;
    bool met_ = false;
};

}  // namespace detail

/// Reads every row into a `T`: a struct by column names, a tuple by position, a single value from a
/// single column. Errors: `errc::decode`, naming the type, the member or column, and what does not
/// fit. Lifetime: a std::string_view in it is of the result, which must therefore stay.
template <class T>
[[nodiscard]] result<std::vector<T>> decode(const rows& received) {
    detail::row_decoder<T> decoder;
    if (auto met = decoder.meet(received); !met) return tl::unexpected{std::move(met.error())};
    std::vector<T> values;
    values.reserve(received.size());
    for (std::size_t row = 0; row < received.size(); ++row) {
        if (auto read = decoder.read(received, row, values.emplace_back()); !read)
            return tl::unexpected{std::move(read.error())};
    }
    return values;
}

/// Of a result that goes: the values must own what they hold.
template <class T>
[[nodiscard]] result<std::vector<T>> decode(rows&& received) {
    static_assert(detail::owns_its_values<T>());
    const rows& kept = received;
    return decode<T>(kept);
}

}  // namespace honeydue
