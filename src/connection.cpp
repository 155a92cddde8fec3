// SPDX-License-Identifier: MIT
// A connection's life: handshake, then one sync group after another. Blocking calls are a poll loop
// around the pump.
#include <honeydue/connection.hpp>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <optional>
#include <string>

#include <fmt/format.h>

#include <honeydue/trace.hpp>

#include "handshake_error.hpp"
#include "likely_database.hpp"
#include "observers.hpp"
#include "session.hpp"

namespace honeydue {

using time_point = std::chrono::steady_clock::time_point;

namespace {

/// Notices go nowhere, but for the one that says the session is over, which may be all that is ever
/// said, and libpq's own, which have no SQLSTATE: the server has said what it should not.
void note(void* session_farewell, const PGresult* notice) {
    server_report report = libpq::report_of(notice);
    if (!libpq::is_fatal(report) && !libpq::state_of(notice).empty()) return;
    auto& farewell = *static_cast<std::optional<error>*>(session_farewell);
    farewell.emplace(errc::connection_lost, libpq::state_of(notice), std::move(report));
}

short events_of(interest wanted) {
    switch (wanted) {
        case interest::read:
            return POLLIN;
        case interest::write:
            return POLLOUT;
        case interest::read_and_write:
            return POLLIN | POLLOUT;
        case interest::nothing:
            break;
    }
    return 0;
}

}  // namespace

result<void> pump(connection& one, int stop) {
    pollfd watched[] = {{one.fd(), events_of(one.wants()), 0}, {stop, POLLIN, 0}};
    const auto before = std::chrono::steady_clock::now();
    ::poll(watched, stop < 0 ? 1 : 2, milliseconds_until(one.wake_at(), before));
    const auto now = std::chrono::steady_clock::now();
    return one.advance(watched[1].revents == 0 ? now : no_deadline);
}

namespace {

/// The database whose name differs only in case, when the server lets it be seen.
std::optional<std::string> same_but_for_case(endpoint to, deadline until) {
    const std::string missing = to.database;
    for (const char* usual : {"postgres", "template1"}) {
        to.database = usual;
        auto opened = connection::open(to, until);
        if (!opened) continue;
        const auto found = opened->run(runtime("select datname::text from pg_database where "
                                               "lower(datname) = lower($1) and datname <> $1 "
                                               "order by datname limit 1",
                                               missing),
                                       {.until = until});
        if (!found || found->empty()) return std::nullopt;
        const cell name = found->at(0, 0);
        return std::string{reinterpret_cast<const char*>(name.data), name.length()};
    }
    return std::nullopt;
}

std::vector<std::string_view> texts_of(std::span<const statement> group) {
    std::vector<std::string_view> texts;
    if (!detail::round_trips_are_watched()) return texts;
    for (const statement& one : group)
        texts.push_back(one.text());
    return texts;
}

}  // namespace

error with_likely_database(error failure, const endpoint& to, deadline until) {
    using namespace std::chrono_literals;
    if (!is_missing_database(failure)) return failure;
    const auto soon =
        std::min(until, std::chrono::steady_clock::now() + std::min(to.connect_timeout, 5'000ms));
    const auto likely = same_but_for_case(to, soon);
    if (!likely) return failure;
    server_report report;
    if (failure.report() != nullptr) report = *failure.report();
    report.message = fmt::format(
        "database '{}' was not found, but '{}' was: set database (POSTGRES_DB) to "
        "'{}'; upper and lower case count",
        to.database, *likely, *likely);
    if (failure.sqlstate().empty()) return {failure.code(), std::move(report.message)};
    return {failure.code(), failure.sqlstate(), std::move(report)};
}

connection::connection(std::unique_ptr<session> opened) noexcept : session_{std::move(opened)} {}
connection::connection(connection&&) noexcept = default;
connection& connection::operator=(connection&&) noexcept = default;
connection::~connection() = default;

result<connection> connection::start(const endpoint& to, deadline until, time_point now) {
    if (auto sound = to.check(); !sound) return tl::unexpected{std::move(sound.error())};
    auto begun = std::make_unique<session>();
    begun->server = to;
    begun->opening = std::make_unique<dial>(to, until, now);
    if (auto stepped = begun->open_step(now); !stepped)
        return tl::unexpected{std::move(stepped.error())};
    return connection{std::move(begun)};
}

result<connection> connection::open(const endpoint& to, deadline until) {
    auto begun = start(to, until, std::chrono::steady_clock::now());
    while (begun && begun->state() == session_state::opening) {
        if (auto pumped = pump(*begun); !pumped) begun = tl::unexpected{std::move(pumped.error())};
    }
    if (!begun) return tl::unexpected{with_likely_database(std::move(begun.error()), to, until)};
    return begun;
}

result<connection> connection::open_another(deadline until) const {
    return open(session_->server, until);
}

result<void> connection::session::open_step(time_point now) {
    if (auto stepped = opening->advance(now); !stepped) {
        tell_handshake(now, &stepped.error());
        end(session_state::broken);
        return stepped;
    }
    if (!opening->done()) return {};
    tell_handshake(now, nullptr);
    auto adopted = adopt(opening->take());
    opening.reset();
    return adopted;
}

void connection::session::tell_handshake(time_point now, const error* failure) const {
    if (!detail::is_observed()) return;
    const auto [resolve, tcp, tls, authentication] = opening->took(now);
    const std::string to = detail::server_name(server);
    detail::tell(handshake_event{to, resolve, tcp, tls, authentication, failure});
}

result<void> connection::session::adopt(libpq::connection_ptr opened) {
    link = std::move(opened);
    PQsetNoticeReceiver(raw(), note, &farewell);
    if (PQsetnonblocking(raw(), 1) == 0 && PQenterPipelineMode(raw()) == 1) return {};
    end(session_state::broken);
    return fail(errc::connect, "out of memory for a connection's buffers");
}

result<void> connection::session::is_ours() const {
    if (!inherited()) return {};
    return fail(errc::connection_lost,
                "the connection was opened before fork(): open another in the child");
}

result<void> connection::session::may_begin(deadline until, time_point now) const {
    if (auto ours = is_ours(); !ours) return ours;
    if (ended()) return fail(errc::connection_lost, "the connection is closed: open another");
    if (opening != nullptr) {
        return fail(errc::refused, "the connection is still opening: advance it first");
    }
    if (group || PQtransactionStatus(raw()) == PQTRANS_ACTIVE) {
        return fail(errc::refused,
                    "a sync group or a copy is under way on this connection: take its answer "
                    "first");
    }
    if (now >= until)
        return fail(errc::deadline, "the deadline had passed before anything was sent");
    return {};
}

result<void> connection::session::may_send(std::span<const statement> statements,
                                           const sending& how, time_point now) const {
    if (auto free = may_begin(how.until, now); !free) return free;
    const bool in_transaction = PQtransactionStatus(raw()) == PQTRANS_INTRANS;
    return check_group(statements, how.as, in_transaction);
}

/// A failed transaction hears nothing but ROLLBACK, and some statements bear no other beside them.
std::optional<statement> connection::session::limit_for(std::span<const statement> statements,
                                                        const sending& how, time_point now) const {
    const bool bears_one =
        PQtransactionStatus(raw()) != PQTRANS_INERROR && statements.front().place() != place::alone;
    if (how.kept_by == limiter::client || how.until == no_deadline || !bears_one) return {};
    return statement_limit(std::chrono::floor<std::chrono::milliseconds>(how.until - now));
}

result<void> connection::send(std::span<const statement> group, const sending& how,
                              time_point now) {
    session& own = *session_;
    if (auto may = own.may_send(group, how, now); !may) return may;
    const auto texts = texts_of(group);
    auto began = detail::begin_round_trip(texts);
    if (!began) return tl::unexpected{std::move(began.error())};
    own.began = *began;
    own.group.emplace(how.until);
    if (auto sent = own.group->send(own.raw(), group, own.limit_for(group, how, now)); !sent) {
        own.end(session_state::broken);
        return sent;
    }
    return {};
}

result<void> connection::send_probe(deadline until, time_point now) {
    static const statement stands_for = runtime("select 1");
    session& own = *session_;
    const std::span<const statement> asked{&stands_for, 1};
    if (auto may = own.may_send(asked, {.until = until}, now); !may) return may;
    auto began = detail::begin_round_trip(texts_of(asked));
    if (!began) return tl::unexpected{std::move(began.error())};
    own.began = *began;
    own.group.emplace(until);
    auto sent = own.group->send_probe(own.raw());
    if (!sent) own.end(session_state::broken);
    return sent;
}

/// A pooler invents the process number it tells its clients, and one that follows prepared
/// statements gives them names of its own.
result<peer> connection::take_probe() {
    const auto answer = take();
    if (!answer) return tl::unexpected{answer.error()};
    const rows& said = answer->back();
    std::int64_t backend = 0;
    if (said.empty() || decode(said.at(0, 0), backend) != codec_fault::none)
        return fail(errc::protocol, "the probe was not answered with a process number");
    if (backend == process()) return peer::server;
    const cell name = said.at(0, 1);
    if (name.is_null()) return peer::unknown;
    const std::string_view text{reinterpret_cast<const char*>(name.data), name.length()};
    return text.starts_with("PGBOUNCER_") ? peer::tracking_pooler : peer::unknown;
}

result<peer> connection::probe(deadline until) {
    if (auto sent = send_probe(until, std::chrono::steady_clock::now()); !sent)
        return tl::unexpected{std::move(sent.error())};
    while (!answered()) {
        if (auto pumped = pump(*this); !pumped) return tl::unexpected{std::move(pumped.error())};
    }
    return take_probe();
}

result<channel_message> connection::next_notification(deadline until) {
    session& own = *session_;
    if (auto ours = own.is_ours(); !ours) return tl::unexpected{std::move(ours.error())};
    if (const auto at = state(); at == session_state::opening || at == session_state::busy)
        return fail(errc::refused, "the connection is busy: take its answer first");
    while (!own.ended()) {
        const std::unique_ptr<PGnotify, decltype(&PQfreemem)> received{PQnotifies(own.raw()),
                                                                       PQfreemem};
        if (received) return channel_message{received->relname, received->extra, received->be_pid};
        if (PQstatus(own.raw()) != CONNECTION_OK || own.farewell) break;
        pollfd watched{fd(), POLLIN, 0};
        const auto now = std::chrono::steady_clock::now();
        const int ready = ::poll(&watched, 1, milliseconds_until(until, now));
        if (ready == 0 && now >= until)
            return fail(errc::deadline, "no notification before the deadline");
        if (ready > 0 && PQconsumeInput(own.raw()) == 0) break;
    }
    own.end(session_state::broken);
    if (own.farewell) return tl::unexpected{*own.farewell};
    return fail(errc::connection_lost, "the connection was lost while it listened");
}

std::optional<std::chrono::microseconds> connection::tcp_round_trip() const noexcept {
    tcp_info measured{};
    socklen_t size = sizeof measured;
    if (::getsockopt(fd(), IPPROTO_TCP, TCP_INFO, &measured, &size) != 0) return std::nullopt;
    return std::chrono::microseconds{measured.tcpi_rtt};
}

result<void> connection::advance(time_point now) {
    session& own = *session_;
    if (auto ours = own.is_ours(); !ours) return ours;
    if (own.opening != nullptr) return own.open_step(now);
    if (!own.group || own.group->complete()) return {};
    auto stepped = own.group->advance(own.raw(), now);
    if (stepped && !own.group->complete()) return {};
    detail::end_round_trip(own.began);
    if (!stepped) {
        error failure = std::move(stepped.error());
        if (failure.sqlstate().empty() && own.farewell && failure.code() == errc::connection_lost) {
            const outcome ran =
                failure.may_have_run() ? outcome::may_have_run : outcome::did_not_run;
            failure = error{*own.farewell}.with(ran);
        }
        if (failure.connection_lost())
            own.end(session_state::broken);
        else
            own.give_up();
        return tl::unexpected{std::move(failure)};
    }
    return {};
}

dial* connection::dialling() const noexcept { return session_->opening.get(); }

bool connection::answered() const noexcept {
    return session_->group && session_->group->complete();
}

result<std::vector<rows>> connection::take() {
    session& own = *session_;
    if (!answered())
        return fail(errc::refused, "no answer to take: advance the connection until answered()");
    auto answer = own.group->take();
    own.group.reset();
    if (!answer && answer.error().code() == errc::protocol) own.give_up();
    // What has come beyond the answer was not asked for; reading it, libpq may say so.
    if (!own.ended()) PQisBusy(own.raw());
    if (PQstatus(own.raw()) != CONNECTION_OK || own.farewell) own.end(session_state::broken);
    return answer;
}

result<std::vector<rows>> connection::run(std::span<const statement> group, const sending& how) {
    const detail::call_scope call;
    return detail::noted(session_->server, run_group(group, how));
}

result<std::vector<rows>> connection::run_group(std::span<const statement> group,
                                                const sending& how) {
    if (group.empty()) return std::vector<rows>{};
    if (auto sent = send(group, how, std::chrono::steady_clock::now()); !sent) {
        return tl::unexpected{std::move(sent.error())};
    }
    while (!answered()) {
        if (auto pumped = pump(*this, how.stop); !pumped)
            return tl::unexpected{std::move(pumped.error())};
    }
    return detail::counted(take());
}

result<rows> connection::run(const statement& one, const sending& how) {
    auto answer = run(std::span{&one, 1}, how);
    if (!answer) return tl::unexpected{std::move(answer.error())};
    return std::move(answer->front());
}

result<void> connection::stream(const statement& one, row_sink sink, const sending& how) {
    const detail::call_scope call;
    const auto noting = [&](const rows& part) {
        detail::note_answer(part);
        return sink(part);
    };
    return detail::noted(session_->server, stream_to(one, noting, how));
}

result<void> connection::stream_to(const statement& one, row_sink sink, const sending& how) {
    const sending client_side{.until = how.until, .as = how.as, .stop = how.stop};
    const auto now = std::chrono::steady_clock::now();
    if (auto sent = send(std::span{&one, 1}, client_side, now); !sent) return sent;
    // Left early, by an error or an exception of the sink, the group is never taken: the session is
    // over.
    struct end_unless_taken {
        session& own;
        ~end_unless_taken() {
            if (own.group) own.give_up();
        }
    } const guard{*session_};
    session_->group->stream_to(session_->raw(), sink);
    while (!answered()) {
        if (auto pumped = pump(*this, how.stop); !pumped) return pumped;
    }
    if (auto answer = take(); !answer) return tl::unexpected{std::move(answer.error())};
    return {};
}

int connection::fd() const noexcept {
    if (session_->opening != nullptr) return session_->opening->fd();
    return session_->link == nullptr ? -1 : PQsocket(session_->raw());
}

interest connection::wants() const noexcept {
    if (session_->opening != nullptr) return session_->opening->wants();
    return session_->group ? session_->group->wants() : interest::nothing;
}

deadline connection::wake_at() const noexcept {
    if (session_->opening != nullptr) return session_->opening->wake_at();
    return session_->group ? session_->group->until() : no_deadline;
}

session_state connection::state() const noexcept {
    if (session_->ended()) return session_->over;
    if (session_->opening != nullptr) return session_state::opening;
    if (session_->group) return session_state::busy;
    switch (PQtransactionStatus(session_->raw())) {
        case PQTRANS_IDLE:
            return session_state::idle;
        case PQTRANS_INTRANS:
            return session_state::in_transaction;
        case PQTRANS_INERROR:
            return session_state::failed_transaction;
        case PQTRANS_ACTIVE:
            return session_state::busy;
        case PQTRANS_UNKNOWN:
            break;
    }
    return session_state::broken;
}

// libpq hands over a FATAL that arrives unasked as a notice, and only then meets the end of the
// stream: one look is not enough.
bool connection::alive() noexcept {
    if (state() != session_state::idle || session_->inherited()) return false;
    for (;;) {
        pollfd watched{fd(), POLLIN | POLLRDHUP, 0};
        const int ready = ::poll(&watched, 1, 0);
        if (ready == 0) return !session_->farewell && state() == session_state::idle;
        if (ready < 0 && errno == EINTR) continue;
        const bool hung_up = (watched.revents & (POLLRDHUP | POLLHUP | POLLERR | POLLNVAL)) != 0;
        if (PQconsumeInput(session_->raw()) == 1) PQisBusy(session_->raw());
        if (ready < 0 || hung_up || PQstatus(session_->raw()) != CONNECTION_OK ||
            session_->farewell) {
            session_->end(session_state::broken);
            return false;
        }
    }
}

int connection::process() const noexcept { return PQbackendPID(session_->raw()); }

}  // namespace honeydue
