// SPDX-License-Identifier: MIT
// One command's stay on the database: finds the version table, takes the locks, sees to it that
// there is no transaction-mode pooler in between, and leaves again. What is done in between is not
// known here.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <stop_token>
#include <string>
#include <vector>

#include <honeydue/connection.hpp>
#include <honeydue/endpoint.hpp>
#include <honeydue/error.hpp>

#include "migration_plan.hpp"
#include "migration_table.hpp"

namespace honeydue::detail {

/// What `enter` does about the version table.
enum class table_need : std::uint8_t {
    make,       ///< creates a missing one
    have,       ///< a missing one is an error, in the server's words
    do_without  ///< takes the locks only
};

/// Thread: one at a time. Lifetime: borrows the connection and the endpoint.
class migration_session {
public:
    migration_session(connection& on, const endpoint& to, std::string table, deadline until,
                      std::stop_token stop);
    migration_session(const migration_session&) = delete;
    migration_session& operator=(const migration_session&) = delete;

    /// Releases the locks. When the connection broke while they were held, ends the server process
    /// that may still be at work, so that its transaction rolls back now and not when it looks up.
    /// Cost: 1 round trip when they are held; a connection when ours is gone.
    ~migration_session();

    /// Takes the locks, and sees to the version table and its rows.
    /// Errors: migration, when others hold the locks for longer than `wait`; refused, naming the
    /// cure, behind a transaction-mode pooler. Cost: 2 round trips, and 1 for each further try.
    [[nodiscard]] result<void> enter(std::chrono::milliseconds wait, table_need need);

    /// Reads the rows without locks, when there is a table. Cost: 2 round trips.
    [[nodiscard]] result<void> look();

    /// The same, and where there is no table goes on as if it had just been made.
    [[nodiscard]] result<void> look_or_pretend();

    /// Reads the rows again.
    [[nodiscard]] result<void> read();

    /// What we remember of the applied files, after `look` or `enter`; nothing when goose applied
    /// them. Cost: 1 round trip, or none when there is no companion.
    [[nodiscard]] result<std::vector<remembered_file>> remembered();

    /// The wall times of the applied versions, as text. Cost: 2 round trips.
    [[nodiscard]] result<std::map<std::int64_t, std::string>> applied_times();

    [[nodiscard]] version_table& table() noexcept { return table_; }
    [[nodiscard]] const version_rows& rows() const noexcept { return rows_; }

private:
    [[nodiscard]] result<void> take_locks(std::chrono::milliseconds wait);
    [[nodiscard]] result<bool> try_enter();
    [[nodiscard]] result<void> find();
    [[nodiscard]] result<void> create();
    [[nodiscard]] result<void> refuse_pooler();
    void end_server_process() const;

    connection& on_;
    const endpoint& to_;
    std::string name_;
    deadline until_;
    std::stop_token stop_;
    version_table table_;
    version_rows rows_;
    std::int32_t server_process_ = 0;
    bool holds_locks_ = false;
};

}  // namespace honeydue::detail
