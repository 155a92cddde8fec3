// SPDX-License-Identifier: MIT
// Which entry of a full tier leaves: S3-FIFO, by weight in bytes, promoting at the first hit. Small
// queue for newcomers, main queue for those asked for again, and the hashes of those that left
// young. Source: Yang et al., "FIFO queues are all you need for cache eviction" (SOSP 2023).
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace honeydue {

/// What a policy keeps of an entry; an entry derives from it.
struct eviction_node {
    eviction_node* older = nullptr;
    eviction_node* newer = nullptr;
    std::uint64_t hash = 0;
    std::size_t weight = 0;
    std::atomic<std::uint8_t> hits = 0;  // the one that is written without the policy's lock
    std::uint8_t queue = 0;
};

/// A queue of entries it does not own; the oldest leaves first.
class eviction_queue {
public:
    void push(eviction_node& node) noexcept;
    void remove(eviction_node& node) noexcept;
    [[nodiscard]] eviction_node* oldest() const noexcept { return oldest_; }
    [[nodiscard]] std::size_t weight() const noexcept { return weight_; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }

private:
    eviction_node* oldest_ = nullptr;
    eviction_node* newest_ = nullptr;
    std::size_t weight_ = 0;
    std::size_t size_ = 0;
};

/// The last hashes that were added, in 16 bytes each: four to a bucket, the oldest overwritten.
class ghost_queue {
public:
    void add(std::uint64_t hash, std::size_t length);
    [[nodiscard]] bool contains(std::uint64_t hash, std::size_t length) const noexcept;

private:
    struct slot {
        std::uint64_t hash = 0;
        std::uint64_t added = 0;  // 0: empty
    };
    static constexpr std::size_t bucket_size = 4;

    [[nodiscard]] std::size_t bucket_of(std::uint64_t hash) const noexcept {
        return (hash >> 20U & (slots_.size() / bucket_size - 1)) * bucket_size;
    }
    void put(slot added) noexcept;
    void grow(std::size_t length);

    std::vector<slot> slots_;
    std::uint64_t clock_ = 0;
};

/// A policy has these four functions; another can stand in its place.
class s3_fifo {
public:
    void insert(eviction_node& node);
    /// On every hit: writes nothing once the entry is known to be popular.
    static void hit(eviction_node& node) noexcept {
        const auto hits = node.hits.load(std::memory_order_relaxed);
        if (hits < most_hits) node.hits.store(hits + 1, std::memory_order_relaxed);
    }
    /// As popular as the policy can tell.
    [[nodiscard]] static bool is_popular(const eviction_node& node) noexcept {
        return node.hits.load(std::memory_order_relaxed) == most_hits;
    }
    void erase(eviction_node& node) noexcept;
    /// Takes the next to leave off the books; null when there is none.
    [[nodiscard]] eviction_node* evict();

    [[nodiscard]] std::size_t weight() const noexcept { return small_.weight() + main_.weight(); }

private:
    static constexpr std::uint8_t most_hits = 3;
    static constexpr int most_reinsertions = 32;  // an eviction must not walk the whole queue
    enum queue_name : std::uint8_t { in_small, in_main };

    void enter_main(eviction_node& node) noexcept;
    [[nodiscard]] eviction_node* evict_from_small();
    [[nodiscard]] eviction_node* evict_from_main() noexcept;

    eviction_queue small_;
    eviction_queue main_;
    ghost_queue ghosts_;
};

}  // namespace honeydue
