// SPDX-License-Identifier: MIT
// One part of the memory tier.
#include "memory_shard.hpp"

#include <algorithm>
#include <utility>

namespace honeydue::detail {

bool tag_mark::holds(cache_policy::instant now) const noexcept {
    if (tag->version.load(std::memory_order_acquire) != version) return false;
    const auto cap = tag->cap.load(std::memory_order_acquire);
    return cap == 0 || now.time_since_epoch().count() < cap;
}

memory_entry* entry_index::find(std::uint64_t hash, std::string_view name) const noexcept {
    if (slots_.empty()) return nullptr;
    for (auto at = home(hash); slots_[at] != nullptr; at = (at + 1) & (slots_.size() - 1)) {
        if (slots_[at]->hash == hash && slots_[at]->name == name) return slots_[at];
    }
    return nullptr;
}

void entry_index::place(memory_entry* entry) noexcept {
    auto at = home(entry->hash);
    while (slots_[at] != nullptr)
        at = (at + 1) & (slots_.size() - 1);
    slots_[at] = entry;
}

void entry_index::insert(memory_entry* entry) {
    if ((size_ + 1) * 2 > slots_.size()) {
        std::vector<memory_entry*> old(std::max(slots_.size() * 2, std::size_t{16}));
        std::swap(old, slots_);
        for (auto* const kept : old) {
            if (kept != nullptr) place(kept);
        }
    }
    place(entry);
    ++size_;
}

// Backward shift: what had to step aside for the entry moves up. Source: Knuth, TAOCP 3, 6.4 R.
void entry_index::erase(const memory_entry* entry) noexcept {
    const auto mask = slots_.size() - 1;
    auto hole = home(entry->hash);
    while (slots_[hole] != entry)
        hole = (hole + 1) & mask;
    for (auto at = (hole + 1) & mask; slots_[at] != nullptr; at = (at + 1) & mask) {
        const auto away = (at - home(slots_[at]->hash)) & mask;
        if (away < ((at - hole) & mask)) continue;
        slots_[hole] = slots_[at];
        hole = at;
    }
    slots_[hole] = nullptr;
    --size_;
}

memory_shard::~memory_shard() {
    for (auto* const entry : index_.slots())
        delete entry;
}

bool memory_shard::insert(std::unique_ptr<memory_entry> entry, departed& out) {
    if (auto* const old = find(entry->hash, entry->name)) erase(old, out);
    const auto limit = entry->negative ? max_negative_bytes_ : max_bytes_;
    if (entry->weight > limit) return false;
    auto& policy = entry->negative ? absent_ : kept_;
    negatives_ += entry->negative ? 1 : 0;
    index_.insert(entry.get());
    policy.insert(*entry.release());
    shrink(policy, limit, out);
    return true;
}

void memory_shard::erase(memory_entry* entry, departed& out) {
    (entry->negative ? absent_ : kept_).erase(*entry);
    forget(entry, out);
}

void memory_shard::forget(memory_entry* entry, departed& out) {
    index_.erase(entry);
    negatives_ -= entry->negative ? 1 : 0;
    out.emplace_back(entry);
}

void memory_shard::shrink(s3_fifo& policy, std::size_t limit, departed& out) {
    while (policy.weight() > limit) {
        auto* const leaving = policy.evict();
        if (leaving == nullptr) return;
        ++evictions_;
        forget(static_cast<memory_entry*>(leaving), out);
    }
}

}  // namespace honeydue::detail
