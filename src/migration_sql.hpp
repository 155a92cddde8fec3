// SPDX-License-Identifier: MIT
// Cuts SQL text into statements the way psql does, so that each can be sent by the extended
// protocol. It knows quotes, dollar bodies, nested comments, parentheses and BEGIN ATOMIC bodies;
// it does not know whether the SQL is right. Source: PostgreSQL, src/fe_utils/psqlscan.l.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace honeydue::detail {

/// What a text ends in the middle of.
enum class sql_open : std::uint8_t {
    nothing,
    quote,        ///< '…
    identifier,   ///< "…
    dollar_body,  ///< $tag$…
    comment,      ///< a block comment
    parenthesis,
    atomic_body,  ///< BEGIN ATOMIC without its END
};

/// "a quoted string", for messages.
[[nodiscard]] std::string_view describe(sql_open open) noexcept;

/// One statement with neither its semicolon nor the comments and white space around it.
struct sql_piece {
    std::string_view text;
    std::size_t line = 0;       ///< of its first token, from 0, within the text that was cut
    std::size_t last_line = 0;  ///< of its last token
};

struct sql_cut {
    std::vector<sql_piece> pieces;  ///< none is empty. Lifetime: of the text that was cut
    sql_open open = sql_open::nothing;
    std::size_t open_line = 0;  ///< where that which is open began; from 0
};

/// Cost: one pass.
[[nodiscard]] sql_cut cut_statements(std::string_view text);

/// What a statement does to the transaction it stands in, by its first words.
enum class transaction_control : std::uint8_t { none, begins, ends };
[[nodiscard]] transaction_control control_of(std::string_view statement);

}  // namespace honeydue::detail
