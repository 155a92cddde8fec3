// SPDX-License-Identifier: MIT
// The accessors of a received result: a thin reading of libpq's PGresult.
#include <honeydue/rows.hpp>

#include <charconv>

#include "libpq.hpp"

namespace honeydue {

namespace {

const PGresult* received(const std::shared_ptr<const void>& held) noexcept {
    return static_cast<const PGresult*>(held.get());
}

std::size_t count(int value) noexcept { return value < 0 ? 0 : static_cast<std::size_t>(value); }

cell cell_at(const PGresult* result, int row, int column) noexcept {
    const int length = PQgetlength(result, row, column);
    // A NULL has length 0: only then is it worth a further call.
    if (length == 0 && PQgetisnull(result, row, column) != 0) return {};
    return {reinterpret_cast<const std::byte*>(PQgetvalue(result, row, column)), length};
}

}  // namespace

std::size_t rows::size() const noexcept { return count(PQntuples(received(received_))); }

std::size_t rows::columns() const noexcept { return count(PQnfields(received(received_))); }

std::string_view rows::column_name(std::size_t column) const noexcept {
    const char* name = PQfname(received(received_), static_cast<int>(column));
    return name == nullptr ? std::string_view{} : std::string_view{name};
}

oid rows::column_type(std::size_t column) const noexcept {
    return PQftype(received(received_), static_cast<int>(column));
}

rows::origin rows::column_origin(std::size_t column) const noexcept {
    const auto at = static_cast<int>(column);
    return {PQftable(received(received_), at), PQftablecol(received(received_), at)};
}

std::uint64_t rows::affected() const noexcept {
    const std::string_view command = tag();
    const auto blank = command.find_last_of(' ');
    std::uint64_t number = 0;
    if (blank != std::string_view::npos) {
        std::from_chars(command.data() + blank + 1, command.data() + command.size(), number);
    }
    return number;
}

std::string_view rows::tag() const noexcept {
    if (received_ == nullptr) return {};
    // libpq takes the result by a pointer to non-const, and only reads it.
    return PQcmdStatus(const_cast<PGresult*>(received(received_)));  // NOLINT(*-const-cast)
}

cell rows::at(std::size_t row, std::size_t column) const noexcept {
    return cell_at(received(received_), static_cast<int>(row), static_cast<int>(column));
}

void rows::read(std::size_t row, std::span<const std::size_t> columns,
                std::span<cell> out) const noexcept {
    const PGresult* result = received(received_);
    for (std::size_t i = 0; i < columns.size(); ++i) {
        out[i] = cell_at(result, static_cast<int>(row), static_cast<int>(columns[i]));
    }
}

std::size_t rows::bytes() const noexcept {
    const PGresult* result = received(received_);
    std::size_t total = 0;
    for (int row = 0; row < PQntuples(result); ++row) {
        for (int column = 0; column < PQnfields(result); ++column) {
            total += count(PQgetlength(result, row, column));
        }
    }
    return total;
}

}  // namespace honeydue
