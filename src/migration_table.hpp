// SPDX-License-Identifier: MIT
// goose's version table and the locks around it: the statements, and reading their answers. Who
// sends them is migration_session.hpp's business.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <honeydue/error.hpp>
#include <honeydue/rows.hpp>
#include <honeydue/statement.hpp>

#include "migration_plan.hpp"

namespace honeydue::detail {

/// The advisory locks of goose's own "session locker": until 3.26, and since.
inline constexpr std::int64_t goose_lock_before_3_26 = 5887940537704921958;
inline constexpr std::int64_t goose_lock = 4097083626;

/// Takes both locks, or neither, without waiting: one who waits inside a statement holds a
/// snapshot, and CREATE INDEX CONCURRENTLY of the one who has the lock would wait for that.
[[nodiscard]] statement try_locks();
[[nodiscard]] statement release_locks();

/// Whether a name is one or two SQL identifiers, so that it may stand in a text.
[[nodiscard]] bool is_table_name(std::string_view name);

/// The version table as it was found.
struct version_table {
    /// Quoted and with its schema, for a file may change search_path; empty when it is missing.
    std::string name{};

    bool is_table = false;  ///< goose would also accept a view
    bool has_unique_version = false;

    /// Our own table beside it, quoted and with its schema: what was applied, by whom, how long it
    /// took. goose never looks there.
    std::string companion{};
    bool has_companion = false;
    bool may_have_companion = false;  ///< it can be made, or may be written

    /// Rows that an ancient goose wrote: the index cannot be made.
    bool has_version_twice = false;

    [[nodiscard]] bool lacks_unique_version() const noexcept {
        return is_table && !has_unique_version && !has_version_twice;
    }
};

/// What is remembered of an applied file.
struct applied_file {
    std::string file;
    std::string checksum;
    std::chrono::microseconds took{-1};  ///< negative: since the transaction began
};

/// A row of the companion, as far as its version row is still the one it was written with.
struct remembered_file {
    std::int64_t version = 0;
    std::string file;
    std::string checksum;
    std::string by;
    std::string took;
};

[[nodiscard]] statement find_table(std::string_view name);
[[nodiscard]] result<version_table> read_table(const rows& found);

/// goose's own CREATE TABLE, and its first row.
[[nodiscard]] std::vector<statement> create_table(std::string_view name);

/// Turns a version applied twice into an error, for goose as well.
[[nodiscard]] statement add_unique_version(const version_table& table);

[[nodiscard]] statement list_rows(const version_table& table);
[[nodiscard]] result<version_rows> read_rows(const rows& listed);

/// The versions goose's `status` calls applied, with their times.
[[nodiscard]] statement list_applied(const version_table& table);

/// Keeps every other migrator out until the transaction ends, one that knows no advisory lock
/// included: it waits at its first look into the table, and then sees what was done.
[[nodiscard]] statement lock_rows(const version_table& table);

/// Raises when the version's state is no longer what it was when the plan was made.
[[nodiscard]] statement check_still_planned(const version_table& table, const migration_step& step);
[[nodiscard]] bool is_no_longer_planned(const error& failure);

[[nodiscard]] std::vector<statement> write_row(const version_table& table,
                                               const migration_step& step,
                                               const applied_file& file);

/// What goose would write, for people.
[[nodiscard]] std::string row_as_text(const version_table& table, const migration_step& step);

[[nodiscard]] statement create_companion(const version_table& table);
[[nodiscard]] statement list_companion(const version_table& table);
[[nodiscard]] result<std::vector<remembered_file>> read_companion(const rows& listed);

[[nodiscard]] statement limit_lock_waits(std::chrono::milliseconds timeout);

}  // namespace honeydue::detail
