// SPDX-License-Identifier: MIT
// One lock around the policy; connections are touched outside it, by whoever holds their slot.
#include "pool_core.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <random>
#include <utility>

#include <fmt/format.h>

#include "handshake_error.hpp"
#include "quiet_thread.hpp"

namespace honeydue {

namespace {

using namespace std::chrono_literals;

/// The policy's times are looked at so often even when nothing happens: a connection that went idle
/// meanwhile sets none.
constexpr auto longest_sleep = 1s;

/// A ROLLBACK that takes longer is not worth waiting for: a new connection is surer.
constexpr auto longest_roll_back = 10s;
constexpr auto longest_probe = 10s;

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

short events_of(interest wanted) {
    const bool read = wanted == interest::read || wanted == interest::read_and_write;
    const bool write = wanted == interest::write || wanted == interest::read_and_write;
    return static_cast<short>((read ? POLLIN : 0) | (write ? POLLOUT : 0));
}

condition condition_of(session_state state) {
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
            return condition::doubtful;
    }
}

template <class Clock>
std::int64_t milliseconds_between(Clock from, Clock to) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(to - from).count();
}

}  // namespace

pool_core::pool_core(const pool_config& config)
    : config_{config},
      connections_(config.max_open),
      policy_{limits_of(config), std::random_device{}()},
      wake_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)} {
    counted_.max_open = config.max_open;
    counted_.leads_to = config.leads_to.value_or(peer::unasked);
}

pool_core::~pool_core() {
    stop();
    if (wake_ >= 0) ::close(wake_);
}

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

void pool_core::stop() noexcept {
    if (inherited()) {
        if (thread_.joinable()) thread_.detach();
        return;
    }
    {
        const std::lock_guard lock{guard_};
        if (!stopping_) {
            stopping_ = true;
            pool_policy::actions decided;
            policy_.close(decided);
            apply(decided);
        }
    }
    wake_thread();
    const std::lock_guard lock{joining_};
    if (thread_.joinable()) thread_.join();
}

result<slot_id> pool_core::acquire(deadline until, time_point proven_since) {
    if (inherited()) {
        return fail(errc::pool_closed,
                    "the pool was opened before fork(): open another in the child");
    }
    until = std::min(until, now_is() + config_.acquire_timeout);
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

void pool_core::give_back(slot_id slot, std::optional<std::chrono::nanoseconds> quickest) noexcept {
    if (inherited()) return;
    const condition how = condition_of(at(slot).state());
    const std::lock_guard lock{guard_};
    pool_policy::actions decided;
    if (how == condition::in_transaction) ++counted_.rolled_back;
    if (quickest)
        policy_.answered(slot, std::chrono::duration_cast<std::chrono::microseconds>(*quickest));
    policy_.give_back(slot, how, now_is(), decided);
    if (running_) return apply(decided);
    // The lease has outlived the pool and its thread.
    connections_[slot].reset();
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
    if (for_thread) wake_thread();
}

void pool_core::wake_thread() noexcept { ::eventfd_write(wake_, 1); }

template <class Event>
void pool_core::tell(Event&& event) {
    const std::lock_guard lock{guard_};
    pool_policy::actions decided;
    event(decided);
    apply(decided);
}

void pool_core::run() noexcept {
    for (;;) {
        {
            const std::lock_guard lock{guard_};
            running_ = !stopping_ || !orders_.empty();
            if (!running_) break;
        }
        run_once();
    }
    for (const slot_id slot : dialling_)
        connections_[slot].reset();
}

void pool_core::run_once() {
    deadline wake_at = no_deadline;
    const auto orders = take_orders(wake_at);
    for (const pool_action& order : orders)
        obey(order, now_is());
    if (!orders.empty()) return;
    sleep(wake_at);
    advance_all();
}

std::vector<pool_action> pool_core::take_orders(deadline& wake_at) {
    const std::lock_guard lock{guard_};
    pool_policy::actions decided;
    const auto now = now_is();
    policy_.tick(now, decided);
    apply(decided);
    wake_at = std::min(policy_.wake_at(), now + longest_sleep);
    return std::exchange(orders_, {});
}

void pool_core::obey(const pool_action& order, time_point now) {
    switch (order.what) {
        case pool_action::kind::dial:
            return dial(order.slot, now);
        case pool_action::kind::roll_back:
            return roll_back(order.slot, now);
        case pool_action::kind::probe:
            return probe(order.slot, now);
        case pool_action::kind::warn_held:
            return warn_held();
        case pool_action::kind::close:
            break;
        default:
            return;
    }
    std::erase(dialling_, order.slot);
    connections_[order.slot].reset();
    tell([&](auto& decided) { policy_.closed(order.slot, now, decided); });
}

void pool_core::dial(slot_id slot, time_point now) {
    auto begun = connection::start(config_.server, no_deadline, now);
    if (!begun) return report_dial(slot, &begun.error(), now);
    connections_[slot].emplace(std::move(*begun));
    dialling_.push_back(slot);
    advance_dial(slot, now);
}

void pool_core::roll_back(slot_id slot, time_point now) {
    static const statement rollback = runtime("rollback");
    const auto sent =
        at(slot).send(std::span{&rollback, 1}, {.until = now + longest_roll_back}, now);
    if (sent) {
        rolling_back_.push_back(slot);
    } else {
        tell([&](auto& decided) { policy_.give_back(slot, condition::doubtful, now, decided); });
    }
}

void pool_core::warn_held() const {
    say(
        fmt::format("warning: a connection has been in use for {} ms (leak_after): a lease goes "
                    "back at the end of its scope, look for one that is kept",
                    config_.leak_after.count()));
}

void pool_core::sleep(deadline wake_at) {
    watched_.assign(1, {wake_, POLLIN, 0});
    for (const auto* busy : {&dialling_, &rolling_back_, &probing_}) {
        for (const slot_id slot : *busy) {
            const connection& one = at(slot);
            watched_.push_back({one.fd(), events_of(one.wants()), 0});
            wake_at = std::min(wake_at, one.wake_at());
        }
    }
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(wake_at - now_is()).count();
    ::poll(watched_.data(), watched_.size(),
           static_cast<int>(std::clamp<std::int64_t>(left, 0, 1'000)));
    eventfd_t drained = 0;
    ::eventfd_read(wake_, &drained);
}

void pool_core::advance_all() {
    const auto now = now_is();
    for (const slot_id slot : std::vector{dialling_})
        advance_dial(slot, now);
    for (const slot_id slot : std::vector{rolling_back_})
        advance_roll_back(slot, now);
    advance_probe(now);
}

void pool_core::advance_dial(slot_id slot, time_point now) {
    const auto stepped = at(slot).advance(now);
    if (stepped && at(slot).state() == session_state::opening) return;
    std::erase(dialling_, slot);
    if (!stepped) connections_[slot].reset();
    report_dial(slot, stepped ? nullptr : &stepped.error(), now_is());
}

void pool_core::advance_roll_back(slot_id slot, time_point now) {
    connection& one = at(slot);
    const auto stepped = one.advance(now);
    if (stepped && !one.answered()) return;
    const bool done = stepped && one.take() && one.state() == session_state::idle;
    std::erase(rolling_back_, slot);
    tell([&](auto& decided) {
        if (done) return policy_.rolled_back(slot, now, decided);
        policy_.give_back(slot, condition::doubtful, now, decided);
    });
}

void pool_core::probe(slot_id slot, time_point now) {
    if (at(slot).send_probe(now + longest_probe, now)) {
        probing_.push_back(slot);
    } else {
        tell([&](auto& decided) { policy_.give_back(slot, condition::lost, now, decided); });
    }
}

void pool_core::advance_probe(time_point now) {
    if (probing_.empty()) return;
    const slot_id slot = probing_.front();
    connection& one = at(slot);
    const auto stepped = one.advance(now);
    if (stepped && !one.answered()) return;
    probing_.clear();
    const auto found = stepped ? one.take_probe() : tl::unexpected{stepped.error()};
    const condition left = condition_of(one.state());
    tell([&](auto& decided) {
        // A refusal is an answer too: whoever refuses does not follow prepared statements.
        if (left != condition::clean) return policy_.give_back(slot, left, now, decided);
        counted_.leads_to = found.value_or(peer::unknown);
        policy_.probed(slot, now, decided);
    });
}

/// `why` is null for a connection that was made.
void pool_core::report_dial(slot_id slot, const error* why, time_point now) {
    tell([&](auto& decided) {
        if (why == nullptr) {
            ++counted_.dialled;
            counted_.tcp_round_trip = at(slot).tcp_round_trip().value_or(0us);
            if (warming_) warming_->dialled(now);
            policy_.dialled(slot, now, decided);
        } else {
            ++counted_.dial_failures;
            counted_.last_dial_error = explain(*why);
            if (warming_) warming_->failed(*why);
            const auto fault = is_connection_limit(*why) ? dial_fault::limit : dial_fault::other;
            policy_.dial_failed(slot, fault, now, decided);
        }
        if (warming_) warmed_.notify_one();
    });
}

void pool_core::say(const std::string& line) const {
    if (config_.log) return config_.log(line);
    std::fprintf(stderr, "honeydue: %s\n", line.c_str());
}

}  // namespace honeydue
