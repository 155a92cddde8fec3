// SPDX-License-Identifier: MIT
// Running one migration file: see the header.
#include "migration_runner.hpp"

#include <array>
#include <fstream>
#include <utility>

#include <fmt/format.h>

#include "migration_sql.hpp"
#include "migration_text.hpp"

namespace honeydue::detail {
namespace {

/// Undoes SET, SET ROLE and SET SESSION AUTHORIZATION, which outlive a file. Once its transaction
/// is over: one that begins together with the reset still has the file's isolation level.
std::array<statement, 2> resets() {
    return {runtime("set session authorization default"), runtime("reset all")};
}

std::string join(const std::string& folder, const std::string& name) {
    return folder.empty() || folder.ends_with('/') ? folder + name : folder + "/" + name;
}

/// Hands a file to a reader part by part, and what it completes to `sink`.
template <class Sink>
migration_parsed<void> read_parts(std::istream& from, migration_reader& reader, Sink&& sink) {
    std::string part(std::size_t{1} << 16U, '\0');
    while (from.read(part.data(), static_cast<std::streamsize>(part.size())) || from.gcount() > 0) {
        const std::string_view bytes{part.data(), static_cast<std::size_t>(from.gcount())};
        if (auto fed = reader.feed(bytes); !fed) return fed;
        for (migration_statement& made : reader.take()) {
            if (!sink(std::move(made))) return {};
        }
    }
    if (auto ended = reader.finish(); !ended) return ended;
    for (migration_statement& made : reader.take()) {
        if (!sink(std::move(made))) return {};
    }
    return {};
}

error error_of(const migration_fault& fault) {
    return error{errc::file,
                 fault.cure.empty() ? fault.message : fault.message + "; " + fault.cure};
}

}  // namespace

tl::expected<std::size_t, migration_failure> migration_runner::run(const migration_step& step) {
    step_ = step;
    queue_.clear();
    lines_.clear();
    bytes_ = kept_ = 0;
    one_at_a_time_ = false;
    const auto file = inspect();
    if (!file) return tl::unexpected{file.error()};
    auto done = file->in_transaction ? run_in_transaction(*file) : run_one_by_one(*file);
    if (!done) return tl::unexpected{std::move(done.error())};
    return file->count;
}

tl::expected<inspected_file, migration_failure> migration_runner::inspect() const {
    if (step_.source.name.ends_with(".go")) {
        return tl::unexpected{failure(
            error{errc::file, "a Go migration runs only in the Go program it is compiled into"})};
    }
    std::ifstream from{path(), std::ios::binary};
    if (!from) {
        return tl::unexpected{failure(error{errc::file,
                                            "cannot be read: check that it is a file "
                                            "and who may read it"})};
    }
    migration_reader reader{step_.way, setting_.how, process_environment};
    inspected_file file;
    std::size_t bytes = 0;
    const auto read = read_parts(from, reader, [&](migration_statement&& made) {
        ++file.count;
        bytes += made.text.size();
        file.is_kept = file.is_kept && bytes <= group_size;
        if (file.is_kept) file.statements.push_back(std::move(made));
        return true;
    });
    if (!read) return tl::unexpected{failure(error_of(read.error()), read.error().line)};
    if (from.bad()) return tl::unexpected{failure(error{errc::file, "reading it failed half-way"})};
    file.in_transaction = reader.in_transaction();
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
    std::ifstream from{path(), std::ios::binary};
    migration_reader reader{step_.way, setting_.how, process_environment};
    const auto read = read_parts(from, reader, [&](migration_statement&& next) {
        done = sink(next);
        return done.has_value();
    });
    if (!read) return tl::unexpected{settle(error_of(read.error()))};
    return done;
}

auto migration_runner::run_in_transaction(const inspected_file& file) -> outcome_of_run {
    open_transaction();
    if (auto done =
            each_statement(file, [this](const migration_statement& next) { return add(next); });
        !done) {
        return done;
    }
    return commit();
}

void migration_runner::open_transaction() {
    queue(runtime("begin"));
    if (setting_.lock_timeout.count() > 0) queue(limit_lock_waits(setting_.lock_timeout));
    queue(lock_rows(table_));
    queue(check_still_planned(table_, step_));
    if (table_.is_table && !table_.has_unique_version) queue(add_unique_version(table_));
}

auto migration_runner::add(const migration_statement& next) -> outcome_of_run {
    for (const sql_piece& piece : cut_statements(next.text).pieces) {
        const std::size_t line = next.line + piece.line;
        if (piece.text.find('\0') != std::string_view::npos) {
            return tl::unexpected{settle(
                error{errc::file,
                      fmt::format("line {}: a NUL byte, which PostgreSQL cannot hold", line)})};
        }
        queue(runtime(std::string{piece.text}), line);
        bytes_ += piece.text.size();
        // After a COMMIT of the file's own, goose's statements stand alone.
        one_at_a_time_ = one_at_a_time_ || control_of(piece.text) != transaction_control::none;
        if (bytes_ < group_size && !one_at_a_time_) continue;
        if (auto sent = flush(); !sent) return sent;
    }
    return {};
}

auto migration_runner::commit() -> outcome_of_run {
    queue(write_row(table_, step_));
    queue(runtime("commit"));
    for (const statement& reset : resets())
        queue(reset);
    if (auto sent = flush(); !sent) return sent;
    table_.has_unique_version = true;
    return {};
}

auto migration_runner::run_one_by_one(const inspected_file& file) -> outcome_of_run {
    queue(check_still_planned(table_, step_));
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
    queue(write_row(table_, step_));
    for (const statement& reset : resets())
        queue(reset);
    return flush();
}

auto migration_runner::flush() -> outcome_of_run {
    if (queue_.empty()) return {};
    const auto answer = on_.run(queue_, {.until = setting_.until});
    if (!answer) return tl::unexpected{settle(answer.error())};
    queue_.clear();
    lines_.clear();
    bytes_ = 0;
    return {};
}

/// Rolls back what is open, and says which statement it was.
migration_failure migration_runner::settle(error why) {
    std::vector<statement> closing;
    if (on_.state() == session_state::in_transaction ||
        on_.state() == session_state::failed_transaction) {
        closing.push_back(runtime("rollback"));
    }
    for (const statement& reset : resets())
        closing.push_back(reset);
    // Should this fail, the connection is lost, and with it what there was to undo.
    [[maybe_unused]] const auto closed = on_.run(closing);
    const std::size_t at = queue_.size() == 1 ? 1 : why.statement();
    if (at == 0 || at > lines_.size() || lines_[at - 1] == 0) return failure(std::move(why));
    return failure(std::move(why), lines_[at - 1], std::string{queue_[at - 1].text()});
}

migration_failure migration_runner::failure(error why, std::size_t line, std::string text) const {
    std::string where = step_.source.name;
    if (line > 0) where += ":" + std::to_string(line);
    return {step_.source.version,          step_.source.name, line, std::move(text), kept_,
            std::move(why).in(where).at(0)};
}

std::string migration_runner::path() const { return join(setting_.folder, step_.source.name); }

}  // namespace honeydue::detail
