// SPDX-License-Identifier: MIT
// Running one migration file: see the header.
#include "migration_runner.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "migration_sql.hpp"
#include "migration_wire.hpp"

namespace honeydue::detail {

tl::expected<file_outline, migration_failure> migration_runner::run(const migration_step& step) {
    step_ = step;
    queue_.clear();
    origins_.clear();
    bytes_ = kept_ = 0;
    one_at_a_time_ = false;
    const auto file = inspect();
    if (!file) return tl::unexpected{file.error()};
    const bool had_companion = table_.has_companion;
    auto done = file->outline.in_transaction ? run_in_transaction(*file) : run_one_by_one(*file);
    if (done) return file->outline;
    table_.has_companion = had_companion;
    if (index_tells(*file)) or_another_was_faster(done.error());
    return tl::unexpected{std::move(done.error())};
}

/// Whether the version row, refused by the unique index, undoes all of a file that another
/// migrator has applied: then nothing is asked before it.
bool migration_runner::index_tells(const inspected_file& file) const noexcept {
    return step_.way == direction::up && file.outline.in_transaction && file.is_kept &&
           setting_.how == reading::strict && table_.has_unique_version;
}

/// A file that another has applied fails as it may: at its first statement, or at the index.
void migration_runner::or_another_was_faster(migration_failure& failed) const {
    if (setting_.rehearse || !keeps_versions() || failed.why.sqlstate().empty()) return;
    auto looked = on_.run(check_still_planned(table_, step_), {.until = setting_.until});
    if (!looked && is_no_longer_planned(looked.error())) failed.why = std::move(looked.error());
}

tl::expected<inspected_file, migration_failure> migration_runner::inspect() const {
    if (step_.source.name.ends_with(".go")) {
        auto failed = failure(
            error{errc::file, "a Go migration runs only in the Go program it is compiled into"},
            {migration_stage::opening, 0});
        failed.in_goose_words =
            "ERROR " + path() +
            ": failed to run Go migration: Go functions must be registered and built into a custom "
            "binary (see https://github.com/pressly/goose/tree/master/examples/go-migrations)";
        return tl::unexpected{std::move(failed)};
    }
    inspected_file file;
    std::size_t bytes = 0;
    auto read = read_file(path(), step_.way, setting_.how, [&](migration_statement&& made) {
        bytes += made.text.size();
        file.is_kept = file.is_kept && bytes <= group_size;
        if (file.is_kept) {
            file.statements.push_back(std::move(made));
        } else {
            file.statements.clear();
        }
        return true;
    });
    if (!read) return tl::unexpected{unreadable(read.error())};
    file.outline = std::move(*read);
    return file;
}

template <class Sink>
auto migration_runner::each_statement(const inspected_file& file, Sink&& sink) -> outcome_of_run {
    outcome_of_run done;
    if (file.is_kept) {
        for (const migration_statement& next : file.statements) {
            if (done = sink(next); !done) return done;
        }
        return done;
    }
    const auto read =
        read_file(path(), step_.way, setting_.how, [&](const migration_statement& next) {
            done = sink(next);
            return done.has_value();
        });
    if (read) return done;
    auto failed = settle(error{errc::file, read.error().message});
    failed.in_goose_words = unreadable(read.error()).in_goose_words;
    return tl::unexpected{std::move(failed)};
}

auto migration_runner::run_in_transaction(const inspected_file& file) -> outcome_of_run {
    open_transaction(file);
    if (auto done =
            each_statement(file, [this](const migration_statement& next) { return add(next); });
        !done) {
        return done;
    }
    return commit(file);
}

void migration_runner::open_transaction(const inspected_file& file) {
    constexpr origin ours{migration_stage::beginning, 0};
    queue(runtime("begin"), ours);
    if (setting_.lock_timeout.count() > 0) queue(limit_lock_waits(setting_.lock_timeout), ours);
    if (!keeps_versions()) return;
    queue(lock_rows(table_), ours);
    if (!index_tells(file)) queue(check_still_planned(table_, step_), ours);
    if (table_.lacks_unique_version()) queue(add_unique_version(table_), ours);
    make_companion();
}

/// In the file's transaction, or in the one that its row is written in.
void migration_runner::make_companion() {
    if (table_.has_companion || !table_.may_have_companion) return;
    queue(create_companion(table_), {migration_stage::beginning, 0});
    table_.has_companion = true;
}

auto migration_runner::add(const migration_statement& next) -> outcome_of_run {
    if (const auto nul = next.text.find('\0'); nul != std::string::npos) {
        // What stands above may fail first, and is then what is told.
        if (auto sent = flush(); !sent) return sent;
        const std::string_view before = std::string_view{next.text}.substr(0, nul);
        const auto below = std::count(before.begin(), before.end(), '\n');
        return tl::unexpected{settle(
            error{errc::file, fmt::format("line {}: a NUL byte, which PostgreSQL cannot hold",
                                          next.line + static_cast<std::size_t>(below))})};
    }
    for (const sql_piece& piece : cut_statements(next.text).pieces) {
        const origin from{migration_stage::running, next.line + piece.line};
        // Whether it is right, and may stand where it does, the server says, as it does to goose.
        queue(statement{std::string{piece.text}, {}, {}}, from);
        bytes_ += piece.text.size();
        // After a COMMIT of the file's own, goose's statements stand alone.
        one_at_a_time_ = one_at_a_time_ || control_of(piece.text) != transaction_control::none;
        if (bytes_ < group_size && !one_at_a_time_) continue;
        if (auto sent = flush(); !sent) return sent;
    }
    return {};
}

void migration_runner::record(const inspected_file& file, std::chrono::microseconds took) {
    if (!keeps_versions()) return;
    make_companion();
    const applied_file applied{step_.source.name, file.outline.checksum, took};
    for (statement& one : write_row(table_, step_, applied))
        queue(std::move(one), {migration_stage::recording, 0});
}

/// Undoes SET, SET ROLE and SET SESSION AUTHORIZATION, which outlive a file. Once its transaction
/// is over: one that begins together with the reset still has the file's isolation level.
void migration_runner::reset_settings() {
    queue(runtime("set session authorization default"), {migration_stage::committing, 0});
    queue(runtime("reset all"), {migration_stage::committing, 0});
}

auto migration_runner::commit(const inspected_file& file) -> outcome_of_run {
    record(file, std::chrono::microseconds{-1});
    queue(runtime("commit"), {migration_stage::committing, 0});
    reset_settings();
    if (auto sent = flush(); !sent) return sent;
    if (keeps_versions() && table_.lacks_unique_version()) table_.has_unique_version = true;
    return {};
}

auto migration_runner::run_one_by_one(const inspected_file& file) -> outcome_of_run {
    const auto began = std::chrono::steady_clock::now();
    if (keeps_versions()) queue(check_still_planned(table_, step_), {});
    if (auto sent = flush(); !sent) return sent;
    auto done = each_statement(file, [this](const migration_statement& next) -> outcome_of_run {
        if (auto added = add(next); !added) return added;
        if (auto sent = flush(); !sent) return sent;
        ++kept_;
        return {};
    });
    if (!done) return done;
    if (on_.state() == session_state::in_transaction) {
        kept_ = 0;
        return tl::unexpected{settle(error{errc::migration,
                                           "BEGIN without COMMIT: what followed it is rolled back; "
                                           "take BEGIN away, or NO TRANSACTION"})};
    }
    const auto took = std::chrono::steady_clock::now() - began;
    record(file, std::chrono::duration_cast<std::chrono::microseconds>(took));
    reset_settings();
    return flush();
}

auto migration_runner::flush() -> outcome_of_run {
    if (queue_.empty()) return {};
    if (setting_.rehearse) {
        rehearse();
    } else if (const auto answer = run_until_stopped(on_, queue_, setting_.until, setting_.stop);
               !answer) {
        return tl::unexpected{settle(answer.error())};
    }
    queue_.clear();
    origins_.clear();
    bytes_ = 0;
    return {};
}

/// Our own statements carry parameters: the row is told with its value, the rest is left out.
void migration_runner::rehearse() {
    bool has_told_row = false;
    for (std::size_t i = 0; i < queue_.size(); ++i) {
        const std::string_view text = queue_[i].text();
        if (origins_[i].line > 0 || text.find("$1") == std::string_view::npos) {
            setting_.rehearse(text);
        } else if (origins_[i].stage == migration_stage::recording && !has_told_row) {
            setting_.rehearse(row_as_text(table_, step_));
            has_told_row = true;
        }
    }
}

/// Rolls back what is open, and says which statement it was.
migration_failure migration_runner::settle(error why) {
    std::vector<statement> closing;
    if (on_.state() == session_state::in_transaction ||
        on_.state() == session_state::failed_transaction) {
        closing.push_back(runtime("rollback"));
    }
    const std::vector<origin> origins = std::exchange(origins_, {});
    std::vector<statement> failed = std::exchange(queue_, {});
    reset_settings();
    for (statement& reset : queue_)
        closing.push_back(std::move(reset));
    queue_.clear();
    origins_.clear();
    // Should this fail, the connection is lost, and with it what there was to undo.
    if (!setting_.rehearse) {
        [[maybe_unused]] const auto closed = on_.run(closing);
    }
    const std::size_t at = failed.size() == 1 ? 1 : why.statement();
    if (at == 0 || at > origins.size()) {
        return failure(std::move(why), {migration_stage::running, 0});
    }
    const origin from = origins[at - 1];
    return failure(std::move(why), from,
                   from.line > 0 ? std::string{failed[at - 1].text()} : std::string{});
}

migration_failure migration_runner::failure(error why, origin from, std::string text) const {
    std::string where = step_.source.name;
    if (from.line > 0) where += ":" + std::to_string(from.line);
    std::string words = goose_words(from.stage, step_, goose_error(why), sent_by_goose(from.line));
    return {step_.source.version,           step_.source.name, from.line, std::move(text), kept_,
            std::move(why).in(where).at(0), std::move(words)};
}

migration_failure migration_runner::unreadable(const migration_fault& fault) const {
    const bool is_disk = fault.message.starts_with("open ");
    const auto stage = is_disk ? migration_stage::opening : migration_stage::reading;
    error why{errc::file, fault.cure.empty() ? fault.message : fault.message + "; " + fault.cure};
    auto failed = failure(std::move(why), {stage, fault.line});
    failed.in_goose_words = goose_words(stage, step_, fault.message);
    return failed;
}

/// The text that the statement at `line` is a part of; goose sends a block as one.
std::string migration_runner::sent_by_goose(std::size_t line) const {
    std::string found;
    if (line == 0) return found;
    [[maybe_unused]] const auto read =
        read_file(path(), step_.way, setting_.how, [&](migration_statement&& next) {
            if (next.line > line) return false;
            found = std::move(next.text);
            return true;
        });
    return found;
}

}  // namespace honeydue::detail
