// SPDX-License-Identifier: MIT
// The migrator's commands: folder, locks, version table, plan, and then one file after another.
#include <honeydue/migration.hpp>

#include <filesystem>
#include <fstream>
#include <limits>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "migration_name.hpp"
#include "migration_plan.hpp"
#include "migration_runner.hpp"
#include "migration_session.hpp"
#include "migration_table.hpp"

namespace honeydue {
namespace {

using detail::migration_source;
using detail::migration_step;
using detail::version_rows;
using steps = std::vector<migration_step>;

/// From the files and the rows to what is to be run.
using planner = std::function<detail::planned<steps>(const std::vector<migration_source>&,
                                                     const version_rows&)>;

deadline deadline_after(std::chrono::milliseconds timeout) {
    if (timeout.count() == 0) return no_deadline;
    return std::chrono::steady_clock::now() + timeout;
}

migration_report stopped(error why) {
    return {{}, migration_failure{0, {}, 0, {}, 0, std::move(why)}};
}

/// What goose's glob *.sql gives, and its Go migrations.
result<std::vector<migration_source>> read_folder(const std::string& folder) {
    namespace fs = std::filesystem;
    std::error_code fault;
    fs::directory_iterator entries{fs::path{folder}, fault};
    if (fault) {
        return fail(errc::file, fmt::format("{} directory does not exist or cannot be read ({}): "
                                            "name the folder with the migrations",
                                            folder, fault.message()));
    }
    std::vector<std::string> names;
    for (; !fault && entries != fs::directory_iterator{}; entries.increment(fault)) {
        std::string name = entries->path().filename().string();
        if (name.ends_with(".sql") || (name.ends_with(".go") && !name.ends_with("_test.go"))) {
            names.push_back(std::move(name));
        }
    }
    if (fault) return fail(errc::file, folder + " could not be read: " + fault.message());
    auto sources = detail::sources_of(std::move(names), folder);
    if (!sources) return fail(errc::file, std::move(sources.error()));
    return std::move(*sources);
}

result<void> check_range(std::string_view field, std::chrono::milliseconds value,
                         std::chrono::milliseconds most) {
    if (value.count() >= 0 && value <= most) return {};
    return fail(errc::configuration,
                fmt::format("{} is {} ms: give 0 to {} ms", field, value.count(), most.count()));
}

result<void> check(const migration_options& options) {
    using namespace std::chrono_literals;
    if (!detail::is_table_name(options.table)) {
        return fail(errc::configuration,
                    fmt::format("table is '{}': give a name, or schema.name, as SQL spells it",
                                options.table));
    }
    if (auto sound = check_range("lock_wait", options.lock_wait, 24h); !sound) return sound;
    if (auto sound = check_range("lock_timeout", options.lock_timeout, 24h); !sound) return sound;
    return check_range("timeout", options.timeout, 7 * 24h);
}

}  // namespace

struct migrator::state {
    endpoint to;
    connection on;
    std::string folder;
    migration_options options;

    [[nodiscard]] migration_report run(const planner& plan);
    [[nodiscard]] bool run_steps(const steps& plan, detail::migration_runner& runner,
                                 migration_report& report) const;
    [[nodiscard]] detail::missing_policy missing() const {
        return options.out_of_order == out_of_order::apply ? detail::missing_policy::apply
                                                           : detail::missing_policy::refuse;
    }
};

/// Plans and runs, and plans again when another migrator, one without our locks, was faster.
migration_report migrator::state::run(const planner& plan) {
    const deadline until = deadline_after(options.timeout);
    const auto sources = read_folder(folder);
    if (!sources) return stopped(sources.error());
    if (sources->empty()) {
        return stopped(error{errc::file, "no migration files found in " + folder});
    }
    detail::migration_session session{on, to, options.table, until};
    if (auto entered = session.enter(options.lock_wait); !entered) {
        return stopped(std::move(entered.error()));
    }
    const auto how = options.reading == migration_reading::strict ? detail::reading::strict
                                                                  : detail::reading::compatible;
    const detail::run_setting setting{folder, how, options.lock_timeout, until};
    detail::migration_runner runner{on, session.table(), setting};
    migration_report report;
    while (true) {
        const auto next = plan(*sources, session.rows());
        if (!next) {
            report.failed = stopped(error{errc::migration, next.error()}).failed;
            return report;
        }
        if (run_steps(*next, runner, report)) return report;
        if (!detail::is_no_longer_planned(report.failed->why)) return report;
        if (auto again = session.read(); !again) return report;
        report.failed.reset();
    }
}

bool migrator::state::run_steps(const steps& plan, detail::migration_runner& runner,
                                migration_report& report) const {
    for (const migration_step& step : plan) {
        const auto began = std::chrono::steady_clock::now();
        const auto ran = runner.run(step);
        if (!ran) {
            report.failed = ran.error();
            return false;
        }
        const auto took = std::chrono::steady_clock::now() - began;
        report.applied.push_back(
            {step.source.version, step.source.name,
             step.way == detail::direction::up ? migration_way::up : migration_way::down, *ran,
             std::chrono::duration_cast<std::chrono::microseconds>(took)});
        if (options.on_done) options.on_done(report.applied.back());
    }
    return true;
}

migrator::migrator(std::unique_ptr<state> opened) noexcept : state_{std::move(opened)} {}
migrator::migrator(migrator&&) noexcept = default;
migrator& migrator::operator=(migrator&&) noexcept = default;
migrator::~migrator() = default;

result<migrator> migrator::open(const endpoint& to, std::string folder, migration_options options) {
    if (auto sound = check(options); !sound) return tl::unexpected{std::move(sound.error())};
    endpoint straight = to.direct();
    auto opened = connection::open(straight, deadline_after(options.timeout));
    if (!opened) return tl::unexpected{std::move(opened.error())};
    return migrator{std::make_unique<state>(
        state{std::move(straight), std::move(*opened), std::move(folder), std::move(options)})};
}

migration_report migrator::up() { return up_to(std::numeric_limits<std::int64_t>::max()); }

migration_report migrator::up_to(std::int64_t version) {
    return state_->run([this, version](const auto& sources, const auto& rows) {
        return detail::plan_up(sources, rows, version, state_->missing(), state_->folder);
    });
}

migration_report migrator::up_by_one() {
    // The plan is made again when another was faster: the first pending file is another one then.
    return state_->run([this](const auto& sources, const auto& rows) {
        auto plan = detail::plan_up(sources, rows, std::numeric_limits<std::int64_t>::max(),
                                    state_->missing(), state_->folder);
        if (plan && plan->size() > 1) plan->resize(1);
        return plan;
    });
}

migration_report migrator::down() {
    return state_->run(
        [](const auto& sources, const auto& rows) { return detail::plan_down(sources, rows); });
}

migration_report migrator::down_to(std::int64_t version) {
    return state_->run([version](const auto& sources, const auto& rows) {
        return detail::plan_down_to(sources, rows, version);
    });
}

migration_report migrator::redo() {
    return state_->run([planned = false](const auto& sources, const auto& rows) mutable {
        if (std::exchange(planned, true)) {
            return detail::planned<steps>{tl::unexpected{std::string{
                "another migrator changed the current version: look at status, then try again"}}};
        }
        return detail::plan_redo(sources, rows);
    });
}

migration_report migrator::reset() {
    return state_->run([](const auto& sources, const auto& rows) {
        return detail::planned<steps>{detail::plan_reset(sources, rows)};
    });
}

result<std::vector<migration_status>> migrator::status() {
    const auto sources = read_folder(state_->folder);
    if (!sources) return tl::unexpected{sources.error()};
    const deadline until = deadline_after(state_->options.timeout);
    detail::migration_session session{state_->on, state_->to, state_->options.table, until};
    const auto times = session.applied_times();
    if (!times) return tl::unexpected{times.error()};
    std::vector<migration_status> made;
    for (const migration_source& source : *sources) {
        const auto found = times->find(source.version);
        const bool is_applied = found != times->end();
        made.push_back({source.version, source.name, is_applied ? found->second : "", is_applied});
    }
    return made;
}

result<std::int64_t> migrator::version() {
    const deadline until = deadline_after(state_->options.timeout);
    detail::migration_session session{state_->on, state_->to, state_->options.table, until};
    if (auto found = session.look(); !found) return tl::unexpected{std::move(found.error())};
    if (session.table().name.empty()) return 0;
    const auto current = detail::current_version(session.rows());
    if (current) return *current;
    return fail(errc::migration,
                "no next version found: the version table has no row that is applied");
}

result<std::string> create_migration(const std::string& folder, std::string_view name) {
    const auto sources = read_folder(folder);
    if (!sources) return tl::unexpected{sources.error()};
    const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    const std::filesystem::path path =
        std::filesystem::path{folder} / detail::next_file_name(*sources, name, now);
    if (std::filesystem::exists(path)) return fail(errc::file, path.string() + " exists already");
    std::ofstream to{path};
    to << "-- +goose Up\n\n-- +goose Down\n";
    if (to.close(); to.fail()) return fail(errc::file, path.string() + " cannot be written");
    return path.string();
}

}  // namespace honeydue
