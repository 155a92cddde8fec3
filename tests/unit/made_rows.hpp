// SPDX-License-Identifier: MIT
// Results put together by hand in libpq's own structure, so that reading them needs no server.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <honeydue/codec.hpp>
#include <honeydue/rows.hpp>

#include "libpq.hpp"

namespace honeydue::test {

struct made_column {
    std::string name;
    oid type = 0;
};

/// The bytes of one value as `codec` sends it.
template <class T>
[[nodiscard]] std::string wire_of(const T& value) {
    parameters one;
    one.add(value);
    const auto wire = one.wire().subspan(4);
    return {reinterpret_cast<const char*>(wire.data()), wire.size()};
}

using made_cell = std::optional<std::string>;

[[nodiscard]] inline rows make_rows(const std::vector<made_column>& columns,
                                    const std::vector<std::vector<made_cell>>& cells) {
    PGresult* made = PQmakeEmptyPGresult(nullptr, PGRES_TUPLES_OK);
    std::vector<PGresAttDesc> described;
    for (const made_column& column : columns) {
        described.push_back({.name = const_cast<char*>(column.name.c_str()),
                             .tableid = 0,
                             .columnid = 0,
                             .format = 1,
                             .typid = column.type,
                             .typlen = -1,
                             .atttypmod = -1});
    }
    PQsetResultAttrs(made, static_cast<int>(described.size()), described.data());
    for (std::size_t row = 0; row < cells.size(); ++row) {
        for (std::size_t column = 0; column < columns.size(); ++column) {
            const made_cell& value = cells[row][column];
            PQsetvalue(made, static_cast<int>(row), static_cast<int>(column),
                       value ? const_cast<char*>(value->data()) : nullptr,
                       value ? static_cast<int>(value->size()) : -1);
        }
    }
    return rows{std::shared_ptr<const void>{
        made, [](const void* held) {
            PQclear(const_cast<PGresult*>(static_cast<const PGresult*>(held)));
        }}};
}

}  // namespace honeydue::test
