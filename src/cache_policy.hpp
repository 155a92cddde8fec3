// SPDX-License-Identifier: MIT
// The decisions of the cache: which load may be kept, what a message of the backplane means, how
// long an entry lives, when the shared tier is asked. No thread, socket or clock in it: the time is
// an argument. What evicts is s3_fifo.hpp; the tables are memory_shard.hpp.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace honeydue::cache_policy {

/// Time since boot, suspension included: a paused machine must not trust what it knew before.
struct boot_clock {
    using duration = std::chrono::nanoseconds;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<boot_clock>;
    static constexpr bool is_steady = true;

    [[nodiscard]] static time_point now() noexcept;
};

using instant = boot_clock::time_point;
using span_of_time = boot_clock::duration;

/// Lets a string_view look a string up.
struct text_hash {
    using is_transparent = void;
    [[nodiscard]] std::size_t operator()(std::string_view text) const noexcept {
        return std::hash<std::string_view>{}(text);
    }
};
template <class Value>
using text_map = std::unordered_map<std::string, Value, text_hash, std::equal_to<>>;

/// The loads under way, by key. A load is registered before it reads anything, and an invalidation
/// takes it off the list: who comes later starts another, and what the first brings is not kept.
/// Source: the behaviour of otter v2 (its issue 137).
template <class Flight>
class flight_book {
public:
    /// The load to join, or nothing.
    [[nodiscard]] std::shared_ptr<Flight> under_way(std::string_view key) const {
        const auto found = flights_.find(key);
        return found == flights_.end() ? nullptr : found->second;
    }

    /// Replaces whatever was there: that one is poisoned.
    void begin(std::string_view key, std::shared_ptr<Flight> flight) {
        flights_.insert_or_assign(std::string{key}, std::move(flight));
    }

    /// True when a load was under way.
    bool poison(std::string_view key) {
        const auto found = flights_.find(key);
        if (found == flights_.end()) return false;
        flights_.erase(found);
        return true;
    }

    /// Ends a load. True when nobody poisoned it: only then may its value be kept.
    [[nodiscard]] bool land(std::string_view key, const Flight* flight) {
        const auto found = flights_.find(key);
        if (found == flights_.end() || found->second.get() != flight) return false;
        flights_.erase(found);
        return true;
    }

    [[nodiscard]] std::size_t size() const noexcept { return flights_.size(); }

private:
    text_map<std::shared_ptr<Flight>> flights_;
};

/// Where the backplane's stream stands. `generation` is random: it names one life of one server.
struct bus_position {
    std::string generation;
    std::uint64_t sequence = 0;

    friend bool operator==(const bus_position&, const bus_position&) = default;
};

enum class bus_verdict {
    apply,     ///< the next message: obey it
    repeated,  ///< known already
    gap,       ///< messages were lost, or another server speaks: flush, take the new position
};

/// What a subscriber has seen. Sequences are dense, so that a loss shows.
class bus_state {
public:
    /// Nothing received so far counts any more.
    void restart(bus_position at);

    [[nodiscard]] bus_verdict judge(std::string_view generation, std::uint64_t sequence) const;
    /// The same, and what applies counts as received.
    [[nodiscard]] bus_verdict receive(std::string_view generation, std::uint64_t sequence);

    /// True when the server's own count says that nothing is missing.
    [[nodiscard]] bool in_step(const bus_position& servers) const { return servers == at_; }

    /// True when a writer's position has been applied here, or was of a generation that is over:
    /// all that was known in it has been forgotten since.
    [[nodiscard]] bool has_reached(const bus_position& writers) const;

    [[nodiscard]] const bus_position& at() const noexcept { return at_; }

private:
    static constexpr std::size_t most_left = 8;

    bus_position at_;
    std::deque<std::string> left_;  ///< generations, the one left last at the end
};

/// How long a fresh value may be used, and in which way.
struct entry_life {
    instant expires;      ///< not served as fresh from here on
    instant refresh_at;   ///< a load ahead of time may start from here on
    instant stale_until;  ///< until here it may stand in for a load that fails

    friend bool operator==(const entry_life&, const entry_life&) = default;
};

struct life_rules {
    span_of_time ttl;                         ///< in memory, before jitter
    std::optional<span_of_time> remaining{};  ///< what is left of it in the shared tier
    span_of_time stale_for{};
    double refresh_from = 1;  ///< fraction of the life
};

/// `jitter` in [-1, 1] moves the end by a tenth, and never beyond what remains.
[[nodiscard]] entry_life life_of(instant now, const life_rules& rules, double jitter);

/// When the shared tier is asked. Opens after so many failures in a row; then one caller at a time
/// probes, later after each failure.
class breaker {
public:
    struct limits {
        int failures = 3;
        span_of_time first_pause = std::chrono::milliseconds{200};
        span_of_time longest_pause = std::chrono::seconds{5};
    };

    explicit breaker(limits within) : limits_{within}, pause_{within.first_pause} {}

    /// False costs the caller nothing. A true answer while open is the one probe: it must be
    /// followed by `succeeded` or `failed`.
    [[nodiscard]] bool admits(instant now);
    void succeeded();
    /// `jitter` in [0, 1] lengthens the pause by up to a half.
    void failed(instant now, double jitter);

    [[nodiscard]] bool is_open() const noexcept { return failures_ >= limits_.failures; }

private:
    limits limits_;
    int failures_ = 0;
    bool probing_ = false;
    span_of_time pause_;
    instant retry_at_{};
};

/// Transactions the shared tier has not acknowledged, and the names they changed: what it holds
/// under these is not to be believed by this process.
class pending_invalidations {
public:
    /// `bound` is of names, those of all transactions together.
    explicit pending_invalidations(std::size_t bound) : bound_{bound} {}

    /// Beyond the bound the transaction's further names are not kept: while it is pending every
    /// name is in doubt.
    void add(std::string_view transaction, std::span<const std::string> names);
    /// While it is pending every name is in doubt.
    void add_all(std::string_view transaction);
    /// The other transactions' doubts stay, of the same names too.
    void remove(std::string_view transaction);

    [[nodiscard]] bool contains(std::string_view name) const {
        return doubt_all_ > 0 || names_.contains(name);
    }
    /// Of transactions.
    [[nodiscard]] std::size_t size() const noexcept { return transactions_.size(); }

private:
    using counted_name = text_map<int>::value_type;
    struct doubts {
        std::vector<counted_name*> names{};
        bool all = false;
    };

    void doubt_all(doubts& of);

    std::size_t bound_;
    std::size_t held_ = 0;
    std::size_t doubt_all_ = 0;  // transactions
    text_map<int> names_;        // with how many transactions doubt them
    text_map<doubts> transactions_;
};

}  // namespace honeydue::cache_policy
