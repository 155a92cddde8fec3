// SPDX-License-Identifier: MIT
// Parts of a result, read from a connection one at a time. libpq takes from the wire only when it
// has no row left, so that who is slow makes the server wait and not the memory grow.
#include <honeydue/stream.hpp>

#include <honeydue/connection.hpp>

#include "part_flow.hpp"
#include "session.hpp"

namespace honeydue {

using clock = std::chrono::steady_clock;

result<void> part_flow::begin(connection& on, const statement& one, const sending& how) {
    const sending client_side{.until = how.until, .as = how.as, .stop = how.stop};
    if (auto sent = on.send(std::span{&one, 1}, client_side, clock::now()); !sent) return sent;
    on.session_->group->pull_from(on.session_->raw());
    return {};
}

result<std::optional<rows>> part_flow::next(connection& on, int stop) {
    auto& own = *on.session_;
    if (auto ours = own.is_ours(); !ours) return tl::unexpected{std::move(ours.error())};
    if (!own.group) return fail(errc::refused, "the stream's answer was taken by somebody else");
    while (!own.group->complete()) {
        if (auto part = own.group->take_part()) return part;
        auto stepped = own.group->waits(own.raw()) ? pump(on, stop) : on.advance(clock::now());
        if (!stepped) return tl::unexpected{std::move(stepped.error())};
    }
    if (auto answer = on.take(); !answer) return tl::unexpected{std::move(answer.error())};
    return std::optional<rows>{};
}

void part_flow::give_up(connection& on) noexcept {
    auto& own = *on.session_;
    if (own.inherited()) return;
    while (own.group && !own.group->complete()) {
        static_cast<void>(own.group->take_part());
        if (own.group->waits(own.raw())) break;
        if (!on.advance(clock::now())) return;
    }
    if (!own.group) return;
    if (own.group->complete()) {
        static_cast<void>(on.take());
    } else {
        detail::end_round_trip(own.began);
        own.give_up();
    }
}

const endpoint& part_flow::server(const connection& on) { return on.session_->server; }

void stream_account::begin(const statement& one) {
    open_ = detail::is_observed() && !detail::call_is_open();
    if (!open_) return;
    began_ = clock::now();
    text_ = one.text();
}

void stream_account::reached(const endpoint& server) {
    if (!open_) return;
    server_ = detail::server_name(server);
    event_.statements = event_.round_trips = 1;
}

void stream_account::took(std::chrono::nanoseconds waited,
                          const result<std::optional<rows>>& part) noexcept {
    if (!open_) return;
    event_.flight += waited;
    if (!part || !*part) return;
    event_.rows += (*part)->size();
    event_.bytes += (*part)->bytes();
}

void stream_account::end(const error* failure) noexcept {
    if (!std::exchange(open_, false)) return;
    event_.server = server_;
    if (event_.statements != 0) event_.texts = std::span{&text_, 1};
    event_.failure = failure;
    event_.decode = clock::now() - began_ - event_.queue - event_.flight;
    detail::tell(event_);
}

namespace {

struct own_connection {
    connection* on;

    static result<void> open(deadline /*until*/) { return {}; }
    template <class What>
    auto use(What&& what) {
        return what(*on);
    }
    static int stop(int callers) { return callers; }
};

}  // namespace

std::unique_ptr<part_source> connection::pull(statement one, const sending& how) {
    return std::make_unique<reached_parts<own_connection>>(own_connection{this}, std::move(one),
                                                           how);
}

}  // namespace honeydue
