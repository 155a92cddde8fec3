// SPDX-License-Identifier: MIT
// What a connection is made of, for the files that drive it: connection.cpp by sync groups,
// copy.cpp by COPY.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>

#include <honeydue/connection.hpp>
#include <honeydue/trace.hpp>

#include "cancellation.hpp"
#include "dial.hpp"
#include "fork_count.hpp"
#include "libpq.hpp"
#include "sync_group.hpp"

namespace honeydue {

/// What poll takes for a wait.
[[nodiscard]] inline int milliseconds_until(deadline until,
                                            std::chrono::steady_clock::time_point now) {
    if (until == no_deadline) return -1;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - now).count();
    return static_cast<int>(std::clamp<std::int64_t>(left, 0, 3'600'000));
}

/// Sleeps until the connection can go on, then lets it. `stop` is `sending::stop`.
[[nodiscard]] result<void> pump(connection& one, int stop = -1);

/// What a connection is made of. On the heap, for libpq keeps a pointer into it.
struct connection::session {
    endpoint server;
    std::unique_ptr<dial> opening;
    libpq::connection_ptr link;
    std::optional<sync_group> group;
    std::optional<error> farewell;  ///< the last FATAL that came unasked
    detail::round_trip_ticket began = 0;
    session_state over = session_state::idle;  ///< abandoned or broken, once it is
    std::uint64_t opened_at = forks();

    [[nodiscard]] PGconn* raw() const noexcept { return link.get(); }

    [[nodiscard]] result<void> is_ours() const;
    [[nodiscard]] result<void> open_step(std::chrono::steady_clock::time_point now);
    [[nodiscard]] result<void> adopt(libpq::connection_ptr opened);
    void tell_handshake(std::chrono::steady_clock::time_point now, const error* failure) const;
    /// Whether something new may be sent at all.
    [[nodiscard]] result<void> may_begin(deadline until,
                                         std::chrono::steady_clock::time_point now) const;
    [[nodiscard]] result<void> may_send(std::span<const statement> statements, const sending& how,
                                        std::chrono::steady_clock::time_point now) const;
    [[nodiscard]] std::optional<statement> limit_for(
        std::span<const statement> statements, const sending& how,
        std::chrono::steady_clock::time_point now) const;
    /// Whether this is a child's copy of what its parent is using.
    [[nodiscard]] bool inherited() const noexcept { return opened_at != forks(); }
    [[nodiscard]] bool ended() const noexcept { return over != session_state::idle; }
    void end(session_state how) noexcept {
        if (!ended()) over = how;
        group.reset();
    }
    /// Ends it in the middle of an answer.
    void give_up() noexcept {
        end(session_state::abandoned);
        cancel_and_close(std::move(link));
    }
};

}  // namespace honeydue
