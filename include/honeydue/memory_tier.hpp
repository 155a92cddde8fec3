// SPDX-License-Identifier: MIT
// The memory in front: one for a process, shared by its caches, bounded in bytes. It keeps what
// cache.hpp puts in; it has no way in of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

namespace honeydue {

struct memory_tier_config {
    /// Unit: bytes, keys and nodes included. Zero keeps nothing.
    std::size_t max_bytes = std::size_t{64} << 20U;
    /// What may hold "there is none" entries, so that a flood of unknown keys cannot push out the
    /// known. Unit: percent of max_bytes, on top of it. Range: 0 to 100.
    unsigned negative_percent = 10;
    /// Rounded up to a power of two. Zero: sixteen for each core, fewer where that would leave a
    /// shard below 64 KiB.
    std::size_t shards = 0;
};

/// Everything since the tier was made.
struct memory_tier_stats {
    std::uint64_t hits = 0;
    std::uint64_t misses = 0;
    std::uint64_t evictions = 0;
    std::uint64_t poisoned = 0;   ///< loads whose value was not kept: invalidated meanwhile
    std::uint64_t too_large = 0;  ///< values heavier than a shard
    std::size_t entries = 0;
    std::size_t negative_entries = 0;
    std::size_t bytes = 0;
};

namespace detail {
class memory_store;
}

/// Evicts by S3-FIFO. Thread: any. Lifetime: caches over it keep what they need of it alive.
class memory_tier {
public:
    explicit memory_tier(memory_tier_config config = {});

    [[nodiscard]] memory_tier_stats stats() const;

    [[nodiscard]] const std::shared_ptr<detail::memory_store>& store() const noexcept {
        return store_;
    }

private:
    std::shared_ptr<detail::memory_store> store_;
};

}  // namespace honeydue
