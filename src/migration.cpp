// SPDX-License-Identifier: MIT
// The migrator's commands: folder, locks, version table, plan, and then one file after another.
#include <honeydue/migration.hpp>

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "migration_folder.hpp"
#include "migration_plan.hpp"
#include "migration_runner.hpp"
#include "migration_session.hpp"
#include "migration_state.hpp"
#include "migration_wire.hpp"
#include "migration_words.hpp"

namespace honeydue {
namespace {

using namespace std::chrono_literals;
using detail::every_version;
using detail::migration_session;
using detail::migration_source;
using detail::migration_step;
using detail::sources;
using detail::steps;
using detail::table_need;
using detail::task;
using detail::version_rows;

result<void> check_range(std::string_view field, std::chrono::milliseconds value,
                         std::chrono::milliseconds most) {
    if (value.count() >= 0 && value <= most) return {};
    return fail(errc::configuration,
                fmt::format("{} is {} ms: give 0 to {} ms", field, value.count(), most.count()));
}

result<void> check(const migration_options& options) {
    if (!detail::is_table_name(options.table)) {
        return fail(errc::configuration,
                    fmt::format("table is '{}': give a name, or schema.name, as SQL spells it",
                                options.table));
    }
    if (options.lock_tries < 1 || options.lock_tries > 1000) {
        return fail(errc::configuration,
                    fmt::format("lock_tries is {}: give 1 to 1000", options.lock_tries));
    }
    if (auto sound = check_range("lock_wait", options.lock_wait, 24h); !sound) return sound;
    if (auto sound = check_range("lock_timeout", options.lock_timeout, 24h); !sound) return sound;
    return check_range("timeout", options.timeout, 7 * 24h);
}

migration_done done(const migration_step& step, const detail::file_outline& file,
                    std::chrono::steady_clock::duration took) {
    return {step.source.version,
            step.source.name,
            step.way == detail::direction::up ? migration_way::up : migration_way::down,
            file.statements,
            file.in_transaction,
            std::chrono::duration_cast<std::chrono::microseconds>(took)};
}

}  // namespace

migration_report migrator::state::run(const task& what) {
    migration_report report;
    const deadline until = detail::deadline_after(options.timeout);
    const auto files = detail::read_folder(folder, what.last);
    if (!files) {
        report.failed = detail::stopped(detail::folder_error(files.error()), files.error());
        return report;
    }
    auto stay = session(until);
    if (auto entered = enter(stay, what.need); !entered) {
        report.failed = detail::stopped(std::move(entered.error()));
        return report;
    }
    const detail::run_setting setting{folder, how(),        options.versions, options.lock_timeout,
                                      until,  options.stop, options.rehearse};
    detail::migration_runner runner{on, stay.table(), setting};
    work_off(what, *files, stay, runner, report);
    return report;
}

result<void> migrator::state::enter(migration_session& session, table_need need) const {
    const bool is_versioned = options.versions == version_keeping::kept;
    if (!options.rehearse) {
        return session.enter(options.lock_wait, is_versioned ? need : table_need::do_without);
    }
    if (!is_versioned) return {};
    return need == table_need::make ? session.look_or_pretend() : session.look();
}

/// Plans and runs, and plans again when another migrator, one without our locks, was faster.
void migrator::state::work_off(const task& what, const sources& files, migration_session& session,
                               detail::migration_runner& runner, migration_report& report) const {
    if (options.versions == version_keeping::ignored) {
        [[maybe_unused]] const bool ran = run_steps(what.plan_unversioned(files), runner, report);
        return;
    }
    version_rows rows = session.rows();
    while (true) {
        const std::size_t before = report.applied.size();
        const auto next = what.plan(files, rows);
        if (!next) {
            report.failed = detail::stopped(error{errc::migration, next.error()}, next.error());
            break;
        }
        const bool ran = run_steps(*next, runner, report);
        const auto made = static_cast<std::ptrdiff_t>(report.applied.size() - before);
        rows = detail::rows_after(std::move(rows), steps{next->begin(), next->begin() + made});
        if (ran && (made == 0 || !what.again)) break;
        if (ran) continue;
        if (!detail::is_no_longer_planned(report.failed->why)) break;
        if (auto again = session.read(); !again) break;
        rows = session.rows();
        report.failed.reset();
    }
    report.current = detail::current_version(rows).value_or(0);
}

bool migrator::state::run_steps(const steps& plan, detail::migration_runner& runner,
                                migration_report& report) const {
    for (const migration_step& step : plan) {
        const auto began = std::chrono::steady_clock::now();
        const auto ran = run_step(step, runner);
        if (!ran) {
            report.failed = ran.error();
            return false;
        }
        const auto took = options.rehearse ? 0s : std::chrono::steady_clock::now() - began;
        report.applied.push_back(done(step, *ran, took));
        if (options.on_done) options.on_done(report.applied.back());
    }
    return true;
}

/// Again and again while a lock is not to be had in time: nothing is left of a try.
tl::expected<detail::file_outline, migration_failure> migrator::state::run_step(
    const migration_step& step, detail::migration_runner& runner) const {
    std::chrono::milliseconds pause = 100ms;
    for (int tries = 1;; ++tries) {
        auto ran = runner.run(step);
        if (ran || ran.error().why.sqlstate() != "55P03"_sqlstate ||
            options.lock_timeout.count() == 0 || ran.error().statements_kept > 0 ||
            tries >= options.lock_tries || !detail::pause_unless_stopped(pause, options.stop)) {
            return ran;
        }
        pause = std::min<std::chrono::milliseconds>(2 * pause, 5s);
    }
}

task migrator::state::up(std::int64_t version) const {
    return {[this, version](const sources& files, const version_rows& rows) {
                return detail::plan_up(files, rows, version, missing(), folder);
            },
            [version](const sources& files) { return detail::plan_up_unversioned(files, version); },
            version};
}

migrator::migrator(std::unique_ptr<state> opened) noexcept : state_{std::move(opened)} {}
migrator::migrator(migrator&&) noexcept = default;
migrator& migrator::operator=(migrator&&) noexcept = default;
migrator::~migrator() = default;

result<migrator> migrator::open(const endpoint& to, std::string folder, migration_options options) {
    if (auto sound = check(options); !sound) return tl::unexpected{std::move(sound.error())};
    endpoint straight = to.direct();
    auto opened = connection::open(straight, detail::deadline_after(options.timeout));
    if (!opened) return tl::unexpected{std::move(opened.error())};
    return migrator{std::make_unique<state>(
        state{std::move(straight), std::move(*opened), std::move(folder), std::move(options)})};
}

migration_report migrator::up() { return up_to(every_version); }

migration_report migrator::up_to(std::int64_t version) { return state_->run(state_->up(version)); }

migration_report migrator::up_by_one() {
    // The plan is made again when another was faster: the first pending file is another one then.
    task one = state_->up(every_version);
    one.plan = [all = std::move(one.plan)](const sources& files, const version_rows& rows) {
        auto plan = all(files, rows);
        if (plan && plan->size() > 1) plan->resize(1);
        return plan;
    };
    one.plan_unversioned = [](const sources& files) {
        return detail::plan_up_unversioned(files, files.front().version);
    };
    return state_->run(one);
}

migration_report migrator::down() {
    return state_->run({detail::plan_down, [](const sources& files) {
                            return detail::plan_down_unversioned(files, files.back().version - 1);
                        }});
}

migration_report migrator::down_to(std::int64_t version) {
    return state_->run({.plan =
                            [version](const sources& files, const version_rows& rows) {
                                return detail::plan_down_to(files, rows, version);
                            },
                        .plan_unversioned =
                            [version](const sources& files) {
                                return detail::plan_down_unversioned(files, version);
                            },
                        .again = true});
}

migration_report migrator::redo() {
    return state_->run({[planned = false](const sources& files, const version_rows& rows) mutable {
                            if (std::exchange(planned, true)) {
                                return detail::planned<steps>{tl::unexpected{std::string{
                                    "another migrator changed the current version: look at status, "
                                    "then try again"}}};
                            }
                            return detail::plan_redo(files, rows);
                        },
                        [](const sources& files) {
                            return steps{{files.back(), detail::direction::down},
                                         {files.back(), detail::direction::up}};
                        }});
}

migration_report migrator::reset() {
    return state_->run(
        {.plan =
             [](const sources& files, const version_rows& rows) {
                 return detail::planned<steps>{detail::plan_reset(files, rows)};
             },
         .plan_unversioned =
             [](const sources& files) { return detail::plan_down_unversioned(files, 0); },
         .need = table_need::have});
}

result<void> migrator::prepare() {
    return state_->session(detail::deadline_after(state_->options.timeout))
        .enter(state_->options.lock_wait, table_need::make);
}

migration_report migrator::plan() {
    const auto rehearse = std::exchange(state_->options.rehearse, [](std::string_view) {});
    migration_report report = up();
    state_->options.rehearse = rehearse;
    return report;
}

result<std::vector<migration_status>> migrator::status() {
    const auto files = detail::read_folder(state_->folder);
    if (!files) return tl::unexpected{detail::folder_error(files.error())};
    const auto times =
        state_->session(detail::deadline_after(state_->options.timeout)).applied_times();
    if (!times) return tl::unexpected{times.error()};
    std::vector<migration_status> made;
    for (const migration_source& source : *files) {
        const auto found = times->find(source.version);
        const bool is_applied = found != times->end();
        made.push_back({source.version, source.name, is_applied ? found->second : "", is_applied});
    }
    return made;
}

result<std::int64_t> migrator::version() {
    auto session = state_->session(detail::deadline_after(state_->options.timeout));
    if (auto found = session.look(); !found) return tl::unexpected{std::move(found.error())};
    if (session.table().name.empty()) return 0;
    const auto current = detail::current_version(session.rows());
    if (current) return *current;
    return fail(errc::migration,
                "no next version found: the version table has no row that is applied");
}

}  // namespace honeydue
