// SPDX-License-Identifier: MIT
// A transaction's invalidations. Before COMMIT the names are doubted in this process and intended
// in the shared tier; after it they are dropped there, then here, and believed again.
#include <honeydue/invalidation.hpp>

#include "cache_core.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace honeydue {

using detail::cache_core;
using detail::count;

/// What goes to one pair of tiers.
struct invalidations::batch {
    shared_tier* shared = nullptr;
    std::vector<std::shared_ptr<cache_core>> caches{};
    shared_invalidation names{};
    shared_position position{};
};

enum class invalidations::ending { committed, rolled_back, unknown };

namespace {

thread_local invalidations* innermost = nullptr;

constexpr cache_policy::span_of_time window_without_a_tier = std::chrono::seconds{5};

// Nothing: it was not delivered, and its names stay doubted.
std::optional<shared_position> deliver(shared_tier& to, const shared_invalidation& names,
                                       commit_known known) {
    try {
        auto position = to.done(names, known);
        if (position) return std::move(*position);
    } catch (...) {
    }
    return std::nullopt;
}

// What is not known to have committed may still do so, up to `may_commit_until`.
void forget(detail::memory_store& memory, const shared_invalidation& names,
            std::optional<cache_policy::instant> may_commit_until) {
    if (may_commit_until) memory.fence(names.keys, *may_commit_until);
    memory.invalidated(names.keys, names.tags);
    if (may_commit_until) memory.intended({}, names.tags, *may_commit_until);
}

template <class T>
void add_once(std::vector<T>& to, const T& value) {
    if (std::ranges::find(to, value) == to.end()) to.push_back(value);
}

}  // namespace

invalidations::invalidations() : outer_{std::exchange(innermost, this)} {}

invalidations::~invalidations() {
    if (!ended_ && intended_) unknown();
    innermost = outer_;
}

// What has its verdict sees no more than others: hooks may use the cache again.
invalidations* invalidations::current() noexcept {
    auto* at = innermost;
    while (at != nullptr && at->ended_)
        at = at->outer_;
    return at;
}

void invalidations::add_name(std::shared_ptr<cache_core> of, std::string name) {
    items_.push_back({std::move(of), std::move(name), false});
}

void invalidations::add_tag_name(std::shared_ptr<cache_core> of, std::string_view tag) {
    items_.push_back({std::move(of), std::string{tag}, true});
}

void invalidations::rollback_to(std::size_t mark) {
    items_.erase(items_.begin() + static_cast<std::ptrdiff_t>(std::min(mark, items_.size())),
                 items_.end());
}

// A tag may be on any key.
bool invalidations::concerns(const cache_core& of, std::string_view name) const noexcept {
    const auto touches = [&](const item& it) {
        return it.is_tag || (it.of.get() == &of && it.name == name);
    };
    return std::ranges::any_of(items_, touches) ||
           (outer_ != nullptr && outer_->concerns(of, name));
}

void invalidations::make_batches() {
    batches_.clear();
    for (const auto& it : items_) {
        auto* const shared = it.of->shared();
        auto found = std::ranges::find(batches_, shared, &batch::shared);
        if (found == batches_.end()) {
            batches_.push_back({.shared = shared});
            found = batches_.end() - 1;
            found->names.transaction = detail::random_token();
        }
        add_once(found->caches, it.of);
        add_once(it.is_tag ? found->names.tags : found->names.keys, it.name);
    }
    for (const auto& of : batches_) {
        if (of.shared == nullptr) continue;
        of.shared->coherence().doubt(of.names.transaction, of.names.keys, of.names.tags);
    }
}

result<void> invalidations::before_commit() {
    make_batches();
    intended_ = true;
    std::optional<error> refused;
    for (auto& of : batches_) {
        if (of.shared == nullptr) continue;
        auto intended = of.shared->intend(of.names);
        if (intended) continue;
        for (const auto& cache : of.caches) {
            count(cache->counters().unfenced_commits);
            if (cache->options().unfenced == unfenced_commit::refused) refused = intended.error();
        }
    }
    if (refused) {
        return fail(errc::refused,
                    "cache: the shared tier did not take the transaction's intents, so "
                    "it must not commit: " +
                        refused->message());
    }
    return {};
}

void invalidations::committed() { end(ending::committed); }
void invalidations::rolled_back() { end(ending::rolled_back); }
void invalidations::unknown() { end(ending::unknown); }

void invalidations::end(ending how) {
    if (std::exchange(ended_, true)) return;
    if (!intended_ && how != ending::rolled_back) make_batches();
    for (auto& of : batches_)
        end_one(of, how);
}

// The shared tier first, or a reader here would fetch the old value from it again; then our memory,
// and whatever was being loaded meanwhile; only then is the tier believed.
void invalidations::end_one(batch& of, ending how) {
    if (how == ending::rolled_back) {
        if (of.shared == nullptr) return;
        of.shared->cancel(of.names);
        of.shared->coherence().trust_again(of.names.transaction);
        return;
    }
    const bool is_known = how == ending::committed;
    std::optional<shared_position> position;
    auto window = window_without_a_tier;
    if (of.shared != nullptr) {
        position = deliver(*of.shared, of.names, is_known ? commit_known::yes : commit_known::no);
        window = of.shared->coherence().window();
    }
    const auto until = cache_policy::boot_clock::now() + window;
    for (const auto& cache : of.caches) {
        if (of.shared != nullptr && !position) count(cache->counters().undelivered);
        forget(cache->memory(), of.names, is_known ? std::nullopt : std::optional{until});
    }
    if (!position) return;
    of.shared->coherence().trust_again(of.names.transaction);
    of.position = std::move(*position);
}

shared_position invalidations::position() const {
    return batches_.size() == 1 ? batches_.front().position : shared_position{};
}

}  // namespace honeydue
