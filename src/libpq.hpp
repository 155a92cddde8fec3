// SPDX-License-Identifier: MIT
// libpq under RAII, and the translation of its reports into honeydue::error. The only file that
// includes libpq-fe.h. Waiting and retrying are not here: see connection.cpp and dial.cpp.
#pragma once

#include <unistd.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <libpq-fe.h>

#include <honeydue/error.hpp>
#include <honeydue/rows.hpp>

#include "fork_count.hpp"

namespace honeydue::libpq {

/// Closes a connection, except in a child made by fork(): there only the descriptor is closed, for
/// saying goodbye would end the parent's session.
struct finish {
    std::uint64_t opened_at = forks();

    void operator()(PGconn* connection) const noexcept {
        if (opened_at == forks()) {
            PQfinish(connection);
        } else if (const int fd = PQsocket(connection); fd >= 0) {
            ::close(fd);
        }
    }
};
using connection_ptr = std::unique_ptr<PGconn, finish>;

struct clear {
    void operator()(PGresult* result) const noexcept { PQclear(result); }
};
using result_ptr = std::unique_ptr<PGresult, clear>;

[[nodiscard]] rows rows_of(result_ptr received);

/// A name as SQL text: in quotes, whatever it is made of.
[[nodiscard]] std::string quoted_name(std::string_view name);

/// Folds libpq's lines into one: no line break, no run of blanks, no blank at the ends.
[[nodiscard]] std::string one_line(std::string_view text);

/// The five characters a verbose connect message carries after its severity; empty when it has
/// none.
[[nodiscard]] sqlstate state_in(std::string_view verbose_message);

/// What the server said in `result`, field by field.
[[nodiscard]] server_report report_of(const PGresult* result);
[[nodiscard]] sqlstate state_of(const PGresult* result);

/// True for reports that end the session. PgBouncer does not send the field that is never
/// translated.
[[nodiscard]] bool is_fatal(const server_report& report) noexcept;

/// True for a pooler's words that say the statement never reached a server.
[[nodiscard]] bool never_reached_server(const server_report& report) noexcept;

/// The error of a result that is one. A report that ended the session is `errc::connection_lost`.
[[nodiscard]] error error_of(const PGresult* result, outcome ran);

}  // namespace honeydue::libpq
