// SPDX-License-Identifier: MIT
// What a migrator holds, and how its commands share the work: files and rows, plan, run. The
// commands themselves are in migration.cpp, migration_baseline.cpp and migration_verify.cpp.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <tl/expected.hpp>

#include <honeydue/migration.hpp>

#include "migration_folder.hpp"
#include "migration_plan.hpp"
#include "migration_runner.hpp"
#include "migration_session.hpp"
#include "migration_words.hpp"

namespace honeydue {
namespace detail {

using sources = std::vector<migration_source>;
using steps = std::vector<migration_step>;

inline constexpr std::int64_t every_version = std::numeric_limits<std::int64_t>::max();

/// What a command does with the files and the rows.
struct task {
    std::function<planned<steps>(const sources&, const version_rows&)> plan;
    std::function<steps(const sources&)> plan_unversioned;
    std::int64_t last = every_version;  ///< files above it are none of its business
    table_need need = table_need::make;
    bool again = false;  ///< whether to plan again when the plan is done
};

inline deadline deadline_after(std::chrono::milliseconds timeout) {
    if (timeout.count() == 0) return no_deadline;
    return std::chrono::steady_clock::now() + timeout;
}

/// A command that was stopped by no single file.
inline migration_failure stopped(error why, std::string words) {
    return {0, {}, 0, {}, 0, std::move(why), std::move(words)};
}
inline migration_failure stopped(error why) {
    std::string words = goose_error(why);
    return stopped(std::move(why), std::move(words));
}

}  // namespace detail

struct migrator::state {
    endpoint to;
    connection on;
    std::string folder;
    migration_options options;

    [[nodiscard]] detail::migration_session session(deadline until) {
        return detail::migration_session{on, to, options.table, until, options.stop};
    }
    [[nodiscard]] migration_report run(const detail::task& what);
    [[nodiscard]] result<void> enter(detail::migration_session& session,
                                     detail::table_need need) const;
    void work_off(const detail::task& what, const detail::sources& files,
                  detail::migration_session& session, detail::migration_runner& runner,
                  migration_report& report) const;
    [[nodiscard]] bool run_steps(const detail::steps& plan, detail::migration_runner& runner,
                                 migration_report& report) const;
    [[nodiscard]] tl::expected<detail::file_outline, migration_failure> run_step(
        const detail::migration_step& step, detail::migration_runner& runner) const;
    [[nodiscard]] detail::missing_policy missing() const {
        return options.out_of_order == out_of_order::apply ? detail::missing_policy::apply
                                                           : detail::missing_policy::refuse;
    }
    [[nodiscard]] detail::reading how() const {
        return options.reading == migration_reading::strict ? detail::reading::strict
                                                            : detail::reading::compatible;
    }
    [[nodiscard]] detail::task up(std::int64_t version) const;
};

}  // namespace honeydue
