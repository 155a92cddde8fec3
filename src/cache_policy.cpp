// SPDX-License-Identifier: MIT
// The decisions of the cache.
#include "cache_policy.hpp"

#include <time.h>
#include <algorithm>

namespace honeydue::cache_policy {

instant boot_clock::now() noexcept {
    timespec at{};
    ::clock_gettime(CLOCK_BOOTTIME, &at);
    return instant{std::chrono::seconds{at.tv_sec} + std::chrono::nanoseconds{at.tv_nsec}};
}

void bus_state::restart(bus_position at) {
    if (at.generation != at_.generation && !at_.generation.empty()) {
        left_.push_back(std::move(at_.generation));
        if (left_.size() > most_left) left_.pop_front();
    }
    at_ = std::move(at);
}

bool bus_state::has_reached(const bus_position& writers) const {
    if (writers.generation == at_.generation) return writers.sequence <= at_.sequence;
    return std::ranges::find(left_, writers.generation) != left_.end();
}

bus_verdict bus_state::judge(std::string_view generation, std::uint64_t sequence) const {
    if (generation != at_.generation) return bus_verdict::gap;
    if (sequence <= at_.sequence) return bus_verdict::repeated;
    return sequence == at_.sequence + 1 ? bus_verdict::apply : bus_verdict::gap;
}

bus_verdict bus_state::receive(std::string_view generation, std::uint64_t sequence) {
    const auto verdict = judge(generation, sequence);
    if (verdict == bus_verdict::apply) at_.sequence = sequence;
    return verdict;
}

entry_life life_of(instant now, const life_rules& rules, double jitter) {
    const auto shifted = [&](span_of_time span) {
        const auto tenth = static_cast<double>(span.count()) * 0.1 * std::clamp(jitter, -1.0, 1.0);
        return span + span_of_time{static_cast<span_of_time::rep>(tenth)};
    };
    auto life = std::max(shifted(rules.ttl), span_of_time{});
    if (rules.remaining) life = std::min(life, std::max(*rules.remaining, span_of_time{}));
    const auto part = static_cast<double>(life.count()) * std::clamp(rules.refresh_from, 0.0, 1.0);
    const auto expires = now + life;
    return {expires, now + span_of_time{static_cast<span_of_time::rep>(part)},
            expires + rules.stale_for};
}

bool breaker::admits(instant now) {
    if (!is_open()) return true;
    if (probing_ || now < retry_at_) return false;
    probing_ = true;
    return true;
}

void breaker::succeeded() {
    failures_ = 0;
    probing_ = false;
    pause_ = limits_.first_pause;
}

void breaker::failed(instant now, double jitter) {
    probing_ = false;
    failures_ = std::min(failures_ + 1, limits_.failures);
    if (!is_open()) return;
    const auto extra = static_cast<double>(pause_.count()) * 0.5 * std::clamp(jitter, 0.0, 1.0);
    retry_at_ = now + pause_ + span_of_time{static_cast<span_of_time::rep>(extra)};
    pause_ = std::min(pause_ * 2, limits_.longest_pause);
}

void pending_invalidations::add(std::string_view transaction, std::span<const std::string> names) {
    auto& of = transactions_[std::string{transaction}];
    for (const auto& name : names) {
        if (held_ >= bound_) return doubt_all(of);
        auto& counted = *names_.try_emplace(name, 0).first;
        of.names.push_back(&counted);
        ++counted.second;
        ++held_;
    }
}

void pending_invalidations::add_all(std::string_view transaction) {
    doubt_all(transactions_[std::string{transaction}]);
}

void pending_invalidations::doubt_all(doubts& of) {
    if (!std::exchange(of.all, true)) ++doubt_all_;
}

void pending_invalidations::remove(std::string_view transaction) {
    const auto found = transactions_.find(transaction);
    if (found == transactions_.end()) return;
    for (auto* const name : found->second.names) {
        if (--name->second == 0) names_.erase(names_.find(name->first));
    }
    held_ -= found->second.names.size();
    doubt_all_ -= found->second.all ? 1 : 0;
    transactions_.erase(found);
}

}  // namespace honeydue::cache_policy
