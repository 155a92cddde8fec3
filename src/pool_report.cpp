// SPDX-License-Identifier: MIT
// What a pool says of itself: its numbers, and the sentence for a caller who gets no connection.
#include <array>

#include <fmt/format.h>

#include "pool_core.hpp"

namespace honeydue {

namespace {

std::int64_t milliseconds_between(pool_core::time_point from, pool_core::time_point to) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(to - from).count();
}

/// Counters of pool_stats that have a reason as their attribute.
struct counter {
    std::string_view name;
    std::string_view attributes;
    std::uint64_t pool_stats::*member;
};

constexpr std::array<counter, 16> counters = {{
    {"db.client.connection.timeouts", "", &pool_stats::timed_out},
    {"honeydue.pool.acquired", "", &pool_stats::acquired},
    {"honeydue.pool.refusals", "reason=queue_full", &pool_stats::turned_away},
    {"honeydue.pool.refusals", "reason=foreseen_wait", &pool_stats::refused_early},
    {"honeydue.pool.dials", "outcome=success", &pool_stats::dialled},
    {"honeydue.pool.dials", "outcome=failure", &pool_stats::dial_failures},
    {"honeydue.pool.retries", "", &pool_stats::retried},
    {"honeydue.pool.evictions", "reason=lifetime", &pool_stats::retired_for_age},
    {"honeydue.pool.evictions", "reason=idle", &pool_stats::retired_idle},
    {"honeydue.pool.evictions", "reason=peer_closed", &pool_stats::found_dead},
    {"honeydue.pool.evictions", "reason=lost", &pool_stats::lost},
    {"honeydue.pool.evictions", "reason=silent", &pool_stats::silent},
    {"honeydue.pool.evictions", "reason=unserved", &pool_stats::unserved},
    {"honeydue.pool.evictions", "reason=doubtful", &pool_stats::doubtful},
    {"honeydue.pool.evictions", "reason=generation", &pool_stats::purged},
    {"honeydue.pool.evictions", "reason=slow", &pool_stats::ejected},
}};

constexpr std::array<std::string_view, 7> slot_names = {
    "empty", "connecting", "idle", "in_use", "rolling_back", "probing", "closing"};

double number(std::uint64_t value) { return static_cast<double>(value); }

double seconds(std::chrono::duration<double> time) { return time.count(); }

}  // namespace

std::vector<metric> metrics(const pool_stats& stats) {
    std::vector<metric> all = {
        {"db.client.connection.count", "db.client.connection.state=idle", number(stats.idle)},
        {"db.client.connection.count", "db.client.connection.state=used", number(stats.in_use)},
        {"db.client.connection.max", "", number(stats.max_open)},
        {"db.client.connection.idle.max", "", number(stats.max_open)},
        {"db.client.connection.idle.min", "", number(stats.min_idle)},
        {"db.client.connection.pending_requests", "", number(stats.waiting)},
        {"honeydue.pool.effective_max", "", number(stats.effective_max)},
        {"honeydue.pool.connecting", "", number(stats.connecting)},
        {"honeydue.pool.breaker", "", static_cast<double>(stats.breaker)},
        {"honeydue.pool.wait_time", "", seconds(stats.wait_time)},
        {"honeydue.pool.use_time", "", seconds(stats.use_time)},
        {"honeydue.pool.handshake", "", seconds(stats.handshake)},
        {"honeydue.pool.tcp_round_trip", "", seconds(stats.tcp_round_trip)},
    };
    for (const counter& one : counters)
        all.push_back({one.name, one.attributes, number(stats.*one.member)});
    return all;
}

std::string_view name(slot_state state) noexcept {
    return slot_names[static_cast<std::size_t>(state)];
}

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

std::vector<pool_slot> pool_core::slots() const {
    const std::lock_guard lock{guard_};
    return policy_.look(std::chrono::steady_clock::now());
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
    now.silent = seen.silent;
    now.unserved = seen.unserved;
    now.doubtful = seen.doubtful;
    now.use_time = seen.use;
    now.breaker = seen.breaker;
    now.handshake = seen.handshake;
    now.purged = seen.purged;
    now.ejected = seen.ejected;
    now.held_too_long = seen.held_too_long;
    return now;
}

}  // namespace honeydue
