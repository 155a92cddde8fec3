// SPDX-License-Identifier: MIT
// What one process knows of the backplane.
#include "coherence.hpp"

#include <algorithm>

namespace honeydue::detail {

using cache_policy::bus_position;
using cache_policy::bus_verdict;

void coherence::listen(std::weak_ptr<cache_listener> listener) {
    const std::lock_guard lock{mutex_};
    std::erase_if(listeners_, [](const auto& known) { return known.expired(); });
    const auto wanted = listener.lock();
    const bool known =
        std::ranges::any_of(listeners_, [&](const auto& other) { return other.lock() == wanted; });
    if (!known) listeners_.push_back(std::move(listener));
}

std::vector<std::shared_ptr<cache_listener>> coherence::listeners() const {
    const std::lock_guard lock{mutex_};
    std::vector<std::shared_ptr<cache_listener>> alive;
    for (const auto& known : listeners_) {
        if (auto listener = known.lock()) alive.push_back(std::move(listener));
    }
    return alive;
}

void coherence::tell_intended(std::span<const std::string> keys,
                              std::span<const std::string> tags) {
    const auto until = cache_policy::boot_clock::now() + window_;
    for (const auto& listener : listeners())
        listener->intended(keys, tags, until);
}

void coherence::tell_invalidated(std::span<const std::string> keys,
                                 std::span<const std::string> tags) {
    for (const auto& listener : listeners())
        listener->invalidated(keys, tags);
}

// The listeners are told before the position moves: who waits for it must find them told.
bus_verdict coherence::receive(const backplane_message& message) {
    {
        const std::lock_guard lock{mutex_};
        const auto verdict = bus_.judge(message.generation, message.sequence);
        if (verdict != bus_verdict::apply) return verdict;
    }
    if (message.is_intent) {
        tell_intended(message.keys, message.tags);
    } else {
        tell_invalidated(message.keys, message.tags);
    }
    const std::lock_guard lock{mutex_};
    const auto verdict = bus_.receive(message.generation, message.sequence);
    moved_.notify_all();
    return verdict;
}

void coherence::restart(bus_position at) {
    const std::lock_guard lock{mutex_};
    flush();
    flushes.fetch_add(1, std::memory_order_relaxed);
    bus_.restart(std::move(at));
    moved_.notify_all();
}

bool coherence::in_step(const bus_position& servers) const {
    const std::lock_guard lock{mutex_};
    return bus_.in_step(servers);
}

void coherence::heard(cache_policy::instant asked) noexcept {
    heard_.store(asked.time_since_epoch().count(), std::memory_order_release);
}

bool coherence::wait_for(const bus_position& at, std::chrono::milliseconds within) const {
    std::unique_lock lock{mutex_};
    return moved_.wait_for(lock, within, [&] { return bus_.has_reached(at); });
}

void coherence::doubt(std::string_view transaction, std::span<const std::string> keys,
                      std::span<const std::string> tags) {
    const std::lock_guard lock{doubts_mutex_};
    doubts_.add(transaction, keys);
    doubts_.add(transaction, tags);
    doubts_count_.store(doubts_.size(), std::memory_order_release);
}

void coherence::doubt_all(std::string_view transaction) {
    const std::lock_guard lock{doubts_mutex_};
    doubts_.add_all(transaction);
    doubts_count_.store(doubts_.size(), std::memory_order_release);
}

void coherence::trust_again(std::string_view transaction) {
    const std::lock_guard lock{doubts_mutex_};
    doubts_.remove(transaction);
    doubts_count_.store(doubts_.size(), std::memory_order_release);
}

bool coherence::is_doubted(std::string_view name) const {
    if (doubts_count_.load(std::memory_order_acquire) == 0) return false;
    const std::lock_guard lock{doubts_mutex_};
    return doubts_.contains(name);
}

}  // namespace honeydue::detail
