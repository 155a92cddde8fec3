// SPDX-License-Identifier: MIT
// What a pool says of itself: its numbers, and the sentence for a caller who gets no connection.
#include <fmt/format.h>

#include "pool_core.hpp"

namespace honeydue {

namespace {

std::int64_t milliseconds_between(pool_core::time_point from, pool_core::time_point to) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(to - from).count();
}

}  // namespace

error pool_core::turned_away(admission why, time_point now, deadline until) {
    if (why == admission::closed) return {errc::pool_closed, "the pool is closed: open another"};
    if (why == admission::overloaded) {
        ++counted_.turned_away;
        return exhausted("no place in the queue");
    }
    ++counted_.refused_early;
    return exhausted(fmt::format("no connection foreseen within {} ms but in {} ms",
                                 milliseconds_between(now, until),
                                 policy_.foreseen_wait(now).count()));
}

/// What the pool looks like, for the operator who reads why there is no connection.
error pool_core::exhausted(std::string_view what) const {
    const auto seen = policy_.count();
    std::string message = fmt::format(
        "{}: {} of {} open, {} in use, {} idle, {} connecting, {} waiting", what, seen.open(),
        config_.max_open, seen.lent, seen.idle, seen.connecting, seen.waiting);
    if (seen.effective_max < config_.max_open)
        message += fmt::format(", the server takes about {} now", seen.effective_max);
    if (seen.lent > 0) {
        message += fmt::format(
            ", longest in use {} ms",
            milliseconds_between(seen.lent_longest_since, std::chrono::steady_clock::now()));
    }
    message += "; raise max_open (DB_MAX_OPEN_CONNS), or hold connections for less long";
    if (!counted_.last_dial_error.empty())
        message += fmt::format("; last dial: {}", counted_.last_dial_error);
    return {errc::pool_exhausted, std::move(message)};
}

pool_stats pool_core::stats() const {
    const std::lock_guard lock{guard_};
    pool_stats now = counted_;
    const auto seen = policy_.count();
    now.effective_max = seen.effective_max;
    now.open = seen.open();
    now.idle = seen.idle + seen.probing;
    now.in_use = seen.lent;
    now.connecting = seen.connecting;
    now.waiting = seen.waiting;
    now.retried = retried_.load(std::memory_order_relaxed);
    now.retired_for_age = seen.retired_for_age;
    now.retired_idle = seen.retired_idle;
    now.found_dead = seen.found_dead;
    now.lost = seen.lost;
    now.doubtful = seen.doubtful;
    now.purged = seen.purged;
    now.ejected = seen.ejected;
    now.held_too_long = seen.held_too_long;
    return now;
}

}  // namespace honeydue
