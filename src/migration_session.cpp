// SPDX-License-Identifier: MIT
// A command's stay on the database: see the header.
#include "migration_session.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "migration_wire.hpp"

namespace honeydue::detail {
namespace {

using clock = std::chrono::steady_clock;

statement ask_process() { return runtime("select pg_catalog.pg_backend_pid()"); }

statement ask_lock_held() {
    return runtime(
        "select exists (select from pg_catalog.pg_locks where locktype = 'advisory'"
        " and pid = pg_catalog.pg_backend_pid() and objsubid = 1 and classid::int8 = 0"
        " and objid::int8 = $1)",
        goose_lock);
}

template <class T>
result<T> only(const honeydue::rows& received) {
    auto read = decode<std::tuple<T>>(received);
    if (!read) return tl::unexpected{std::move(read.error())};
    if (read->size() == 1) return std::get<0>(read->front());
    return fail(errc::protocol, fmt::format("{} rows where one was asked for", read->size()));
}

bool has_duplicates(const version_rows& rows) {
    std::set<std::int64_t> seen;
    return std::any_of(rows.begin(), rows.end(), [&seen](const version_row& row) {
        return !seen.insert(row.version).second;
    });
}

}  // namespace

migration_session::migration_session(connection& on, const endpoint& to, std::string table,
                                     deadline until, std::stop_token stop)
    : on_{on}, to_{to}, name_{std::move(table)}, until_{until}, stop_{std::move(stop)} {}

migration_session::~migration_session() {
    if (!holds_locks_) return;
    if (on_.state() != session_state::idle) {
        end_server_process();
        return;
    }
    // Should this fail, the server releases them with the connection.
    [[maybe_unused]] const auto released = on_.run(release_locks());
}

/// Only while it holds our lock: its number may be another's by now.
/// Waits until it is gone: who runs the command again at once finds nothing of it.
void migration_session::end_server_process() const {
    using namespace std::chrono_literals;
    const deadline soon = clock::now() + 5s;
    auto second = connection::open(to_, soon);
    if (!second) return;
    [[maybe_unused]] const auto ended = second->run(
        runtime("select pg_catalog.pg_terminate_backend(l.pid, 3000) from pg_catalog.pg_locks l"
                " join pg_catalog.pg_database d on d.oid = l.database"
                " where l.pid = $1 and l.locktype = 'advisory' and l.objid::int8 = $2"
                " and d.datname = pg_catalog.current_database()",
                server_process_, goose_lock),
        {.until = soon});
}

result<void> migration_session::enter(std::chrono::milliseconds wait, table_need need) {
    if (auto locked = take_locks(wait); !locked || need == table_need::do_without) return locked;
    return table_.name.empty() && need == table_need::make ? create() : read();
}

result<void> migration_session::take_locks(std::chrono::milliseconds wait) {
    using namespace std::chrono_literals;
    const auto last_try = clock::now() + wait;
    auto pause = std::chrono::milliseconds{50};
    while (true) {
        const auto entered = try_enter();
        if (!entered) return tl::unexpected{entered.error()};
        if (*entered) return {};
        if (clock::now() + pause > std::min(last_try, until_)) {
            return fail(errc::migration,
                        fmt::format("another migrator is at work and was still after {} ms: wait "
                                    "for it, or raise lock_wait",
                                    wait.count()));
        }
        if (!pause_unless_stopped(pause, stop_)) return fail(errc::deadline, "stopped as asked");
        pause = std::min<std::chrono::milliseconds>(2 * pause, 1s);
    }
}

/// True when the locks are held.
result<bool> migration_session::try_enter() {
    const std::array group{ask_process(), try_locks(), find_table(name_)};
    const auto answer = run_until_stopped(on_, group, until_, stop_);
    if (!answer) return tl::unexpected{answer.error()};
    const auto server_process = only<std::int32_t>((*answer)[0]);
    const auto locked = only<bool>((*answer)[1]);
    auto found = read_table((*answer)[2]);
    if (!server_process) return tl::unexpected{server_process.error()};
    if (!locked) return tl::unexpected{locked.error()};
    if (!found) return tl::unexpected{std::move(found.error())};
    table_ = std::move(*found);
    holds_locks_ = *locked;
    server_process_ = *server_process;
    if (holds_locks_ && server_process_ != on_.process()) {
        if (auto straight = refuse_pooler(); !straight) {
            return tl::unexpected{std::move(straight.error())};
        }
    }
    return *locked;
}

/// There is something in between, for it invents process numbers. In session mode it does no harm.
/// In transaction mode a second client gets the server process that holds our locks, or we lose it.
result<void> migration_session::refuse_pooler() {
    auto second = connection::open(to_, until_);
    if (!second) return tl::unexpected{std::move(second.error())};
    const std::array pin{runtime("begin"), ask_process()};
    const auto theirs = second->run(pin, {.until = until_});
    if (!theirs) return tl::unexpected{theirs.error()};
    const auto their_process = only<std::int32_t>((*theirs)[1]);
    const std::array look{ask_process(), ask_lock_held()};
    const auto ours = on_.run(look, {.until = until_});
    if (!ours) return tl::unexpected{ours.error()};
    const auto our_process = only<std::int32_t>((*ours)[0]);
    const auto still_held = only<bool>((*ours)[1]);
    const bool is_shared = !their_process || *their_process == server_process_ || !our_process ||
                           *our_process != server_process_ || !still_held || !*still_held;
    const std::array give_back{release_locks(), runtime("rollback")};
    if (is_shared) {
        holds_locks_ = false;
        [[maybe_unused]] const auto released = second->run(give_back, {.until = until_});
        return fail(errc::refused,
                    fmt::format("{} is a pooler in transaction mode, where a migration's locks and "
                                "settings are lost: set DB_HOST (or the URL) to the server itself",
                                to_.host));
    }
    return {};
}

result<void> migration_session::find() {
    const auto found = on_.run(find_table(name_), {.until = until_});
    if (!found) return tl::unexpected{found.error()};
    auto table = read_table(*found);
    if (!table) return tl::unexpected{std::move(table.error())};
    table_ = std::move(*table);
    return {};
}

/// A goose that knows no lock may create it at the same moment: then ours fails, and theirs is
/// taken.
result<void> migration_session::create() {
    const auto made = on_.run(create_table(name_), {.until = until_});
    if (!made && made.error().sqlstate().empty()) return tl::unexpected{made.error()};
    if (auto found = find(); !found) return found;
    if (table_.name.empty()) {
        if (!made) return tl::unexpected{made.error()};
        return fail(errc::migration,
                    fmt::format("table {} was created and cannot be found: put its schema on "
                                "search_path, or name it",
                                name_));
    }
    return read();
}

result<void> migration_session::look() {
    if (auto found = find(); !found) return found;
    return table_.name.empty() ? result<void>{} : read();
}

result<void> migration_session::look_or_pretend() {
    if (auto looked = look(); !looked || !table_.name.empty()) return looked;
    table_ = {name_, true, false, name_ + "_honeydue", false, !name_.ends_with('"')};
    rows_ = {{0, true}};
    return {};
}

/// A table that is not there is asked for by its plain name, for the server's own words.
result<void> migration_session::read() {
    const bool is_missing = table_.name.empty();
    const auto listed =
        on_.run(list_rows(is_missing ? version_table{.name = name_} : table_), {.until = until_});
    if (!listed) return tl::unexpected{listed.error()};
    auto rows = read_rows(*listed);
    if (!rows) return tl::unexpected{std::move(rows.error())};
    rows_ = std::move(*rows);
    table_.has_version_twice = has_duplicates(rows_);
    return {};
}

result<std::vector<remembered_file>> migration_session::remembered() {
    if (!table_.has_companion || !table_.may_have_companion) return std::vector<remembered_file>{};
    const auto listed = on_.run(list_companion(table_), {.until = until_});
    if (!listed) return tl::unexpected{listed.error()};
    return read_companion(*listed);
}

result<std::map<std::int64_t, std::string>> migration_session::applied_times() {
    std::map<std::int64_t, std::string> times;
    if (auto found = find(); !found) return tl::unexpected{std::move(found.error())};
    if (table_.name.empty()) return times;
    const auto listed = on_.run(list_applied(table_), {.until = until_});
    if (!listed) return tl::unexpected{listed.error()};
    auto read = decode<std::tuple<std::int64_t, bool, std::string>>(*listed);
    if (!read) return tl::unexpected{std::move(read.error())};
    for (auto& [version, is_applied, time] : *read) {
        if (is_applied) times.emplace(version, std::move(time));
    }
    return times;
}

}  // namespace honeydue::detail
