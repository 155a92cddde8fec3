// SPDX-License-Identifier: MIT
// The memory tier behind its door: shards with a lock each, lanes by which readers pass that lock,
// the loads under way, and the tags this process knows.
#pragma once

#include <honeydue/error.hpp>
#include <honeydue/memory_tier.hpp>

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cache_policy.hpp"
#include "coherence.hpp"
#include "memory_shard.hpp"
#include "reader_lane.hpp"

namespace honeydue::detail {

/// By which an entry is judged: what the caller knows of the backplane.
struct memory_view {
    cache_policy::instant now{};
    std::uint64_t epoch = 0;
    bool trusted = true;
    bool alone = false;  ///< the shared tier cannot be asked
    cache_policy::span_of_time window{};
};

struct memory_hit {
    std::shared_ptr<const void> value{};
    bool negative = false;
    bool refresh_due = false;
};

/// One load and those who wait for it.
class load_flight {
public:
    struct landing {
        std::shared_ptr<const void> value{};
        bool negative = false;
        std::uint8_t source = 0;
        std::optional<error> failure{};
        bool only_the_leaders = false;  ///< the failure says nothing to those who wait
    };

    /// For a flight that brings nothing to those who wait: they load for themselves.
    [[nodiscard]] static landing left_to_others() {
        return {
            .failure = error{errc::deadline, "cache: the load that was waited for was given up"},
            .only_the_leaders = true};
    }

    void land(landing with);
    /// Nothing when the deadline passed first.
    [[nodiscard]] std::optional<landing> wait(std::chrono::steady_clock::time_point until);

    std::uint64_t epoch = 0;
    std::vector<tag_mark> marks{};
    cache_policy::instant began{};
    bool fenced = false;  ///< when it began

private:
    std::mutex mutex_;
    std::condition_variable landed_;
    std::optional<landing> landing_;
};

struct kept_value {
    std::shared_ptr<const void> value{};
    std::size_t weight = 0;
    bool negative = false;
    cache_policy::entry_life life{};
};

class memory_store : public cache_listener {
public:
    explicit memory_store(const memory_tier_config& config);

    [[nodiscard]] static std::uint64_t hash_of(std::string_view name) noexcept;

    [[nodiscard]] std::optional<memory_hit> find(std::string_view name, std::uint64_t hash,
                                                 const memory_view& view);
    /// An entry that has expired but was never invalidated.
    [[nodiscard]] std::optional<memory_hit> find_stale(std::string_view name, std::uint64_t hash,
                                                       const memory_view& view);

    struct start {
        std::optional<memory_hit> hit{};
        std::shared_ptr<load_flight> flight{};
        bool leads = false;
    };
    enum class presence {
        counts,
        is_ignored,  ///< entries are
        all_anew,    ///< loads under way are too: what began before now is not good enough
    };
    /// An entry, or a flight to wait for, or `made` as the flight to fly. `made` is marked with
    /// `tags` before it can be found.
    [[nodiscard]] start find_or_begin(std::string_view name, std::uint64_t hash,
                                      const memory_view& view, presence entries,
                                      std::shared_ptr<load_flight> made);

    /// Ends a flight; keeps the value when nothing has happened to its name meanwhile. True: kept.
    bool land(std::string_view name, std::uint64_t hash, const load_flight& flight,
              std::uint64_t epoch_now, std::optional<kept_value> value);

    /// Nothing is kept under these names before `until`, nor what begins to be loaded before it.
    void fence(std::span<const std::string> names, cache_policy::instant until);
    /// From now on every intent is a fence: for caches whose loads no lease guards.
    void fence_intents() noexcept { fences_intents_.store(true); }
    [[nodiscard]] bool fences_intents() const noexcept { return fences_intents_.load(); }

    [[nodiscard]] std::vector<tag_mark> mark(std::span<const std::string> tags);

    void intended(std::span<const std::string> keys, std::span<const std::string> tags,
                  cache_policy::instant until) override;
    void invalidated(std::span<const std::string> keys, std::span<const std::string> tags) override;

    [[nodiscard]] memory_tier_stats stats() const;

private:
    // Who holds the mutex reads the entries; who holds all lanes too changes them; who holds a lane
    // reads them as well.
    struct alignas(64) locked_shard {
        locked_shard(std::size_t bytes, std::size_t negative_bytes, std::size_t lane_count,
                     std::size_t places);

        /// `how` is called while no reader is among the entries; what it puts into `out` no reader
        /// finds again.
        template <class Change>
        void change(departed& out, Change how);

        mutable std::mutex mutex{};
        std::uint64_t hits = 0;
        memory_shard entries;
        std::vector<std::unique_ptr<reader_lane>> lanes{};
        std::uint64_t misses = 0;
        std::uint64_t poisoned = 0;
        std::uint64_t too_large = 0;
        cache_policy::flight_book<load_flight> flights{};
        cache_policy::text_map<cache_policy::instant> fences{};
        std::size_t fences_limit = 64;
    };

    [[nodiscard]] locked_shard& shard_of(std::uint64_t hash) const noexcept {
        return *shards_[hash >> 48U & (shards_.size() - 1)];
    }
    [[nodiscard]] static bool is_believed(const memory_entry& entry,
                                          const memory_view& view) noexcept;
    [[nodiscard]] static memory_hit hit_on(memory_entry& entry, const memory_view& view,
                                           std::shared_ptr<const void> value);
    [[nodiscard]] static bool is_fenced(locked_shard& shard, std::string_view name,
                                        cache_policy::instant now);
    [[nodiscard]] std::shared_ptr<tag_state> tag_named(const std::string& name);
    void forget_unused_tags();

    std::vector<std::unique_ptr<locked_shard>> shards_;
    std::atomic<bool> fences_intents_{false};
    std::mutex tags_mutex_;
    cache_policy::text_map<std::shared_ptr<tag_state>> tags_;
    std::size_t tags_limit_ = 1024;
};

}  // namespace honeydue::detail
