// SPDX-License-Identifier: MIT
// One part of the memory tier: its table of entries, what bounds it and what is being loaded. Knows
// no lock; memory_store.hpp has one for each.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cache_policy.hpp"
#include "s3_fifo.hpp"

namespace honeydue::detail {

/// A tag as this process knows it. A bump makes every entry that was marked before invalid.
struct tag_state {
    std::atomic<std::uint64_t> version{1};
    std::atomic<cache_policy::span_of_time::rep> cap{0};  // 0: no intent is known
};

struct tag_mark {
    std::shared_ptr<tag_state> tag;
    std::uint64_t version;

    [[nodiscard]] bool holds(cache_policy::instant now) const noexcept;
};

struct memory_entry : eviction_node {
    std::string name{};
    std::shared_ptr<const void> value{};
    cache_policy::entry_life life{};
    cache_policy::instant loaded_at{};
    std::uint64_t epoch = 0;
    std::vector<tag_mark> marks{};
    bool negative = false;
};

/// Entries on their way out: destroyed by whoever holds this, outside the lock.
using departed = std::vector<std::unique_ptr<memory_entry>>;

/// Open addressing with linear probing; owns nothing.
class entry_index {
public:
    [[nodiscard]] memory_entry* find(std::uint64_t hash, std::string_view name) const noexcept;
    void insert(memory_entry* entry);
    void erase(const memory_entry* entry) noexcept;
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] const std::vector<memory_entry*>& slots() const noexcept { return slots_; }

private:
    [[nodiscard]] std::size_t home(std::uint64_t hash) const noexcept {
        return hash & (slots_.size() - 1);
    }
    void place(memory_entry* entry) noexcept;

    std::vector<memory_entry*> slots_;
    std::size_t size_ = 0;
};

class memory_shard {
public:
    memory_shard(std::size_t max_bytes, std::size_t max_negative_bytes)
        : max_bytes_{max_bytes}, max_negative_bytes_{max_negative_bytes} {}
    memory_shard(const memory_shard&) = delete;
    memory_shard& operator=(const memory_shard&) = delete;
    ~memory_shard();

    [[nodiscard]] memory_entry* find(std::uint64_t hash, std::string_view name) const noexcept {
        return index_.find(hash, name);
    }
    /// Replaces an entry of the same name. False: heavier than everything together may be.
    bool insert(std::unique_ptr<memory_entry> entry, departed& out);
    void erase(memory_entry* entry, departed& out);

    [[nodiscard]] std::size_t size() const noexcept { return index_.size(); }
    [[nodiscard]] std::size_t negative_size() const noexcept { return negatives_; }
    [[nodiscard]] std::size_t bytes() const noexcept { return kept_.weight() + absent_.weight(); }
    [[nodiscard]] std::uint64_t evictions() const noexcept { return evictions_; }

private:
    void shrink(s3_fifo& policy, std::size_t limit, departed& out);
    void forget(memory_entry* entry, departed& out);

    entry_index index_;
    s3_fifo kept_;
    s3_fifo absent_;
    std::size_t negatives_ = 0;
    std::uint64_t evictions_ = 0;
    std::size_t max_bytes_;
    std::size_t max_negative_bytes_;
};

}  // namespace honeydue::detail
