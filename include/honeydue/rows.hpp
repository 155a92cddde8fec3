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

/// Reads every row into a `T`: a struct by column names, a tuple by position, a single value from a
/// single column. Errors: `errc::decode`, naming the type, the member or column, and what does not
/// fit. Lifetime: a std::string_view in it is of the result, which must therefore stay.
template <class T>
[[nodiscard]] result<std::vector<T>> decode(const rows& received) {
    using reader = detail::row_reader<T>;
    std::array<std::size_t, reader::size> columns{};
    if (auto matched =
            detail::match_columns(received, detail::type_name<T>, reader::wanted, columns);
        !matched) {
        return tl::unexpected{std::move(matched.error())};
    }
    std::array<cell, reader::size> cells;
    std::vector<T> values;
    values.reserve(received.size());
    for (std::size_t row = 0; row < received.size(); ++row) {
        received.read(row, columns, cells);
        const detail::row_fault fault = reader::read(cells, values.emplace_back());
        if (fault.fault != codec_fault::none) {
            return tl::unexpected{detail::cell_error(received, row, columns[fault.member - 1],
                                                     detail::type_name<T>, fault.fault)};
        }
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
