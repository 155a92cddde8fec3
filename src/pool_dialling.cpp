// SPDX-License-Identifier: MIT
// The pool's rules for dialling: how many at a time, when again after a failure, and how many the
// server takes.
#include <algorithm>

#include "pool_policy.hpp"

namespace honeydue {

using namespace std::chrono_literals;

namespace {

/// Against the server's limit: decrease by a share at once, increase by one after a quiet while.
/// Source: Chiu and Jain, "Analysis of the Increase and Decrease Algorithms" (1989).
constexpr std::size_t kept_at_limit_percent = 70;
constexpr std::size_t least_at_limit = 2;
constexpr auto quiet_before_one_more = 30s;

}  // namespace

void pool_policy::dialled(slot_id at, time_point now, actions& out) {
    slot& one = slots_[at];
    const auto took = std::chrono::duration_cast<milliseconds>(now - one.since);
    handshake_ = (handshake_ * 3 + took) / 4;
    if (!unserved_) {
        failures_ = 0;
        next_dial_ = now;
        allowed_dials_ = std::min(allowed_dials_ * 2, limits_.max_open);
    }
    if (replacing_ > 0) --replacing_;
    one.proven = now;
    one.retire_at = draw_retirement(now);
    if (closed_) return start_close(at, eviction::closing, now, out);
    offer(at, now, out);
    retire_aged(now, out);
    start_dials(now, out);
}

/// Dials that were under way together fail together, and count as one failure.
void pool_policy::dial_failed(slot_id at, dial_fault why, time_point now, actions& out) {
    slot& one = slots_[at];
    const bool known = failures_ > 0 && one.since <= last_failure_;
    if (replacing_ > 0) --replacing_;
    enter(at, slot_state::empty, now);
    if (!known) note_failure(why, now);
    start_dials(now, out);
}

void pool_policy::note_failure(dial_fault why, time_point now) {
    ++failures_;
    last_failure_ = now;
    allowed_dials_ = 1;
    const auto longest = why == dial_fault::permanent
                             ? limits_.hopeless_backoff
                             : std::min(limits_.first_backoff * (1 << std::min(failures_ - 1, 20)),
                                        limits_.longest_backoff);
    // Full jitter, and never at once.
    const auto drawn = std::chrono::duration_cast<milliseconds>(longest * draw());
    next_dial_ = now + std::max(drawn, limits_.first_backoff / 10);
    if (why != dial_fault::limit) return;
    const std::size_t least = std::min(least_at_limit, limits_.max_open);
    allowed_open_ = std::max(allowed_open_ * kept_at_limit_percent / 100, least);
    widened_ = now;
}

/// As a dial that failed would be: a pooler takes clients whether it can serve them or not.
void pool_policy::note_unserved(time_point lent_since, time_point now) {
    unserved_ = true;
    if (failures_ == 0 || lent_since >= last_failure_) note_failure(dial_fault::other, now);
}

/// A pool that uses less than half of what it may has not tried the limit, and learns nothing
/// about it from silence.
void pool_policy::widen(time_point now) {
    if (allowed_open_ == limits_.max_open || now - widened_ < quiet_before_one_more) return;
    widened_ = now;
    if (total() * 2 >= allowed_open_) ++allowed_open_;
}

std::size_t pool_policy::dials_wanted() const {
    const std::size_t connecting = in(slot_state::connecting);
    const std::size_t open = total();
    const std::size_t for_waiters = waiters_.size() > connecting ? waiters_.size() - connecting : 0;
    const std::size_t for_floor = limits_.min_idle > open ? limits_.min_idle - open : 0;
    return std::min(room(), std::max(for_waiters, for_floor));
}

std::size_t pool_policy::room() const {
    const std::size_t open = total();
    return allowed_open_ > open ? allowed_open_ - open : 0;
}

void pool_policy::start_dials(time_point now, actions& out) {
    if (closed_ || now < next_dial_) return;
    std::size_t connecting = in(slot_state::connecting);
    for (std::size_t left = dials_wanted(); left > 0 && connecting < allowed_dials_;
         --left, ++connecting) {
        start_dial(now, out);
    }
}

void pool_policy::start_dial(time_point now, actions& out) {
    const auto place = std::ranges::find(slots_, slot_state::empty, &slot::state);
    const auto at = static_cast<slot_id>(place - slots_.begin());
    *place = slot{};
    enter(at, slot_state::connecting, now);
    out.push_back({pool_action::kind::dial, at});
}

pool_policy::time_point pool_policy::widens_at() const {
    if (allowed_open_ == limits_.max_open) return time_point::max();
    return widened_ + quiet_before_one_more;
}

breaker pool_policy::state_of_breaker() const {
    if (failures_ > 0) return breaker::open;
    return allowed_dials_ < limits_.max_open ? breaker::half_open : breaker::closed;
}

}  // namespace honeydue
