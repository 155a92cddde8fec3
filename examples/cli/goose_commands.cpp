// SPDX-License-Identifier: MIT
// goose's commands: see the header.
#include "goose_commands.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <vector>

#include <fmt/format.h>

#include <honeydue/migration.hpp>

#include "goose_target.hpp"
#include "migration_folder.hpp"
#include "migration_words.hpp"

namespace cli {
namespace {

namespace hd = honeydue;
using sources = std::vector<hd::detail::migration_source>;

constexpr std::array<std::string_view, 9> goose_commands = {
    "up", "up-by-one", "up-to", "down", "down-to", "redo", "reset", "status", "version"};

tl::unexpected<std::string> refuse(std::string words) { return tl::unexpected{std::move(words)}; }

std::string number(std::int64_t value) { return std::to_string(value); }

/// -v: what goose tells of a file, told when it is done.
class narrator {
public:
    explicit narrator(const goose_settings& how) : how_{how} {}

    void tell(const std::string& file, hd::migration_way way,
              const hd::migration_failure* failed) const {
        using namespace hd::detail;
        std::vector<migration_statement> statements;
        const auto read = read_file(
            path_in(how_.folder, file),
            way == hd::migration_way::up ? direction::up : direction::down, reading::compatible,
            [&statements](migration_statement&& one) {
                statements.push_back(std::move(one));
                return true;
            },
            [this](std::string_view line) {
                how_.log(line.starts_with("StateMachine: ") ? grey(line) : std::string{line});
            });
        if (!read) return;
        tell_run(statements, read->in_transaction, failed);
    }

private:
    void tell_run(const std::vector<hd::detail::migration_statement>& statements,
                  bool in_transaction, const hd::migration_failure* failed) const {
        if (in_transaction) how_.log(maybe_grey("Begin transaction"));
        for (const auto& one : statements) {
            if (failed != nullptr && failed->line > 0 && one.line > failed->line) break;
            how_.log(maybe_grey("Executing statement: " + hd::detail::cleared(one.text) +
                                (in_transaction ? "\n" : "")));
        }
        if (!in_transaction) return;
        const bool is_rolled_back = failed != nullptr && failed->line > 0;
        how_.log(maybe_grey(is_rolled_back ? "Rollback transaction" : "Commit transaction"));
    }

    static std::string grey(std::string_view text) {
        return "\033[90m" + std::string{text} + "\033[00m";
    }
    [[nodiscard]] std::string maybe_grey(const std::string& text) const {
        return how_.is_colorless ? text : grey(text);
    }

    const goose_settings& how_;
};

class goose_run {
public:
    goose_run(const goose_request& wanted, const goose_settings& how)
        : wanted_{wanted}, how_{how}, narrator_{how} {}

    goose_outcome run(std::string_view dbstring) {
        if (auto read = read_files(); !read) return read;
        if (how_.ignores_versions && is("status")) return tell_unversioned_status();
        if (how_.ignores_versions && is("version")) {
            how_.log("goose: file version " + number(files_.empty() ? 0 : files_.back().version));
            return {};
        }
        auto opened = open(dbstring);
        if (!opened) return refuse(hd::explain(opened.error()));
        if (is("status")) return status(*opened);
        if (is("version")) return version(*opened);
        const hd::migration_report report = work(*opened);
        if (report.failed) return refuse(words_of(report));
        return tell_end(report);
    }

private:
    [[nodiscard]] bool is(std::string_view command) const { return wanted_.command == command; }
    [[nodiscard]] bool goes_up() const { return wanted_.command.starts_with("up"); }

    /// goose looks at the folder before the database, but for `version`.
    goose_outcome read_files() {
        if (is("version") && !how_.ignores_versions) return {};
        auto read = hd::detail::read_folder(
            how_.folder, is("up-to") ? wanted_.version : std::numeric_limits<std::int64_t>::max());
        if (read) {
            files_ = std::move(*read);
            return {};
        }
        const bool is_wrapped = is("status") || is("reset") || is("version");
        return refuse((is_wrapped ? "failed to collect migrations: " : "") + read.error());
    }

    [[nodiscard]] hd::result<hd::migrator> open(std::string_view dbstring) {
        const auto targets = goose_targets(dbstring);
        if (!targets) return tl::unexpected{targets.error()};
        for (std::size_t i = 0;; ++i) {
            auto opened = hd::migrator::open((*targets)[i], how_.folder, options());
            const bool is_last = i + 1 == targets->size();
            if (opened || is_last ||
                (opened.error().code() != hd::errc::tls &&
                 opened.error().code() != hd::errc::connect)) {
                return opened;
            }
        }
    }

    [[nodiscard]] hd::migration_options options() {
        hd::migration_options made;
        made.table = how_.table;
        made.timeout = how_.timeout;
        made.stop = how_.stop;
        if (how_.allows_missing) made.out_of_order = hd::out_of_order::apply;
        if (how_.ignores_versions) made.versions = hd::version_keeping::ignored;
        if (how_.is_compatible) made.reading = hd::migration_reading::compatible;
        made.on_done = [this](const hd::migration_done& done) {
            if (how_.is_verbose) narrator_.tell(done.file, done.way, nullptr);
            how_.log(fmt::format("{} {} ({})", done.statements > 0 ? "OK  " : "EMPTY", done.file,
                                 goose_duration(done.took)));
        };
        return made;
    }

    [[nodiscard]] hd::migration_report work(hd::migrator& by) const {
        if (is("up")) return by.up();
        if (is("up-by-one")) return by.up_by_one();
        if (is("up-to")) return by.up_to(wanted_.version);
        if (is("down")) return by.down();
        if (is("down-to")) return by.down_to(wanted_.version);
        return is("redo") ? by.redo() : by.reset();
    }

    std::string words_of(const hd::migration_report& report) {
        const hd::migration_failure& failed = *report.failed;
        if (how_.is_verbose && !failed.file.empty()) {
            const bool was_up = goes_up() || (is("redo") && !report.applied.empty());
            narrator_.tell(failed.file, was_up ? hd::migration_way::up : hd::migration_way::down,
                           &failed);
        }
        const std::string& words = failed.in_goose_words;
        constexpr std::string_view gone = "migration file not found for current version";
        if (words.starts_with(gone)) {
            how_.log("goose: " + words);
            return words.substr(words.rfind(": ") + 2);
        }
        if (!is("reset") || how_.ignores_versions) return words;
        return (failed.file.empty() ? "failed to get status of migrations: "
                                    : "failed to db-down: ") +
               words;
    }

    goose_outcome tell_end(const hd::migration_report& report) const {
        if (how_.ignores_versions) return tell_unversioned_end(report);
        const std::string idle =
            "goose: no migrations to run. current version: " + number(report.current);
        if (is("down-to")) how_.log(idle);
        if (!goes_up()) return {};
        if (report.applied.empty()) {
            how_.log(idle);
            if (is("up-by-one")) return refuse("no next version found");
        } else if (!is("up-by-one")) {
            how_.log("goose: successfully migrated database to version: " +
                     number(report.applied.back().version));
        }
        return {};
    }

    goose_outcome tell_unversioned_end(const hd::migration_report& report) const {
        if (is("redo")) return {};
        if (goes_up()) {
            how_.log("goose: up to current file version: " +
                     number(report.applied.empty() ? 0 : report.applied.back().version));
            return {};
        }
        std::int64_t left = 0;
        const std::int64_t target = is("down") ? files_.back().version - 1 : wanted_.version;
        for (const auto& file : files_) {
            if (file.version <= target) left = file.version;
        }
        how_.log("goose: down to current file version: " + number(left));
        return {};
    }

    void tell_status_line(std::string_view when, const std::string& file) const {
        how_.log(fmt::format("    {:<24} -- {}", when, file));
    }
    void tell_status_head() const {
        how_.log("    Applied At                  Migration");
        how_.log("    =======================================");
    }

    goose_outcome tell_unversioned_status() const {
        tell_status_head();
        for (const auto& file : files_)
            tell_status_line("no versioning", file.name);
        return {};
    }

    goose_outcome status(hd::migrator& by) const {
        const auto refuse_with = [](const hd::error& why) {
            return refuse("failed to ensure DB version: " + hd::detail::goose_error(why));
        };
        if (auto made = by.prepare(); !made) return refuse_with(made.error());
        if (auto current = by.version(); !current) {
            return refuse(no_version("failed to ensure DB version: ", current.error()));
        }
        const auto files = by.status();
        if (!files) return refuse_with(files.error());
        tell_status_head();
        for (const hd::migration_status& one : *files) {
            const bool has_time = one.is_applied && !one.applied_at.empty();
            tell_status_line(
                has_time ? goose_time(one.applied_at) : (one.is_applied ? "Applied" : "Pending"),
                one.file);
        }
        return {};
    }

    goose_outcome version(hd::migrator& by) const {
        if (auto made = by.prepare(); !made) return refuse(hd::detail::goose_error(made.error()));
        const auto current = by.version();
        if (!current) return refuse(no_version("", current.error()));
        how_.log("goose: version " + number(*current));
        return {};
    }

    static std::string no_version(std::string_view where, const hd::error& why) {
        const bool is_empty = why.code() == hd::errc::migration;
        return std::string{where} +
               (is_empty ? "no next version found" : hd::detail::goose_error(why));
    }

    const goose_request& wanted_;
    const goose_settings& how_;
    narrator narrator_;
    sources files_;
};

}  // namespace

bool is_goose_command(std::string_view word) {
    return std::ranges::find(goose_commands, word) != goose_commands.end();
}

std::string goose_duration(std::chrono::nanoseconds took) {
    using namespace std::chrono_literals;
    std::int64_t count = took.count();
    for (const std::int64_t unit : {1'000'000'000LL, 1'000'000LL, 1'000LL}) {
        if (count <= unit) continue;
        const std::int64_t step = unit / 100;
        count = (count + step / 2) / step * step;
        break;
    }
    if (count < 1'000) return fmt::format("{}ns", count);
    if (count < 1'000'000) return fmt::format("{}µs", static_cast<double>(count) / 1e3);
    if (count < 1'000'000'000) return fmt::format("{}ms", static_cast<double>(count) / 1e6);
    const std::int64_t minutes = count / 60'000'000'000;
    const double seconds = static_cast<double>(count % 60'000'000'000) / 1e9;
    if (minutes == 0) return fmt::format("{}s", seconds);
    if (minutes < 60) return fmt::format("{}m{}s", minutes, seconds);
    return fmt::format("{}h{}m{}s", minutes / 60, minutes % 60, seconds);
}

std::string goose_time(std::string_view wall_time) {
    constexpr std::array<std::string_view, 7> days = {"Sun", "Mon", "Tue", "Wed",
                                                      "Thu", "Fri", "Sat"};
    constexpr std::array<std::string_view, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto part = [wall_time](std::size_t at, std::size_t size) {
        unsigned value = 0;
        std::from_chars(wall_time.data() + at, wall_time.data() + at + size, value);
        return value;
    };
    if (wall_time.size() < 19) return std::string{wall_time};
    const unsigned month = part(5, 2);
    const std::chrono::year_month_day day{std::chrono::year{static_cast<int>(part(0, 4))},
                                          std::chrono::month{month}, std::chrono::day{part(8, 2)}};
    if (!day.ok()) return std::string{wall_time};
    const std::chrono::weekday of_week{std::chrono::sys_days{day}};
    return fmt::format("{} {} {:>2} {} {}", days[of_week.c_encoding()], months[month - 1],
                       part(8, 2), wall_time.substr(11, 8), part(0, 4));
}

goose_outcome run_command(const goose_request& wanted, std::string_view dbstring,
                          const goose_settings& how) {
    return goose_run{wanted, how}.run(dbstring);
}

}  // namespace cli
