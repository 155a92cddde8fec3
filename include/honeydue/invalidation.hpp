// SPDX-License-Identifier: MIT
// What one transaction invalidates, and when it is said: intents before COMMIT, the rest by how
// COMMIT ended. transaction.hpp carries one; a write of your own without a transaction may too.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <honeydue/error.hpp>

namespace honeydue {

struct shared_position;

namespace detail {
class cache_core;
}

/// Names collected by one transaction. While it lives, caches asked on this thread read through:
/// they join nobody's load and keep nothing, because the transaction sees what others do not.
/// Thread: the one that made it; objects on one thread end in the reverse of their order.
class invalidations {
public:
    invalidations();
    invalidations(const invalidations&) = delete;
    invalidations& operator=(const invalidations&) = delete;
    /// Without a verdict by now the outcome counts as unknown.
    ~invalidations();

    /// `of` is a cache<Key, T>. Cost: no round trip.
    template <class Cache, class Key>
    void add(const Cache& of, const Key& key) {
        add_name(of.core(), of.name_of(key));
    }
    template <class Cache>
    void add_tag(const Cache& of, std::string_view tag) {
        add_tag_name(of.core(), tag);
    }

    /// Where a savepoint begins; `rollback_to` forgets what was added since.
    [[nodiscard]] std::size_t mark() const noexcept { return items_.size(); }
    void rollback_to(std::size_t mark);

    /// Just before COMMIT leaves. Errors: only for caches with `unfenced_commit::refused`: then the
    /// transaction must roll back. Cost: one round trip to each shared tier; none when empty.
    [[nodiscard]] result<void> before_commit();

    /// Exactly one of these, before anything else learns of the verdict. They cannot fail. When one
    /// returns, this process sees nothing older. Cost: one round trip to each shared tier.
    void committed();
    void rolled_back();
    void unknown();

    /// Where the shared tier stood then; see cache_call::after. Empty for several tiers, or none.
    [[nodiscard]] shared_position position() const;

    [[nodiscard]] bool empty() const noexcept { return items_.empty(); }
    [[nodiscard]] bool concerns(const detail::cache_core& of, std::string_view name) const noexcept;

    /// The innermost of this thread, or null.
    [[nodiscard]] static invalidations* current() noexcept;

private:
    struct item {
        std::shared_ptr<detail::cache_core> of;
        std::string name;
        bool is_tag;
    };
    struct batch;
    enum class ending;

    void add_name(std::shared_ptr<detail::cache_core> of, std::string name);
    void add_tag_name(std::shared_ptr<detail::cache_core> of, std::string_view tag);
    void make_batches();
    void end(ending how);
    void end_one(batch& of, ending how);

    std::vector<item> items_;
    std::vector<batch> batches_;
    invalidations* outer_;
    bool intended_ = false;
    bool ended_ = false;
};

}  // namespace honeydue
