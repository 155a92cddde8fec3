// SPDX-License-Identifier: MIT
// A cache of query results: memory in front, a shared tier behind, invalidated by COMMIT. It never
// serves what it must not: what that means, to the millisecond, is docs/cache.md.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <honeydue/cache_key.hpp>
#include <honeydue/cache_value.hpp>
#include <honeydue/error.hpp>
#include <honeydue/invalidation.hpp>
#include <honeydue/memory_tier.hpp>
#include <honeydue/shared_tier.hpp>

namespace honeydue {

/// Where a value came from.
enum class cache_source : std::uint8_t {
    memory,
    shared,
    loaded,  ///< by this call, or by one it joined
    stale,   ///< expired, served because the load failed; never invalidated
    bypass,  ///< loaded, and kept nowhere: inside a transaction, or one is about to change it
};

[[nodiscard]] std::string_view name(cache_source source) noexcept;

/// A value and its source. Thread: the value is shared and immutable.
template <class T>
class cached {
public:
    cached(std::shared_ptr<const T> value, cache_source source)
        : value_{std::move(value)}, source_{source} {}

    [[nodiscard]] const T& operator*() const noexcept { return *value_; }
    [[nodiscard]] const T* operator->() const noexcept { return value_.get(); }
    [[nodiscard]] cache_source source() const noexcept { return source_; }
    /// Null only from `get_or_load_many`, for a key the loader did not answer.
    [[nodiscard]] const std::shared_ptr<const T>& share() const noexcept { return value_; }

private:
    std::shared_ptr<const T> value_;
    cache_source source_;
};

enum class cache_reach : std::uint8_t {
    both_tiers,
    /// For values that hold secrets: they are not written to the shared tier, which tells of their
    /// invalidations as of others'.
    memory_only,
};

/// While a transaction is about to change a value, the old one is correct until its COMMIT.
enum class while_intended : std::uint8_t { serve_old, bypass };

/// When the shared tier does not acknowledge an intent in time.
enum class unfenced_commit : std::uint8_t {
    allowed,  ///< the COMMIT goes on, and cache_stats counts it
    refused,  ///< the transaction rolls back
};

/// A time beyond ten years is ten years, one below zero is zero.
struct cache_options {
    /// How long a value is served from memory; a tenth more or less, and never longer than it lives
    /// in the shared tier. Zero: not kept in memory.
    std::chrono::milliseconds memory_ttl = std::chrono::minutes{5};
    /// How long it lives in the shared tier, a tenth more or less. Range: at least 1 ms.
    std::chrono::milliseconds shared_ttl = std::chrono::hours{1};
    /// The same for an empty std::optional: "there is none".
    std::chrono::milliseconds negative_ttl = std::chrono::seconds{30};
    /// How long after its end a value may stand in for a load that fails. Zero: never. Not a value
    /// that may have been invalidated unheard, or that a transaction was about to change.
    std::chrono::milliseconds stale_for{0};
    /// From this fraction of its life on, the next caller loads it anew while others are served.
    /// One at a time among all processes. 1: never.
    double refresh_from = 1;
    /// How long one call waits for others' loads, when the call does not say.
    std::chrono::milliseconds wait_limit = std::chrono::seconds{5};
    cache_reach reach = cache_reach::both_tiers;
    while_intended intended = while_intended::serve_old;
    unfenced_commit unfenced = unfenced_commit::allowed;
    /// Raise it when the query or the meaning of the value changes and its type does not.
    std::uint64_t version = 0;
};

/// What one call may say.
struct cache_call {
    /// Invalidating one of them invalidates the value. The same key is always asked with the same.
    std::vector<std::string> tags{};
    /// When this caller stops waiting for others' loads.
    std::optional<std::chrono::steady_clock::time_point> until{};
    /// Nothing older than this is served, whoever wrote it; waits a little for the backplane.
    shared_position after{};
};

/// Everything since the cache was made; memory hits are counted by the memory tier.
struct cache_stats {
    std::uint64_t shared_hits = 0;
    std::uint64_t loads = 0;
    std::uint64_t load_failures = 0;
    std::uint64_t joined = 0;
    std::uint64_t busy = 0;             ///< another process was loading
    std::uint64_t dirty = 0;            ///< a transaction was about to change it
    std::uint64_t fills_refused = 0;    ///< invalidated while it was loaded
    std::uint64_t rejected = 0;         ///< what the shared tier gave did not fit type or key
    std::uint64_t shared_failures = 0;  ///< calls to the shared tier that failed or were not tried
    std::uint64_t stale_served = 0;
    std::uint64_t bypassed = 0;
    std::uint64_t unfenced_commits = 0;
    std::uint64_t undelivered = 0;  ///< invalidations that had to be queued
};

namespace detail {

struct value_traits {
    std::uint64_t fingerprint;
    void (*encode)(const void* value, std::string& to);
    std::shared_ptr<const void> (*decode)(std::span<const std::byte> from);
    std::size_t (*weight)(const void* value);
    bool (*negative)(const void* value);
};

template <class T>
bool is_negative(const T&) {
    return false;
}
template <class T>
bool is_negative(const std::optional<T>& value) {
    return !value.has_value();
}

template <class Key, class T>
inline constexpr value_traits traits_of{
    .fingerprint = cache_fingerprint<T>,
    .encode =
        [](const void* value, std::string& to) {
            cache_writer writer{to};
            cache_codec<T>::encode(*static_cast<const T*>(value), writer);
        },
    .decode = [](std::span<const std::byte> from) -> std::shared_ptr<const void> {
        auto made = std::make_shared<T>();
        return decode_cached(from, *made) ? made : nullptr;
    },
    .weight = [](const void* value) -> std::size_t {
        return sizeof(T) + cache_codec<T>::owned(*static_cast<const T*>(value));
    },
    .negative = [](const void* value) { return is_negative(*static_cast<const T*>(value)); },
};

using erased_value = std::shared_ptr<const void>;

struct erased_answer {
    erased_value value{};
    cache_source source = cache_source::loaded;
};

/// A loader of one value, borrowed for a call.
struct one_loader {
    void* self;
    result<erased_value> (*call)(void* self);
};
/// A loader of those keys whose indices it is given; null where it has no answer.
struct many_loader {
    void* self;
    result<std::vector<erased_value>> (*call)(void* self, std::span<const std::size_t> wanted);
};

[[nodiscard]] error loader_threw(const char* what);

/// The loader's answer; what it throws becomes an error, because others wait for it too.
template <class Answer, class Call>
[[nodiscard]] Answer call_loader(Call&& call) {
    try {
        return call();
    } catch (const std::exception& thrown) {
        return tl::unexpected{loader_threw(thrown.what())};
    } catch (...) {
        return tl::unexpected{loader_threw("something that is no std::exception")};
    }
}

class cache_core;
[[nodiscard]] std::shared_ptr<cache_core> make_core(std::string_view name,
                                                    const memory_tier& memory, shared_tier* shared,
                                                    const cache_options& options,
                                                    const value_traits& traits);
/// A hit in memory that needs no further thought, else nothing. Cost: no allocation.
[[nodiscard]] std::optional<erased_answer> glance(const cache_core& core, std::string_view name);
[[nodiscard]] result<erased_answer> get(cache_core& core, const std::string& name,
                                        const one_loader& loader, const cache_call& call);
[[nodiscard]] result<std::vector<erased_answer>> get_many(cache_core& core,
                                                          const std::vector<std::string>& names,
                                                          const many_loader& loader,
                                                          const cache_call& call);
void begin_name(const cache_core& core, std::string& name);
void end_name(const cache_core& core, std::string& name);
[[nodiscard]] std::string clear_tag(const cache_core& core);
[[nodiscard]] cache_stats stats_of(const cache_core& core);

template <class Loader>
using loaded_type = typename std::remove_cvref_t<std::invoke_result_t<Loader&>>::value_type;

}  // namespace detail

/// A read-through cache of `T` by `Key`. The name separates it from other caches of both tiers.
/// Thread: any. Lifetime: within that of the shared tier.
template <class Key, class T>
class cache {
public:
    cache(std::string_view name, const memory_tier& memory, cache_options options = {})
        : core_{detail::make_core(name, memory, nullptr, options, detail::traits_of<Key, T>)} {}
    cache(std::string_view name, const memory_tier& memory, shared_tier& shared,
          cache_options options = {})
        : core_{detail::make_core(name, memory, &shared, options, detail::traits_of<Key, T>)} {}

    /// The value, loaded by `loader` (which returns result<T>) at most once however many ask.
    /// Errors: the loader's; deadline while waiting for another's load. The shared tier's failures
    /// are none of the caller's. Cost: none for a hit in memory; what the loader costs, or one for
    /// joining another's load.
    template <class Loader>
    [[nodiscard]] result<cached<T>> get_or_load(const Key& key, Loader&& loader,
                                                const cache_call& call = {}) {
        static_assert(std::is_convertible_v<detail::loaded_type<Loader>, T>,
                      "a cache's loader returns honeydue::result of the cache's value");
        thread_local std::string scratch;
        write_name(key, scratch);
        if (call.after.generation.empty()) {
            if (auto hit = detail::glance(*core_, scratch)) return typed(std::move(*hit));
        }
        const std::string own_name = scratch;
        auto load = [&] {
            return loader().map([](auto&& value) -> detail::erased_value {
                return std::make_shared<const T>(std::forward<decltype(value)>(value));
            });
        };
        const auto call_it = [](void* self) {
            return detail::call_loader<result<detail::erased_value>>(
                [&] { return (*static_cast<decltype(load)*>(self))(); });
        };
        return detail::get(*core_, own_name, {&load, call_it}, call).map(typed);
    }

    /// One value for each key, in order. `loader` is given the keys that are nowhere and returns
    /// result<std::vector<std::pair<Key, T>>> in any order; a key it leaves out gets a null value.
    /// Errors: as get_or_load. Cost: as get_or_load, once for all; one round trip to the shared
    /// tier.
    template <class Loader>
    [[nodiscard]] result<std::vector<cached<T>>> get_or_load_many(std::span<const Key> keys,
                                                                  Loader&& loader,
                                                                  const cache_call& call = {}) {
        std::vector<std::string> names;
        for (const Key& key : keys)
            names.push_back(name_of(key));
        auto load = [&](std::span<const std::size_t> wanted) {
            return load_some(keys, names, wanted, loader);
        };
        const auto call_it = [](void* self, std::span<const std::size_t> wanted) {
            return detail::call_loader<result<std::vector<detail::erased_value>>>(
                [&] { return (*static_cast<decltype(load)*>(self))(wanted); });
        };
        return detail::get_many(*core_, names, {&load, call_it}, call)
            .map([](std::vector<detail::erased_answer>&& answers) {
                std::vector<cached<T>> all;
                for (auto& answer : answers)
                    all.push_back(typed(std::move(answer)));
                return all;
            });
    }

    /// For a write that was not made in a transaction of this library. When it returns, this
    /// process sees nothing older. Cost: two round trips to the shared tier.
    void invalidate(const Key& key) {
        invalidations alone;
        alone.add(*this, key);
        static_cast<void>(alone.before_commit());
        alone.committed();
    }
    void invalidate_tag(std::string_view tag) {
        invalidations alone;
        alone.add_tag(*this, tag);
        static_cast<void>(alone.before_commit());
        alone.committed();
    }
    /// Everything in this cache, in every process.
    void clear() { invalidate_tag(detail::clear_tag(*core_)); }

    [[nodiscard]] cache_stats stats() const { return detail::stats_of(*core_); }

    [[nodiscard]] const std::shared_ptr<detail::cache_core>& core() const noexcept { return core_; }

    /// The bytes by which the tiers know the key.
    [[nodiscard]] std::string name_of(const Key& key) const {
        std::string name;
        write_name(key, name);
        return name;
    }

private:
    void write_name(const Key& key, std::string& name) const {
        detail::begin_name(*core_, name);
        cache_writer writer{name};
        detail::write_key(key, writer);
        detail::end_name(*core_, name);
    }

    static cached<T> typed(detail::erased_answer&& answer) {
        return {std::static_pointer_cast<const T>(std::move(answer.value)), answer.source};
    }

    template <class Loader>
    result<std::vector<detail::erased_value>> load_some(std::span<const Key> keys,
                                                        const std::vector<std::string>& names,
                                                        std::span<const std::size_t> wanted,
                                                        Loader& loader) const {
        std::vector<Key> missing;
        for (const auto index : wanted)
            missing.push_back(keys[index]);
        auto found = loader(std::as_const(missing));
        if (!found) return tl::unexpected{std::move(found.error())};
        std::vector<detail::erased_value> values(wanted.size());
        for (auto& [key, value] : *found) {
            const auto its_name = name_of(key);
            const auto shared = std::make_shared<const T>(std::move(value));
            for (std::size_t i = 0; i < wanted.size(); ++i) {
                if (names[wanted[i]] == its_name) values[i] = shared;
            }
        }
        return values;
    }

    std::shared_ptr<detail::cache_core> core_;
};

}  // namespace honeydue
