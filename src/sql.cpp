// SPDX-License-Identifier: MIT
// The sentences of the SQL reader.
#include <honeydue/detail/sql_reader.hpp>

namespace honeydue::detail {

std::string_view describe(sql_fault fault) noexcept {
    static constexpr std::string_view sentences[] = {
        "is sound",
        "the statement's text has a string that is never closed",
        "the statement's text has a name in double quotes that is never closed",
        "the statement's text has a dollar quote that is never closed",
        "the statement's text has a comment that is never closed",
        "the statement's text has parentheses that do not match",
        "the text has several statements: send each as one, in one group",
        "the placeholders have a gap: number them $1, $2 and on",
        "the text says nothing",
        "the statement's text has a NUL byte",
    };
    return sentences[static_cast<std::size_t>(fault)];
}

std::string_view describe(construct what) noexcept {
    static constexpr std::string_view sentences[] = {
        "may be sent anywhere",
        "a row lock ends with its statement outside a transaction: use transact",
        "has an effect only inside a transaction: use transact",
        "cannot run inside a transaction: send it alone",
        "SET stays behind in a session that is shared: say set_config(name, value, true)",
        "set_config that is not local stays behind in a shared session: its third argument is true",
        "LISTEN needs a session of its own: use a direct connection",
        "a session's advisory lock is lost behind a pooler: take pg_advisory_xact_lock",
        "PREPARE, EXECUTE and DEALLOCATE need a session of their own: say the statement itself",
        "DISCARD resets whatever session it meets: use a direct connection",
        "LOAD is for one session: set session_preload_libraries on the server",
        "a temporary table is seen by strangers behind a pooler: say on commit drop",
        "a cursor WITH HOLD is lost behind a pooler: use for_each",
        "currval and lastval read what another session did: use returning",
        "a function called by a U&\"\" name cannot be read: write its name plainly",
        "BEGIN, COMMIT, ROLLBACK and SAVEPOINT are not sent as text: use transact",
        "CALL may commit by itself: use a direct connection",
        "COPY is no statement of a group: insert a range",
    };
    return sentences[static_cast<std::size_t>(what)];
}

}  // namespace honeydue::detail
