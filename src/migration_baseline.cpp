// SPDX-License-Identifier: MIT
// Versions marked as applied without being run.
#include <algorithm>
#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "migration_state.hpp"
#include "migration_wire.hpp"

namespace honeydue {
namespace {

using detail::version_row;

/// Why these rows refuse a baseline; empty when they do not.
std::string refusal(const detail::version_rows& rows, baseline_over applied) {
    const auto newest = std::find_if(rows.begin(), rows.end(),
                                     [](const version_row& row) { return row.version != 0; });
    if (applied == baseline_over::add || newest == rows.end()) return {};
    return fmt::format(
        "version {} is in the version table already: a baseline is for a database without "
        "migrations; look at status, and ask to add to what is there if that is right",
        newest->version);
}

detail::steps unknown_to(const detail::version_rows& rows, const detail::sources& files) {
    detail::steps plan;
    for (const detail::migration_source& source : files) {
        const bool is_known = std::any_of(rows.begin(), rows.end(), [&](const version_row& row) {
            return row.version == source.version;
        });
        if (!is_known) plan.push_back({source, detail::direction::up});
    }
    return plan;
}

/// One transaction: the rows of the whole baseline, or none. A version that another program adds
/// meanwhile is refused by the index.
std::vector<statement> rows_for(const detail::steps& plan, detail::version_table& table,
                                const std::string& folder) {
    std::vector<statement> group{runtime("begin"), detail::lock_rows(table)};
    if (table.lacks_unique_version()) group.push_back(add_unique_version(table));
    if (!table.has_companion && table.may_have_companion) {
        group.push_back(detail::create_companion(table));
        table.has_companion = true;
    }
    for (const detail::migration_step& step : plan) {
        const std::string path = detail::path_in(folder, step.source.name);
        const detail::applied_file file{step.source.name, detail::checksum_of(path),
                                        std::chrono::microseconds{0}};
        for (statement& one : write_row(table, step, file))
            group.push_back(std::move(one));
    }
    group.push_back(runtime("commit"));
    return group;
}

}  // namespace

migration_report migrator::baseline(std::int64_t version, baseline_over applied) {
    migration_report report;
    const auto fail_with = [&report](error why) {
        report.failed = detail::stopped(std::move(why));
        return report;
    };
    const auto files = detail::read_folder(state_->folder, version);
    if (!files) return fail_with(detail::folder_error(files.error()));
    if (files->back().version != version) {
        return fail_with(error{errc::migration,
                               fmt::format("no file has version {}: the highest one below it is {}",
                                           version, files->back().version)});
    }
    const migration_options& options = state_->options;
    const deadline until = detail::deadline_after(options.timeout);
    auto session = state_->session(until);
    if (auto entered = state_->enter(session, detail::table_need::make); !entered) {
        return fail_with(std::move(entered.error()));
    }
    if (std::string why = refusal(session.rows(), applied); !why.empty()) {
        return fail_with(error{errc::migration, std::move(why)});
    }
    const detail::steps plan = unknown_to(session.rows(), *files);
    const auto group = rows_for(plan, session.table(), state_->folder);
    if (options.rehearse) {
        for (const statement& one : group)
            options.rehearse(one.text());
    } else if (auto ran = detail::run_until_stopped(state_->on, group, until, options.stop); !ran) {
        [[maybe_unused]] const auto undone = state_->on.run(runtime("rollback"));
        return fail_with(std::move(ran.error()));
    }
    for (const detail::migration_step& step : plan)
        report.applied.push_back({.version = step.source.version, .file = step.source.name});
    report.current = detail::current_version(detail::rows_after(session.rows(), plan)).value_or(0);
    return report;
}

}  // namespace honeydue
