// SPDX-License-Identifier: MIT
// Runs one migration file over a connection whose version table is known and whose locks are held:
// in one transaction and, up to 1 MiB, in one round trip. Which file comes next is not decided
// here.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tl/expected.hpp>

#include <honeydue/connection.hpp>
#include <honeydue/migration.hpp>
#include <honeydue/statement.hpp>

#include "migration_folder.hpp"
#include "migration_plan.hpp"
#include "migration_table.hpp"
#include "migration_words.hpp"

namespace honeydue::detail {

/// What has to be the same for every file of a command.
struct run_setting {
    std::string folder;
    reading how = reading::strict;
    version_keeping versions = version_keeping::kept;
    std::chrono::milliseconds lock_timeout{0};
    deadline until = no_deadline;
    std::stop_token stop{};
    std::function<void(std::string_view)> rehearse{};
};

/// A file that was read to its end and found sound.
struct inspected_file {
    std::vector<migration_statement> statements;  ///< empty when they are too large to keep
    bool is_kept = true;                          ///< whether `statements` has them
    file_outline outline;
};

class migration_runner {
public:
    /// Unit: bytes of SQL text that are sent, or kept in memory, at once.
    static constexpr std::size_t group_size = std::size_t{1} << 20U;

    migration_runner(connection& on, version_table& table, const run_setting& setting)
        : on_{on}, table_{table}, setting_{setting} {}

    /// What the file is, its statements as goose counts them. After a failure the connection is
    /// idle again, or broken. Cost: 1 round trip for each MiB begun; without transaction, 1 for
    /// each statement and 1 more. A rehearsal costs none.
    [[nodiscard]] tl::expected<file_outline, migration_failure> run(const migration_step& step);

private:
    using outcome_of_run = tl::expected<void, migration_failure>;

    /// Where a queued statement comes from. No line: it is ours.
    struct origin {
        migration_stage stage = migration_stage::beginning;
        std::size_t line = 0;
    };

    [[nodiscard]] tl::expected<inspected_file, migration_failure> inspect() const;
    template <class Sink>
    [[nodiscard]] outcome_of_run each_statement(const inspected_file& file, Sink&& sink);
    [[nodiscard]] outcome_of_run run_in_transaction(const inspected_file& file);
    [[nodiscard]] outcome_of_run run_one_by_one(const inspected_file& file);
    void open_transaction(const inspected_file& file);
    [[nodiscard]] bool index_tells(const inspected_file& file) const noexcept;
    void or_another_was_faster(migration_failure& failed) const;
    void make_companion();
    [[nodiscard]] outcome_of_run add(const migration_statement& next);
    [[nodiscard]] outcome_of_run commit(const inspected_file& file);
    void record(const inspected_file& file, std::chrono::microseconds took);
    void reset_settings();
    [[nodiscard]] outcome_of_run flush();
    void rehearse();
    void queue(statement next, origin from) {
        queue_.push_back(std::move(next));
        origins_.push_back(from);
    }
    [[nodiscard]] bool keeps_versions() const noexcept {
        return setting_.versions == version_keeping::kept;
    }
    [[nodiscard]] migration_failure settle(error why);
    [[nodiscard]] migration_failure failure(error why, origin from, std::string text = {}) const;
    [[nodiscard]] migration_failure unreadable(const migration_fault& fault) const;
    [[nodiscard]] std::string sent_by_goose(std::size_t line) const;
    [[nodiscard]] std::string path() const { return path_in(setting_.folder, step_.source.name); }

    connection& on_;
    version_table& table_;
    const run_setting& setting_;
    migration_step step_;
    std::vector<statement> queue_;
    std::vector<origin> origins_;  ///< of the queue's statements
    std::size_t bytes_ = 0;
    std::size_t kept_ = 0;
    bool one_at_a_time_ = false;
};

}  // namespace honeydue::detail
