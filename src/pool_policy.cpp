// SPDX-License-Identifier: MIT
// The pool's rules. Idle connections are lent last in, first out, so that a few stay warm down to
// TCP's window; waiters are served first come, first served, so that the slowest is not starved.
#include "pool_policy.hpp"

#include <algorithm>
#include <utility>

namespace honeydue {

namespace {

using namespace std::chrono_literals;

/// Two losses so close together are one event, and it has met the others too.
constexpr auto losses_are_one_event = 1s;

/// A connection idle for so long is not about to be needed.
constexpr auto lull = 1s;

/// An outlier that was passed over so often is closed.
constexpr int skips_before_ejection = 3;

}  // namespace

pool_policy::pool_policy(const pool_limits& limits, std::uint32_t seed)
    : limits_{limits},
      random_{seed},
      slots_(limits.max_open),
      allowed_dials_{limits.max_open},
      allowed_open_{limits.max_open},
      probe_wanted_{limits.probes} {
    idle_.reserve(limits.max_open);
}

void pool_policy::open(time_point now, actions& out) {
    warm_up_size_ = std::max<std::size_t>(limits_.min_idle, 1);
    warm_up_left_ = warm_up_size_;
    for (std::size_t i = 0; i < warm_up_size_; ++i)
        start_dial(now, out);
}

pool_policy::admitted pool_policy::acquire(const request& wanted, time_point now, actions& out) {
    if (closed_) return {admission::closed};
    // Who waits beside idle connections waits for a better one, so nobody is overtaken here.
    if (!idle_.empty() && slots_[idle_.back()].proven >= wanted.proven_since) {
        return {admission::lent, take_idle(now, out)};
    }
    if (wanted.stands == standing::newcomer) {
        if (waiters_.size() >= limits_.queue) return {admission::overloaded};
        if (now < wanted.until && foreseen_wait(now) > wanted.until - now)
            return {admission::hopeless};
        waiters_.push_back({wanted.who, wanted.proven_since});
    } else {
        waiters_.push_front({wanted.who, wanted.proven_since});
    }
    make_room(now, out);
    start_dials(now, out);
    return {admission::waits};
}

/// The one used last that is no outlier, or else the one used last.
slot_id pool_policy::take_idle(time_point now, actions& out) {
    const auto good =
        std::find_if(idle_.rbegin(), idle_.rend(), [&](slot_id at) { return !slots_[at].slow; });
    const auto taken = good == idle_.rend() ? idle_.end() - 1 : good.base() - 1;
    const slot_id lent = *taken;
    const std::vector<slot_id> passed_over{taken + 1, idle_.end()};
    idle_.erase(taken);
    enter(lent, slot_state::in_use, now);
    slots_[lent].warned = false;
    for (const slot_id at : passed_over) {
        if (++slots_[at].skipped < skips_before_ejection) continue;
        ++total_counts_.ejected;
        start_close(at, eviction::slow, now, out);
    }
    return lent;
}

/// When everything idle is too old for a waiter, and no room is left or about to be, the oldest
/// makes some.
void pool_policy::make_room(time_point now, actions& out) {
    const bool room_comes = in(slot_state::closing) + in(slot_state::connecting) > 0;
    if (!idle_.empty() && room() == 0 && !room_comes)
        start_close(idle_.front(), eviction::surplus, now, out);
}

/// Those before it are served at the rate at which loans end; a place for one more connection is
/// a handshake away.
pool_policy::milliseconds pool_policy::foreseen_wait(time_point now) const {
    const std::size_t at_work =
        in(slot_state::in_use) + in(slot_state::rolling_back) + in(slot_state::probing);
    if (!hold_ || at_work == 0) return 0ms;
    const auto turns = static_cast<std::int64_t>(waiters_.size() + 1);
    const auto by_return = std::chrono::duration_cast<milliseconds>(
        *hold_ * turns / static_cast<std::int64_t>(at_work));
    const std::size_t connecting = in(slot_state::connecting);
    const bool dial_is_free = room() > 0 && connecting < allowed_dials_ && now >= next_dial_;
    if (dial_is_free || connecting > waiters_.size()) return std::min(by_return, handshake_);
    return by_return;
}

bool pool_policy::give_up(waiter_id who) {
    return std::erase_if(waiters_, [&](const waiter& one) { return one.id == who; }) > 0;
}

void pool_policy::give_back(slot_id at, condition how, time_point now, actions& out) {
    slot& one = slots_[at];
    const time_point lent_since = one.since;
    note_hold(one, now);
    if (how == condition::in_transaction && !one.leaving) {
        enter(at, slot_state::rolling_back, now);
        out.push_back({pool_action::kind::roll_back, at});
    } else if (how == condition::clean && !one.leaving) {
        one.proven = now;
        offer(at, now, out);
    } else {
        start_close(at, note_return(one, how), now, out);
    }
    if (how == condition::lost || how == condition::silent) note_loss(now, out);
    if (how == condition::unserved) note_unserved(lent_since, now);
}

/// Counts one that is not kept, and says why it is not.
eviction pool_policy::note_return(const slot& one, condition how) {
    switch (how) {
        case condition::lost:
            ++total_counts_.lost;
            return eviction::lost;
        case condition::silent:
            ++total_counts_.silent;
            return eviction::silent;
        case condition::unserved:
            ++total_counts_.unserved;
            return eviction::unserved;
        case condition::doubtful:
            ++total_counts_.doubtful;
            return eviction::doubtful;
        default:
            return one.why;
    }
}

void pool_policy::note_hold(const slot& returned, time_point now) {
    if (returned.state != slot_state::in_use) return;
    const auto took = std::chrono::duration_cast<std::chrono::microseconds>(now - returned.since);
    total_counts_.use += now - returned.since;
    hold_ = hold_ ? (*hold_ * 7 + took) / 8 : took;
}

void pool_policy::found_dead(slot_id at, time_point now, actions& out) {
    ++total_counts_.found_dead;
    start_close(at, eviction::peer_closed, now, out);
}

void pool_policy::rolled_back(slot_id at, time_point now, actions& out) {
    give_back(at, condition::clean, now, out);
}

void pool_policy::probed(slot_id at, time_point now, actions& out) {
    probe_wanted_ = false;
    give_back(at, condition::clean, now, out);
}

/// The one used longest ago answers, in a lull, so that no request waits for it.
void pool_policy::start_probe(time_point now, actions& out) {
    if (!probe_wanted_ || in(slot_state::probing) > 0 || idle_.empty()) return;
    const slot_id asked = idle_.front();
    if (now - slots_[asked].since < lull) return;
    idle_.erase(idle_.begin());
    enter(asked, slot_state::probing, now);
    out.push_back({pool_action::kind::probe, asked});
}

void pool_policy::closed(slot_id at, time_point now, actions& out) {
    enter(at, slot_state::empty, now);
    start_dials(now, out);
}

void pool_policy::tick(time_point now, actions& out) {
    ticked_ = now;
    if (closed_) return cut_off(now, out);
    widen(now);
    judge_latencies(now);
    warn_of_leaks(now, out);
    retire_aged(now, out);
    retire_idle(now, out);
    start_probe(now, out);
    start_dials(now, out);
}

/// What tick has seen and left as it is waits for an event, and wakes nobody.
pool_policy::time_point pool_policy::wake_at() const {
    if (closed_) return cut_off_at_;
    time_point next = time_point::max();
    const auto consider = [&](time_point then) {
        if (then > ticked_) next = std::min(next, then);
    };
    consider(next_dial_);
    consider(widens_at());
    if (probe_wanted_ && !idle_.empty() && in(slot_state::probing) == 0)
        consider(slots_[idle_.front()].since + lull);
    for (const slot& one : slots_) {
        if (one.state == slot_state::empty || one.state == slot_state::closing) continue;
        if (one.retire_at != time_point::max()) {
            consider(one.retire_at - lead());
            consider(one.retire_at);
        }
        if (limits_.leak_after > 0ms && one.state == slot_state::in_use)
            consider(one.since + limits_.leak_after);
    }
    if (limits_.max_idle_time > 0ms && !idle_.empty() && total() > limits_.min_idle)
        consider(slots_[idle_.front()].since + limits_.max_idle_time);
    return next;
}

void pool_policy::close(time_point until, actions& out) {
    closed_ = true;
    cut_off_at_ = until;
    for (const waiter& one : waiters_)
        out.push_back({pool_action::kind::refuse, 0, one.id});
    waiters_.clear();
    idle_.clear();
    for (slot_id at = 0; at < slots_.size(); ++at) {
        slot& one = slots_[at];
        one.leaving = true;
        one.why = eviction::closing;
        if (one.state != slot_state::idle && one.state != slot_state::connecting) continue;
        one.state = slot_state::closing;
        out.push_back({pool_action::kind::close, at, 0, eviction::closing});
    }
}

void pool_policy::cut_off(time_point now, actions& out) {
    if (now < cut_off_at_) return;
    cut_off_at_ = time_point::max();
    for (slot_id at = 0; at < slots_.size(); ++at) {
        const slot_state state = slots_[at].state;
        if (state == slot_state::in_use) out.push_back({pool_action::kind::cut_off, at});
        if (state == slot_state::rolling_back || state == slot_state::probing)
            start_close(at, eviction::closing, now, out);
    }
    cut_ = true;
}

bool pool_policy::is_over() const { return closed_ && (cut_ || total() == 0); }

pool_policy::counts pool_policy::count() const {
    counts now = total_counts_;
    now.connecting = in(slot_state::connecting);
    now.idle = in(slot_state::idle);
    now.lent = in(slot_state::in_use);
    now.rolling_back = in(slot_state::rolling_back);
    now.probing = in(slot_state::probing);
    now.closing = in(slot_state::closing);
    now.waiting = waiters_.size();
    now.effective_max = allowed_open_;
    now.handshake = handshake_;
    now.breaker = state_of_breaker();
    for (const slot& one : slots_) {
        if (one.state == slot_state::in_use)
            now.lent_longest_since = std::min(now.lent_longest_since, one.since);
    }
    return now;
}

std::vector<pool_slot> pool_policy::look(time_point now) const {
    std::vector<pool_slot> seen(slots_.size());
    std::ranges::transform(slots_, seen.begin(), [&](const slot& one) {
        if (one.state == slot_state::empty) return pool_slot{};
        return pool_slot{.state = one.state,
                         .since = std::chrono::duration_cast<milliseconds>(now - one.since),
                         .latency = one.answers > 0 ? std::optional{one.latency} : std::nullopt,
                         .slow = one.slow};
    });
    return seen;
}

void pool_policy::enter(slot_id at, slot_state state, time_point now) {
    slots_[at].state = state;
    slots_[at].since = now;
}

void pool_policy::start_close(slot_id at, eviction why, time_point now, actions& out) {
    if (slots_[at].state == slot_state::idle) std::erase(idle_, at);
    enter(at, slot_state::closing, now);
    out.push_back({pool_action::kind::close, at, 0, why});
}

/// To the oldest waiter it is good enough for, or else to the idle ones.
void pool_policy::offer(slot_id at, time_point now, actions& out) {
    const auto next = std::ranges::find_if(
        waiters_, [&](const waiter& one) { return slots_[at].proven >= one.proven_since; });
    if (next == waiters_.end()) {
        enter(at, slot_state::idle, now);
        idle_.push_back(at);
        // Without room for a successor this is the moment it was kept for.
        if (now >= slots_[at].retire_at) retire_aged(now, out);
        return;
    }
    enter(at, slot_state::in_use, now);
    slots_[at].warned = false;
    out.push_back({pool_action::kind::lend, at, next->id});
    waiters_.erase(next);
}

/// One loss may be that connection's own. Two in a second are the server's or the network's, and
/// then whatever has not answered since the first is not trusted.
void pool_policy::note_loss(time_point now, actions& out) {
    const time_point first = std::exchange(last_loss_, now);
    if (first == time_point::min() || now - first > losses_are_one_event) return;
    probe_wanted_ = limits_.probes;
    for (slot_id at = 0; at < slots_.size(); ++at) {
        slot& one = slots_[at];
        if (one.proven >= first) continue;
        if (one.state == slot_state::in_use || one.state == slot_state::rolling_back ||
            one.state == slot_state::probing)
            leave(one, eviction::generation);
        if (one.state != slot_state::idle) continue;
        ++total_counts_.purged;
        start_close(at, eviction::generation, now, out);
    }
}

void pool_policy::warn_of_leaks(time_point now, actions& out) {
    if (limits_.leak_after == 0ms) return;
    for (slot_id at = 0; at < slots_.size(); ++at) {
        slot& one = slots_[at];
        if (one.state != slot_state::in_use || one.warned || now - one.since < limits_.leak_after)
            continue;
        one.warned = true;
        ++total_counts_.held_too_long;
        out.push_back({pool_action::kind::warn_held, at});
    }
}

std::size_t pool_policy::in(slot_state state) const {
    return static_cast<std::size_t>(std::ranges::count(slots_, state, &slot::state));
}

std::size_t pool_policy::total() const { return slots_.size() - in(slot_state::empty); }

double pool_policy::draw() { return std::uniform_real_distribution{0.0, 1.0}(random_); }

}  // namespace honeydue
