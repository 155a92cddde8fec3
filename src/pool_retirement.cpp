// SPDX-License-Identifier: MIT
// The pool's rules for connections that have grown old, or are not needed.
#include <algorithm>

#include "pool_policy.hpp"

namespace honeydue {

using namespace std::chrono_literals;

bool pool_policy::is_due(const slot& one, time_point now) const {
    const bool opened = one.state == slot_state::idle || one.state == slot_state::in_use;
    return opened && !one.leaving && now >= one.retire_at - lead();
}

std::size_t pool_policy::due(time_point now) const {
    return static_cast<std::size_t>(
        std::ranges::count_if(slots_, [&](const slot& one) { return is_due(one, now); }));
}

/// Make before break: a new connection first, then the old one goes. Above the floor nothing needs
/// replacing, and without room for one more an idle moment has to do.
void pool_policy::retire_aged(time_point now, actions& out) {
    std::size_t aged = due(now);
    const bool has_room = room() > 0;
    for (slot_id at = 0; at < slots_.size() && aged > 0; ++at) {
        if (!is_due(slots_[at], now)) continue;
        const bool above_floor = staying() > limits_.min_idle;
        const bool idle_moment = !has_room && slots_[at].state == slot_state::idle &&
                                 waiters_.empty() && now >= slots_[at].retire_at &&
                                 in(slot_state::closing) == 0;
        if (!above_floor && !idle_moment) continue;
        retire_one(at, now, out);
        --aged;
    }
    while (aged > replacing_ && room() > 0 && now >= next_dial_ &&
           in(slot_state::connecting) < allowed_dials_) {
        start_dial(now, out);
        ++replacing_;
    }
}

/// Those that are open and will be: one on loan that goes when it comes back is no successor.
std::size_t pool_policy::staying() const {
    return static_cast<std::size_t>(std::ranges::count_if(slots_, [](const slot& one) {
        return !one.leaving && one.state != slot_state::empty &&
               one.state != slot_state::connecting && one.state != slot_state::closing;
    }));
}

void pool_policy::retire_one(slot_id at, time_point now, actions& out) {
    ++total_counts_.retired_for_age;
    if (slots_[at].state == slot_state::idle) {
        start_close(at, eviction::lifetime, now, out);
    } else {
        leave(slots_[at], eviction::lifetime);
    }
}

void pool_policy::retire_idle(time_point now, actions& out) {
    if (limits_.max_idle_time == 0ms) return;
    while (!idle_.empty() && total() - in(slot_state::closing) > limits_.min_idle &&
           now - slots_[idle_.front()].since >= limits_.max_idle_time) {
        ++total_counts_.retired_idle;
        start_close(idle_.front(), eviction::idle, now, out);
    }
}

pool_policy::milliseconds pool_policy::lead() const {
    return std::min(handshake_ * 2, limits_.max_lifetime / 4);
}

/// Between (100 - jitter) % and 100 % of the lifetime; connections born together in warm-up are
/// spread evenly over that.
pool_policy::time_point pool_policy::draw_retirement(time_point now) {
    if (limits_.max_lifetime == 0ms) return time_point::max();
    double early = draw();
    if (warm_up_left_ > 0) {
        early = (static_cast<double>(warm_up_size_ - warm_up_left_) + early) /
                static_cast<double>(warm_up_size_);
        --warm_up_left_;
    }
    const double share = 1.0 - early * limits_.lifetime_jitter / 100.0;
    return now + std::chrono::duration_cast<milliseconds>(limits_.max_lifetime * share);
}

}  // namespace honeydue
