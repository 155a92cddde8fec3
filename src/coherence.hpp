// SPDX-License-Identifier: MIT
// What one process knows of the backplane: whether memory may be believed, which messages have been
// applied, and which names the shared tier is not to be believed about. One for each shared tier.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cache_policy.hpp"

namespace honeydue::detail {

/// A memory tier, seen from the backplane.
class cache_listener {
public:
    virtual ~cache_listener() = default;
    /// A transaction may change these at any moment up to `until`.
    virtual void intended(std::span<const std::string> keys, std::span<const std::string> tags,
                          cache_policy::instant until) = 0;
    virtual void invalidated(std::span<const std::string> keys,
                             std::span<const std::string> tags) = 0;
};

struct backplane_message {
    std::string generation{};
    std::uint64_t sequence = 0;
    bool is_intent = false;
    std::vector<std::string> keys{};
    std::vector<std::string> tags{};
};

class coherence {
public:
    coherence(cache_policy::span_of_time window, cache_policy::span_of_time trust)
        : window_{window}, trust_{trust} {}

    [[nodiscard]] std::uint64_t epoch() const noexcept {
        return epoch_.load(std::memory_order_acquire);
    }
    /// True while the backplane has been heard recently enough.
    [[nodiscard]] bool is_trusted(cache_policy::instant now) const noexcept {
        const cache_policy::instant heard{
            cache_policy::span_of_time{heard_.load(std::memory_order_acquire)}};
        return now - heard < trust_;
    }
    /// False while calls to the tier are not even tried.
    [[nodiscard]] bool is_reachable() const noexcept {
        return reachable_.load(std::memory_order_acquire);
    }
    void reachable(bool now) noexcept { reachable_.store(now, std::memory_order_release); }
    [[nodiscard]] cache_policy::span_of_time window() const noexcept { return window_; }

    void listen(std::weak_ptr<cache_listener> listener);
    void tell_intended(std::span<const std::string> keys, std::span<const std::string> tags);
    void tell_invalidated(std::span<const std::string> keys, std::span<const std::string> tags);

    /// Applies a message that came at its turn. Anything but `apply` and `repeated` needs
    /// `restart`.
    [[nodiscard]] cache_policy::bus_verdict receive(const backplane_message& message);
    /// Everything in memory is in doubt; from here on the stream is followed anew.
    void restart(cache_policy::bus_position at);
    /// Forgets what is in memory without touching the position.
    void flush() noexcept { epoch_.fetch_add(1, std::memory_order_acq_rel); }
    [[nodiscard]] bool in_step(const cache_policy::bus_position& servers) const;
    /// What was asked at `asked` showed nothing that is not applied.
    void heard(cache_policy::instant asked) noexcept;
    [[nodiscard]] bool wait_for(const cache_policy::bus_position& at,
                                std::chrono::milliseconds within) const;

    /// What the tier holds under a transaction's names is not believed until it is trusted again.
    void doubt(std::string_view transaction, std::span<const std::string> keys,
               std::span<const std::string> tags);
    /// Nothing the tier holds is believed until this transaction is trusted again.
    void doubt_all(std::string_view transaction);
    void trust_again(std::string_view transaction);
    [[nodiscard]] bool is_doubted(std::string_view name) const;

    std::atomic<std::uint64_t> gaps{0};
    std::atomic<std::uint64_t> flushes{0};

private:
    [[nodiscard]] std::vector<std::shared_ptr<cache_listener>> listeners() const;

    static constexpr std::size_t most_doubts = 10000;

    const cache_policy::span_of_time window_;
    const cache_policy::span_of_time trust_;
    std::atomic<std::uint64_t> epoch_{1};
    std::atomic<cache_policy::span_of_time::rep> heard_{
        std::numeric_limits<cache_policy::span_of_time::rep>::min() / 2};
    std::atomic<bool> reachable_{true};

    mutable std::mutex mutex_;
    mutable std::condition_variable moved_;
    cache_policy::bus_state bus_;
    std::vector<std::weak_ptr<cache_listener>> listeners_;

    mutable std::mutex doubts_mutex_;
    std::atomic<std::size_t> doubts_count_{0};
    cache_policy::pending_invalidations doubts_{most_doubts};
};

}  // namespace honeydue::detail
