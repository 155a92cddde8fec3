// SPDX-License-Identifier: MIT
// One lock around the policy; connections are touched outside it, by whoever holds their slot.
#include "pool_core.hpp"

#include <algorithm>
#include <cstdio>
#include <random>
#include <utility>

#include <fmt/format.h>

#include "observers.hpp"
#include "quiet_thread.hpp"

namespace honeydue {

namespace {

using namespace std::chrono_literals;

/// Waiting in vain for so long says that the way to the server is cut; a statement given less time
/// may merely be slow.
constexpr auto long_silence = 1s;

pool_policy::time_point now_is() { return std::chrono::steady_clock::now(); }

pool_limits limits_of(const pool_config& config) {
    pool_limits limits;
    limits.max_open = config.max_open;
    limits.min_idle = config.min_idle;
    limits.queue = config.queue == 0 ? 8 * config.max_open : config.queue;
    limits.max_lifetime = config.max_lifetime;
    limits.max_idle_time = config.max_idle_time;
    limits.leak_after = config.leak_after;
    limits.probes = !config.leads_to;
    limits.lifetime_jitter = config.lifetime_jitter;
    return limits;
}

condition condition_of(session_state state, const detail::loan_report& loan) {
    if (loan.unserved) return condition::unserved;
    switch (state) {
        case session_state::idle:
            return condition::clean;
        case session_state::in_transaction:
            [[fallthrough]];
        case session_state::failed_transaction:
            return condition::in_transaction;
        case session_state::broken:
            return condition::lost;
        default:
            return loan.silence >= long_silence ? condition::silent : condition::doubtful;
    }
}

template <class Clock>
std::int64_t milliseconds_between(Clock from, Clock to) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(to - from).count();
}

}  // namespace

pool_core::pool_core(const pool_config& config)
    : config_{config},
      server_{detail::server_name(config.server)},
      places_(config.max_open),
      policy_{limits_of(config), std::random_device{}()},
      effective_max_{config.max_open} {
    counted_.max_open = config.max_open;
    counted_.min_idle = config.min_idle;
    counted_.leads_to = config.leads_to.value_or(peer::unasked);
}

pool_core::~pool_core() { stop({}); }

result<void> pool_core::start() {
    warn_of_require();
    std::unique_lock lock{guard_};
    const auto begin = now_is();
    warming_.emplace(std::max<std::size_t>(config_.min_idle, 1), begin, config_.warm_up_timeout);
    pool_policy::actions decided;
    policy_.open(begin, decided);
    apply(decided);
    try {
        thread_ = quiet_thread([this] { run(); });
        running_ = true;
    } catch (const std::system_error&) {
        return fail(errc::refused,
                    "the pool's thread could not be started: the system has no thread left");
    }
    auto verdict = warm_up::verdict::goes_on;
    while ((verdict = warming_->look(now_is())) == warm_up::verdict::goes_on) {
        warmed_.wait_until(lock, warming_->end());
    }
    counted_.warm_up_requested = warming_->requested();
    counted_.warmed = warming_->warmed();
    counted_.first_warm = warming_->first();
    counted_.all_warm = warming_->all();
    const warm_up ended = *warming_;
    warming_.reset();
    lock.unlock();
    if (verdict == warm_up::verdict::failed) {
        if (ended.why()) return tl::unexpected{*ended.why()};
        return fail(
            errc::connect,
            fmt::format("no connection within warm_up_timeout ({} ms): check host (DB_HOST) "
                        "and port (DB_PORT)",
                        config_.warm_up_timeout.count()));
    }
    say(fmt::format(
        "pool {} {}",
        verdict == warm_up::verdict::warm ? "warm:" : "warning: not all warm:", ended.report()));
    return {};
}

/// Once in a process: every pool of it is likely to be set up alike.
void pool_core::warn_of_require() const {
    static std::once_flag said;
    if (config_.server.sslmode != sslmode::require) return;
    std::call_once(said, [this] {
        say("warning: sslmode=require encrypts without checking to whom: set sslmode (DB_SSLMODE) "
            "to verify-full");
    });
}

void pool_core::stop(std::optional<deadline> drain) noexcept {
    if (inherited()) {
        if (thread_.joinable()) thread_.detach();
        return;
    }
    {
        const std::lock_guard lock{guard_};
        if (!stopping_) {
            stopping_ = true;
            draining_ = drain.has_value();
            pool_policy::actions decided;
            policy_.close(drain.value_or(no_deadline), decided);
            apply(decided);
        }
    }
    wake_.raise();
    const std::lock_guard lock{joining_};
    if (thread_.joinable()) thread_.join();
}

result<slot_id> pool_core::acquire(deadline until, time_point proven_since) {
    if (inherited()) {
        return fail(errc::pool_closed,
                    "the pool was opened before fork(): open another in the child");
    }
    const auto begin = now_is();
    auto taken = take(std::min(until, begin + config_.acquire_timeout), proven_since);
    if (!detail::is_observed()) return taken;
    const auto waited = now_is() - begin;
    detail::note_queue(waited);
    if (taken) {
        places_[*taken].waited = waited;
        places_[*taken].lent = begin + waited;
    } else {
        detail::note_server(server_);
        detail::note_failure(&taken.error());
        detail::tell(loan_event{server_, waited, {}, &taken.error()});
    }
    return taken;
}

result<slot_id> pool_core::take(deadline until, time_point proven_since) {
    auto stands = standing::newcomer;
    std::unique_lock lock{guard_};
    for (;;) {
        const waiter_id who = ++next_waiter_;
        pool_policy::actions decided;
        const auto now = now_is();
        const auto admitted = policy_.acquire(
            {.who = who, .stands = stands, .proven_since = proven_since, .until = until}, now,
            decided);
        waiter self;
        if (admitted.verdict == admission::waits) waiting_.emplace(who, &self);
        apply(decided);
        switch (admitted.verdict) {
            case admission::waits:
                return wait_for_turn(lock, who, self, until);
            case admission::lent:
                break;
            default:
                return tl::unexpected{turned_away(admitted.verdict, now, until)};
        }
        lock.unlock();
        if (at(admitted.slot).alive()) {
            lock.lock();
            ++counted_.acquired;
            return admitted.slot;
        }
        lock.lock();
        decided.clear();
        policy_.found_dead(admitted.slot, now_is(), decided);
        apply(decided);
        stands = standing::returning;
    }
}

/// A connection that comes by hand-off has answered in this very moment, and needs no second look.
result<slot_id> pool_core::wait_for_turn(std::unique_lock<std::mutex>& lock, waiter_id who,
                                         waiter& self, deadline until) {
    const auto begin = now_is();
    while (!self.lent && !self.refused) {
        if (self.wake.wait_until(lock, until) == std::cv_status::timeout && policy_.give_up(who))
            break;
    }
    waiting_.erase(who);
    const auto end = now_is();
    counted_.wait_time += end - begin;
    if (self.lent) {
        ++counted_.acquired;
        ++counted_.waited;
        return *self.lent;
    }
    if (self.refused) return fail(errc::pool_closed, "the pool was closed while this call waited");
    ++counted_.timed_out;
    return tl::unexpected{
        exhausted(fmt::format("no connection within {} ms", milliseconds_between(begin, until)))};
}

void pool_core::give_back(slot_id slot, const detail::loan_report& loan) noexcept {
    if (inherited()) return;
    const condition how = condition_of(state(slot), loan);
    tell_loan(places_[slot]);
    const std::lock_guard lock{guard_};
    pool_policy::actions decided;
    if (how == condition::in_transaction) ++counted_.rolled_back;
    if (loan.quickest) {
        policy_.answered(slot,
                         std::chrono::duration_cast<std::chrono::microseconds>(*loan.quickest));
    }
    policy_.give_back(slot, how, now_is(), decided);
    if (running_) return apply(decided);
    // The lease has outlived the pool and its thread.
    places_[slot].link.reset();
}

void pool_core::tell_loan(place& lent) const noexcept {
    if (!detail::is_observed() || lent.lent == time_point{}) return;
    detail::tell(loan_event{server_, lent.waited, now_is() - lent.lent, nullptr});
    lent.lent = {};
}

session_state pool_core::state(slot_id slot) noexcept {
    const std::lock_guard in_call{places_[slot].in_call};
    return places_[slot].link ? places_[slot].link->state() : session_state::broken;
}

/// Who is in a call is woken, and does it himself.
void pool_core::cut_off(slot_id slot) noexcept {
    const std::unique_lock in_call{places_[slot].in_call, std::try_to_lock};
    if (in_call) places_[slot].link.reset();
}

error cut_off_error(outcome ran) {
    return {errc::pool_closed, "the pool was closed, and this call did not end before its deadline",
            ran};
}

/// Called under the lock. What needs the network is left to the thread.
void pool_core::apply(pool_policy::actions& decided) {
    bool for_thread = false;
    for (const pool_action& one : decided) {
        if (one.what == pool_action::kind::lend || one.what == pool_action::kind::refuse) {
            waiter& served = *waiting_.at(one.waiter);
            if (one.what == pool_action::kind::lend) served.lent = one.slot;
            served.refused = one.what == pool_action::kind::refuse;
            served.wake.notify_one();
        } else {
            orders_.push_back(one);
            for_thread = true;
        }
    }
    decided.clear();
    if (for_thread) wake_.raise();
}

void pool_core::say(const std::string& line) const {
    if (config_.log) return config_.log(line);
    std::fprintf(stderr, "honeydue: %s\n", line.c_str());
}

}  // namespace honeydue
