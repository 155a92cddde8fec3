// SPDX-License-Identifier: MIT
// What is the same for every cache, whatever its key and value: the way from memory through the
// load under way and the shared tier to the loader, and back.
#pragma once

#include <honeydue/cache.hpp>

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "coherence.hpp"
#include "memory_store.hpp"

namespace honeydue::detail {

/// Differs in every process and every call; 24 hexadecimal digits.
[[nodiscard]] std::string random_token();

/// For who has waited for another's load.
[[nodiscard]] error no_end_in_time();

/// In [-1, 1].
[[nodiscard]] double random_jitter();

struct cache_counters {
    std::atomic<std::uint64_t> shared_hits{0}, loads{0}, load_failures{0}, joined{0}, busy{0},
        dirty{0}, fills_refused{0}, rejected{0}, shared_failures{0}, stale_served{0}, bypassed{0},
        unfenced_commits{0}, undelivered{0};
};

inline void count(std::atomic<std::uint64_t>& counter) noexcept {
    counter.fetch_add(1, std::memory_order_relaxed);
}

class cache_core {
public:
    cache_core(std::string_view name, std::shared_ptr<memory_store> memory, shared_tier* shared,
               const cache_options& options, const value_traits& traits);

    [[nodiscard]] std::optional<erased_answer> glance(std::string_view name) const;
    [[nodiscard]] result<erased_answer> get(const std::string& name, const one_loader& loader,
                                            const cache_call& call);
    [[nodiscard]] result<std::vector<erased_answer>> get_many(const std::vector<std::string>& names,
                                                              const many_loader& loader,
                                                              const cache_call& call);

    [[nodiscard]] std::string_view name() const noexcept {
        return std::string_view{prefix_}.substr(0, prefix_.size() - 1);
    }
    [[nodiscard]] const std::string& prefix() const noexcept { return prefix_; }
    [[nodiscard]] std::string tag_name(std::string_view tag) const { return std::string{tag}; }
    [[nodiscard]] std::string clear_tag() const { return '\1' + prefix_; }
    [[nodiscard]] memory_store& memory() const noexcept { return *memory_; }
    /// Null when there is none.
    [[nodiscard]] shared_tier* shared() const noexcept { return shared_; }
    [[nodiscard]] const cache_options& options() const noexcept { return options_; }
    [[nodiscard]] cache_counters& counters() const noexcept { return counters_; }
    [[nodiscard]] cache_stats stats() const;

private:
    using deadline_point = std::chrono::steady_clock::time_point;
    using landing = load_flight::landing;

    /// One load of one key, from its registration to its end.
    struct trip {
        const std::string& name;
        std::uint64_t hash;
        std::vector<std::string> tags{};
        std::string token{};
        acquire_mode mode = acquire_mode::usual;
        std::shared_ptr<load_flight> flight{};
    };
    struct brought {
        landing what{};
        std::optional<kept_value> keep{};
    };

    [[nodiscard]] memory_view view_now() const;
    [[nodiscard]] std::vector<std::string> all_tags(const cache_call& call) const;
    [[nodiscard]] deadline_point deadline_of(const cache_call& call) const;
    /// How long a value may be kept without the shared tier's consent, where there is one.
    [[nodiscard]] std::chrono::milliseconds window() const;
    [[nodiscard]] std::shared_ptr<load_flight> new_flight(std::span<const std::string> tags) const;
    [[nodiscard]] bool must_skip_memory(const cache_call& call) const;
    [[nodiscard]] bool may_ask_shared(const trip& of) const;

    [[nodiscard]] result<erased_answer> inside_transaction(const invalidations& tx,
                                                           const std::string& name,
                                                           const one_loader& loader,
                                                           const cache_call& call);
    template <class Bring>
    [[nodiscard]] landing lead(trip& of, Bring&& bring_it);
    void land(const trip& of, std::optional<kept_value>&& keep);
    void abandon(const trip& of) noexcept;
    [[nodiscard]] brought bring(trip& of, const one_loader& loader, deadline_point until);
    [[nodiscard]] std::optional<brought> from_shared(trip& of, const one_loader& loader,
                                                     shared_answer&& answer);
    [[nodiscard]] bool wait_while_busy(std::chrono::milliseconds rest, int attempt,
                                       deadline_point until) const;
    [[nodiscard]] erased_answer refresh(trip& of, const one_loader& loader, memory_hit hit);
    [[nodiscard]] brought bring_anew(trip& of, const one_loader& loader);

    [[nodiscard]] erased_value decoded(std::span<const std::byte> from) const noexcept;
    [[nodiscard]] brought opened(const trip& of, const shared_answer& answer);
    [[nodiscard]] brought load_alone(const one_loader& loader, cache_source source,
                                     std::optional<std::chrono::milliseconds> at_most);
    [[nodiscard]] brought load_and_fill(trip& of, const one_loader& loader);
    [[nodiscard]] brought loaded(result<erased_value>&& value, cache_source source);
    [[nodiscard]] kept_value kept(const erased_value& value,
                                  std::optional<std::chrono::milliseconds> remaining) const;
    [[nodiscard]] std::chrono::milliseconds ttl_to_share(bool negative) const;
    [[nodiscard]] std::string sealed(const std::string& name, const erased_value& value) const;
    [[nodiscard]] result<erased_answer> answer_of(landing&& what, const trip& of,
                                                  bool may_be_stale);

    struct many;
    void begin_many(many& of, const std::vector<std::string>& names, const cache_call& call);
    void acquire_many(many& of);
    [[nodiscard]] std::vector<std::size_t> ask_many(many& of,
                                                    const std::vector<std::size_t>& asked);
    void load_many(many& of, const many_loader& loader);
    void fill_many(many& of);
    void land_many(many& of);
    [[nodiscard]] std::vector<std::size_t> join_many(many& of, deadline_point until);
    [[nodiscard]] static std::optional<std::size_t> leader_of(const many& of, std::size_t i);
    void ask_again(many& of, const std::vector<std::size_t>& left, const many_loader& loader,
                   const cache_call& call);
    void settle(many& of, std::size_t i, landing&& what);
    [[nodiscard]] result<std::vector<erased_answer>> bring_many(many& of, const many_loader& loader,
                                                                const cache_call& call);

    std::string prefix_;
    std::shared_ptr<memory_store> memory_;
    shared_tier* shared_;
    bool fills_;  ///< the shared tier; else its backplane alone is used
    cache_options options_;
    const value_traits& traits_;
    std::uint64_t fingerprint_;
    mutable cache_counters counters_;
};

}  // namespace honeydue::detail
