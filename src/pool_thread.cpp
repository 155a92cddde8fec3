// SPDX-License-Identifier: MIT
// The pool's thread: it dials, closes, asks and rolls back, so that no caller has to.
#include <algorithm>
#include <random>
#include <utility>

#include <fmt/format.h>

#include "dial.hpp"
#include "handshake_error.hpp"
#include "observers.hpp"
#include "pool_core.hpp"

namespace honeydue {

namespace {

using namespace std::chrono_literals;

/// The policy's times are looked at so often even when nothing happens: a connection that went idle
/// meanwhile sets none.
constexpr auto longest_sleep = 1s;

/// A ROLLBACK that takes longer is not worth waiting for: a new connection is surer.
constexpr auto longest_roll_back = 10s;
constexpr auto longest_probe = 10s;
constexpr auto longest_scouting = 1s;

pool_policy::time_point now_is() { return std::chrono::steady_clock::now(); }

short events_of(interest wanted) {
    const bool read = wanted == interest::read || wanted == interest::read_and_write;
    const bool write = wanted == interest::write || wanted == interest::read_and_write;
    return static_cast<short>((read ? POLLIN : 0) | (write ? POLLOUT : 0));
}

dial_fault fault_of(const error& why) {
    if (is_connection_limit(why)) return dial_fault::limit;
    return is_permanent(why) ? dial_fault::permanent : dial_fault::other;
}

}  // namespace

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
            running_ = !stopping_ || !orders_.empty() || (draining_ && !policy_.is_over());
            if (!running_) break;
        }
        run_once();
    }
    for (const slot_id slot : dialling_)
        places_[slot].link.reset();
}

void pool_core::run_once() {
    deadline wake_at = no_deadline;
    const auto orders = take_orders(wake_at);
    tell_changes();
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
        case pool_action::kind::cut_off:
            cut_off_ = true;
            cut_.raise();
            return cut_off(order.slot);
        case pool_action::kind::close:
            break;
        default:
            return;
    }
    for (auto* busy : {&dialling_, &rolling_back_, &probing_})
        std::erase(*busy, order.slot);
    places_[order.slot].link.reset();
    if (detail::is_observed()) detail::tell(eviction_event{server_, order.why});
    tell([&](auto& decided) { policy_.closed(order.slot, now, decided); });
}

void pool_core::dial(slot_id slot, time_point now) {
    auto begun = connection::start(config_.server, no_deadline, now);
    if (!begun) return report_dial(slot, &begun.error(), now);
    places_[slot].link.emplace(std::move(*begun));
    // One that is near may have opened already.
    if (auto* opening = at(slot).dialling(); !password_proven_ && opening != nullptr)
        opening->hold();
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
    watched_.assign(1, {wake_.descriptor(), POLLIN, 0});
    for (const auto* busy : {&dialling_, &rolling_back_, &probing_}) {
        for (const slot_id slot : *busy) {
            const connection& one = at(slot);
            const bool is_held = one.wants() == interest::nothing;
            watched_.push_back({is_held ? -1 : one.fd(), events_of(one.wants()), 0});
            wake_at = std::min(wake_at, one.wake_at());
        }
    }
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(wake_at - now_is()).count();
    ::poll(watched_.data(), watched_.size(),
           static_cast<int>(std::clamp<std::int64_t>(left, 0, 1'000)));
    wake_.lower();
}

void pool_core::advance_all() {
    const auto now = now_is();
    for (const slot_id slot : std::vector{dialling_})
        advance_dial(slot, now);
    choose_scout(now);
    for (const slot_id slot : std::vector{rolling_back_})
        advance_roll_back(slot, now);
    advance_probe(now);
}

void pool_core::advance_dial(slot_id slot, time_point now) {
    const auto stepped = at(slot).advance(now);
    if (stepped && at(slot).state() == session_state::opening) return;
    std::erase(dialling_, slot);
    if (!stepped) places_[slot].link.reset();
    report_dial(slot, stepped ? nullptr : &stepped.error(), now_is());
}

/// In warm-up one dial proves the password before the others do: a wrong one is refused once and
/// not twenty times, at the price of a round trip. A scout that is not heard of keeps nobody.
void pool_core::choose_scout(time_point now) {
    if (password_proven_) return;
    if (scout_ && now - scouting_since_ >= longest_scouting) return believe_password();
    if (scout_) return;
    const auto first = std::ranges::find_if(
        dialling_, [&](slot_id slot) { return at(slot).dialling()->is_holding(); });
    if (first == dialling_.end()) return;
    scout_ = *first;
    scouting_since_ = now;
    at(*first).dialling()->release();
}

void pool_core::believe_password() {
    password_proven_ = true;
    for (const slot_id slot : dialling_)
        at(slot).dialling()->release();
}

/// One that was refused for good has all others wait for the end that is about to come.
void pool_core::note_scout(slot_id slot, const error* why) {
    if (why == nullptr) return believe_password();
    if (scout_ == slot && !is_permanent(*why)) scout_.reset();
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
    const bool sound = one.state() == session_state::idle;
    tell([&](auto& decided) {
        // A refusal is an answer too: whoever refuses does not follow prepared statements.
        if (!sound) return policy_.give_back(slot, condition::lost, now, decided);
        counted_.leads_to = found.value_or(peer::unknown);
        policy_.probed(slot, now, decided);
    });
}

/// `why` is null for a connection that was made.
void pool_core::report_dial(slot_id slot, const error* why, time_point now) {
    if (!password_proven_) note_scout(slot, why);
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
            policy_.dial_failed(slot, fault_of(*why), now, decided);
        }
        if (warming_) warmed_.notify_one();
    });
}

void pool_core::tell_changes() {
    pool_event event{.server = server_, .max_open = config_.max_open};
    {
        const std::lock_guard lock{guard_};
        const auto now = policy_.count();
        event.breaker = now.breaker;
        event.effective_max = now.effective_max;
    }
    if (std::exchange(breaker_, event.breaker) == event.breaker &&
        std::exchange(effective_max_, event.effective_max) == event.effective_max)
        return;
    if (detail::is_observed()) detail::tell(event);
}

}  // namespace honeydue
