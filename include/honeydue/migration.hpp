// SPDX-License-Identifier: MIT
// Migrations in goose's files and goose's table: what goose applied counts here, and what is
// applied here counts for goose. Beyond goose it locks, refuses files that do not mean what they
// say, and sends a file in one round trip. Only through a direct connection.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include <honeydue/endpoint.hpp>
#include <honeydue/error.hpp>
#include <honeydue/rows.hpp>
#include <honeydue/statement.hpp>
#include <honeydue/verbs.hpp>

namespace honeydue {

/// What becomes of a file that is older than the newest applied version, and not applied itself.
enum class out_of_order : std::uint8_t { refuse, apply };

/// How a file is read. Both give what goose gives, or an error.
enum class migration_reading : std::uint8_t {
    strict,      ///< refuses what goose reads otherwise than it is written, and says the cure
    compatible,  ///< bug for bug
};

enum class migration_way : std::uint8_t { up, down };

/// What `baseline` does on a database where versions are applied.
enum class baseline_over : std::uint8_t { refuse, add };

/// Whether the version table says what is applied. `ignored` runs the files and leaves the table,
/// even a missing one, as it is: for seeds that are to run again and again.
enum class version_keeping : std::uint8_t { kept, ignored };

/// A file that was run.
struct migration_done {
    std::int64_t version = 0;
    std::string file;  ///< without its folder
    migration_way way = migration_way::up;
    std::size_t statements = 0;  ///< as goose counts; 0 is a version row alone
    bool in_transaction = true;
    std::chrono::microseconds took{0};
};

/// Why a command stopped.
struct migration_failure {
    std::int64_t version = 0;  ///< 0 when it was no single file: the folder, the lock, the plan
    std::string file;
    std::size_t line = 0;   ///< of the statement that failed, from 1; 0 when it was none
    std::string statement;  ///< its text; empty when it was none

    /// Of a NO TRANSACTION file: how many of its statements stay. Always 0 for any other.
    std::size_t statements_kept = 0;

    error why;

    /// The same in the words of goose's own program, for those who look for them.
    std::string in_goose_words{};
};

/// What a command did. What is in `applied` stays, whatever `failed` says.
struct migration_report {
    std::vector<migration_done> applied;  ///< in the order they were run
    std::optional<migration_failure> failed{};

    /// The version that is current at the end: the one applied last and not rolled back.
    std::int64_t current = 0;
};

/// One file and whether it is applied.
struct migration_status {
    std::int64_t version = 0;
    std::string file;

    /// The wall time in the table, "2026-06-01 12:00:00.500000"; goose's column has no time zone.
    /// Empty when the file is pending, or when an old goose wrote none.
    std::string applied_at;

    bool is_applied = false;
};

/// Where the files and what was applied do not agree.
struct migration_drift {
    enum class kind : std::uint8_t {
        edited,    ///< the file is not what it was when it was applied
        vanished,  ///< applied, and there is no such file
    };

    kind what = kind::edited;
    std::int64_t version = 0;
    std::string file;          ///< today's name, or of a vanished one the name it had; may be empty
    std::string applied_by{};  ///< the role; empty when goose applied it
};

/// What a file does that hurts a database in use, or that cannot work as written.
struct migration_warning {
    std::string file;
    std::size_t line = 0;
    std::string rule;  ///< "index_without_concurrently"
    std::string message;
    std::string cure;
};

struct migration_options {
    /// The version table: a name, or a schema and a name, as in SQL. The schema has to exist.
    std::string table = "goose_db_version";

    honeydue::out_of_order out_of_order = honeydue::out_of_order::refuse;

    migration_reading reading = migration_reading::strict;

    /// How long to wait for another migrator to finish. Range: 0 to 1 day; 0 tries once.
    std::chrono::milliseconds lock_wait{300'000};

    /// How long a statement may wait for a lock of its own; a migration that waits makes everybody
    /// behind it wait. 0 leaves it to the server. Not for NO TRANSACTION files. Range: 0 to 1 day.
    std::chrono::milliseconds lock_timeout{0};

    /// How often a file is tried that ran into `lock_timeout`, with longer and longer pauses from
    /// 100 ms to 5 s: those behind it get their turn. Range: 1 to 1000.
    int lock_tries = 10;

    version_keeping versions = version_keeping::kept;

    /// For a command as a whole. 0 is none. Range: 0 to 7 days.
    std::chrono::milliseconds timeout{0};

    /// Told after each file, for progress. Thread: the caller's.
    std::function<void(const migration_done&)> on_done{};

    /// When set, nothing is run or changed: it is given what would be sent, in order, and the
    /// report says which files. Thread: the caller's.
    std::function<void(std::string_view sql)> rehearse{};

    /// Asked to stop, a command ends at once: what was under way is ended on the server too, and
    /// rolls back.
    std::stop_token stop{};
};

/// Applies the files of a folder to a database.
/// Thread: one at a time. Any number of migrators, here and elsewhere, may work on one database.
class migrator {
public:
    /// Connects to `to.direct()`. The folder is read anew by every command.
    /// Errors: those of `connection::open`; configuration, naming the field.
    [[nodiscard]] static result<migrator> open(const endpoint& to, std::string folder,
                                               migration_options options = {});

    migrator(migrator&&) noexcept;
    migrator& operator=(migrator&&) noexcept;
    ~migrator();

    /// Applies what is pending, oldest first, each file in a transaction of its own.
    /// Cost: 3 round trips, and 1 for each file up to 1 MiB.
    [[nodiscard]] migration_report up();

    /// Up to and including `version`.
    [[nodiscard]] migration_report up_to(std::int64_t version);

    /// The first pending file only.
    [[nodiscard]] migration_report up_by_one();

    /// Rolls the current version back: the one applied last.
    [[nodiscard]] migration_report down();

    /// Rolls back one version after another until the current one is `version` or below.
    [[nodiscard]] migration_report down_to(std::int64_t version);

    /// Rolls the current version back and applies it again, in two transactions.
    [[nodiscard]] migration_report redo();

    /// Rolls back every applied file, by descending version.
    [[nodiscard]] migration_report reset();

    /// Every file with its state. Changes nothing, not even a missing version table.
    /// Cost: 2 round trips.
    [[nodiscard]] result<std::vector<migration_status>> status();

    /// The version applied last and not rolled back; 0 on a database without migrations.
    /// Cost: 2 round trips.
    [[nodiscard]] result<std::int64_t> version();

    /// What `up` would run, in a report whose times are 0. Changes nothing. Cost: 2 round trips.
    [[nodiscard]] migration_report plan();

    /// Marks every file up to `version` as applied without running it, for a database that has
    /// grown without migrations. Errors: migration, when any version is applied already and
    /// `applied` says refuse. Cost: 4 round trips.
    [[nodiscard]] migration_report baseline(std::int64_t version,
                                            baseline_over applied = baseline_over::refuse);

    /// Files edited since they were applied by us, and versions applied without a file.
    /// Cost: 3 round trips.
    [[nodiscard]] result<std::vector<migration_drift>> verify();

    /// Makes the version table when there is none, as goose does at its first look. Cost: 2 to 4
    /// round trips.
    [[nodiscard]] result<void> prepare();

private:
    struct state;

    explicit migrator(std::unique_ptr<state> opened) noexcept;

    std::unique_ptr<state> state_;
};

/// Writes a file with empty Up and Down sections and the next number of the folder: one more than
/// the highest and as wide, or the time in UTC where the folder counts in times. Gives its path.
/// Errors: file, when it cannot be written, and when the folder's names do not parse.
[[nodiscard]] result<std::string> create_migration(const std::string& folder,
                                                   std::string_view name);

/// Reads every file of a folder, in both directions, for what will not work or will hurt: long
/// locks, rewritten tables, a missing Down. Each warning carries the safe form. Errors: file.
[[nodiscard]] result<std::vector<migration_warning>> lint_migrations(const std::string& folder);

namespace detail {

[[nodiscard]] result<statement> ask_schema(std::string_view table);
[[nodiscard]] result<void> judge_schema(const result<std::vector<rows>>& answer,
                                        std::int64_t version, std::string_view table);

}  // namespace detail

/// For a service's start: an error that says what to run unless the schema is at `version` or
/// beyond and the newest row of the version table is applied. Errors: migration; those of `db`.
/// Cost: 1 round trip, through a pooler too.
template <executor Db>
[[nodiscard]] result<void> require_schema_applied(Db& db, std::int64_t version,
                                                  std::string_view table = "goose_db_version") {
    const auto question = detail::ask_schema(table);
    if (!question) return tl::unexpected{question.error()};
    return detail::judge_schema(db.run({&*question, 1}), version, table);
}

}  // namespace honeydue
