// SPDX-License-Identifier: MIT
// S3-FIFO by weight.
#include "s3_fifo.hpp"

#include <algorithm>
#include <bit>
#include <span>
#include <utility>

namespace honeydue {

void eviction_queue::push(eviction_node& node) noexcept {
    node.older = newest_;
    node.newer = nullptr;
    (newest_ != nullptr ? newest_->newer : oldest_) = &node;
    newest_ = &node;
    weight_ += node.weight;
    ++size_;
}

void eviction_queue::remove(eviction_node& node) noexcept {
    (node.older != nullptr ? node.older->newer : oldest_) = node.newer;
    (node.newer != nullptr ? node.newer->older : newest_) = node.older;
    weight_ -= node.weight;
    --size_;
}

void ghost_queue::add(std::uint64_t hash, std::size_t length) {
    if (slots_.size() < 2 * length || slots_.empty()) grow(length);
    put({hash, ++clock_});
}

void ghost_queue::put(slot added) noexcept {
    const auto bucket = std::span{slots_}.subspan(bucket_of(added.hash), bucket_size);
    *std::ranges::min_element(bucket, {}, &slot::added) = added;
}

void ghost_queue::grow(std::size_t length) {
    std::vector<slot> old(std::bit_ceil(std::max(2 * length, std::size_t{64})));
    std::swap(old, slots_);
    for (const auto& kept : old) {
        if (kept.added != 0) put(kept);
    }
}

bool ghost_queue::contains(std::uint64_t hash, std::size_t length) const noexcept {
    if (slots_.empty()) return false;
    const auto bucket = std::span{slots_}.subspan(bucket_of(hash), bucket_size);
    return std::ranges::any_of(bucket, [&](const slot& kept) {
        return kept.added != 0 && kept.hash == hash && clock_ - kept.added < length;
    });
}

void s3_fifo::insert(eviction_node& node) {
    node.hits = 0;
    if (ghosts_.contains(node.hash, std::max(main_.size(), small_.size()))) {
        enter_main(node);
        return;
    }
    node.queue = in_small;
    small_.push(node);
}

void s3_fifo::enter_main(eviction_node& node) noexcept {
    node.queue = in_main;
    main_.push(node);
}

void s3_fifo::erase(eviction_node& node) noexcept {
    (node.queue == in_small ? small_ : main_).remove(node);
}

eviction_node* s3_fifo::evict() {
    if (small_.weight() * 10 > weight() || main_.size() == 0) {
        if (auto* const chosen = evict_from_small()) return chosen;
    }
    if (auto* const chosen = evict_from_main()) return chosen;
    return evict_from_small();
}

// Null when every newcomer had been asked for again and moved on.
eviction_node* s3_fifo::evict_from_small() {
    while (auto* const node = small_.oldest()) {
        small_.remove(*node);
        if (node->hits == 0) {
            ghosts_.add(node->hash, std::max(main_.size(), small_.size()));
            return node;
        }
        node->hits = 0;
        enter_main(*node);
        if (small_.weight() * 10 <= weight()) return nullptr;
    }
    return nullptr;
}

eviction_node* s3_fifo::evict_from_main() noexcept {
    for (int moved = 0; auto* const node = main_.oldest(); ++moved) {
        main_.remove(*node);
        if (node->hits == 0 || moved == most_reinsertions) return node;
        --node->hits;
        main_.push(*node);
    }
    return nullptr;
}

}  // namespace honeydue
