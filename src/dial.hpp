// SPDX-License-Identifier: MIT
// One handshake, from a name to a session ready for its first group, driven by whoever polls.
// Addresses are raced.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <honeydue/connection.hpp>
#include <honeydue/endpoint.hpp>
#include <honeydue/error.hpp>

#include "handshake_error.hpp"
#include "libpq.hpp"
#include "resolver.hpp"

namespace honeydue {

/// Thread: one at a time.
class dial {
public:
    using time_point = std::chrono::steady_clock::time_point;

    /// An address that has not accepted within this time is joined by the next. Source: RFC 8305,
    /// section 5.
    static constexpr std::chrono::milliseconds stagger{250};

    dial(endpoint to, deadline until, time_point now);
    dial(const dial&) = delete;
    dial& operator=(const dial&) = delete;
    ~dial();

    /// Does what can be done without waiting. An error is final.
    [[nodiscard]] result<void> advance(time_point now);

    /// How long each phase has taken, of the address that came furthest.
    struct phases {
        std::chrono::nanoseconds resolve{}, tcp{}, tls{}, authentication{};
    };
    [[nodiscard]] phases took(time_point now) const noexcept;

    /// Stops before the password is proved, until released: whether it is right may be known by
    /// then. Source: RFC 5802, section 3: the proof is the client's second message.
    void hold() noexcept { held_ = true; }
    void release() noexcept { held_ = holding_ = false; }
    [[nodiscard]] bool is_holding() const noexcept { return holding_; }

    [[nodiscard]] bool done() const noexcept { return connected_ != nullptr; }
    [[nodiscard]] libpq::connection_ptr take() noexcept { return std::move(connected_); }

    [[nodiscard]] int fd() const noexcept;
    [[nodiscard]] interest wants() const noexcept;
    [[nodiscard]] deadline wake_at() const noexcept;

private:
    struct attempt;

    [[nodiscard]] result<void> begin(time_point now);
    [[nodiscard]] result<void> launch(time_point now);
    [[nodiscard]] result<void> step(time_point now);
    [[nodiscard]] result<void> step_one(attempt& one, time_point now);
    void enter(attempt& one, handshake_phase phase, time_point now);
    [[nodiscard]] error too_late() const;
    void keep_only_accepted();
    void watch_all();

    endpoint to_;
    deadline until_;
    bool callers_deadline_;
    deadline next_launch_ = no_deadline;
    std::shared_ptr<lookup> lookup_;
    std::vector<std::string> addresses_;
    std::size_t launched_ = 0;
    std::vector<attempt> attempts_;
    std::vector<time_point> entered_;  ///< resolving, then each phase of the furthest attempt
    std::optional<error> refused_;
    int race_ = -1;
    bool held_ = false;
    bool holding_ = false;
    libpq::connection_ptr connected_;
};

}  // namespace honeydue
