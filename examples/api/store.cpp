// SPDX-License-Identifier: MIT
// The store as a whole: how it is opened and how it does.
#include <array>
#include <cstdlib>
#include <random>
#include <utility>

#include "store_state.hpp"

namespace api {

namespace {

/// The newest migration whose tables are asked for here.
constexpr std::int64_t needed_schema = 1;

/// HONEYDUE_API_SECRET; without it, and without a Redis that others share, one of this process's
/// own.
hd::result<hd::token_hasher> hasher(bool is_shared) {
    if (const char* given = std::getenv("HONEYDUE_API_SECRET"); given != nullptr || is_shared) {
        auto made = hd::token_hasher::with(given == nullptr ? "" : given);
        if (made) return made;
        return hd::fail(hd::errc::configuration,
                        "HONEYDUE_API_SECRET is needed beside REDIS_URL, the same in every "
                        "process: give it 16 random characters or more");
    }
    std::array<std::random_device::result_type, 8> drawn;
    std::random_device source;
    for (auto& one : drawn)
        one = source();
    return hd::token_hasher::with({reinterpret_cast<const char*>(drawn.data()), sizeof drawn});
}

/// Nothing without REDIS_URL: then memory alone stands in front of the database.
hd::result<std::unique_ptr<hd::redis_tier>> shared_tier() {
    const char* url = std::getenv("REDIS_URL");
    if (url == nullptr || *url == '\0') return std::unique_ptr<hd::redis_tier>{};
    return hd::redis_tier::open({.url = url}).map([](hd::redis_tier&& opened) {
        return std::make_unique<hd::redis_tier>(std::move(opened));
    });
}

}  // namespace

store::store(std::unique_ptr<state> opened) noexcept : state_{std::move(opened)} {}
store::store(store&&) noexcept = default;
store::~store() = default;

answer<store> store::open() {
    auto shared = shared_tier();
    if (!shared) return tl::unexpected{as_trouble(shared.error())};
    const auto hash = hasher(*shared != nullptr);
    if (!hash) return tl::unexpected{as_trouble(hash.error())};
    auto config = hd::pool_config::from_env();
    config.server.application_name = "honeydue-api";
    auto db = hd::pool::open(config);
    if (!db) return tl::unexpected{as_trouble(db.error())};
    if (const auto ready = hd::require_schema_applied(*db, needed_schema); !ready) {
        return tl::unexpected{as_trouble(ready.error())};
    }
    return store{
        std::make_unique<state>(std::move(config), std::move(*db), std::move(*shared), *hash)};
}

answer<void> store::check() const {
    const counted_call counted;
    const hd::statement ping{"select 1", {}, {}, hd::effect::reads};
    const auto one = hd::fetch_one<std::int32_t>(state_->db, ping);
    if (!one) return tl::unexpected{as_trouble(one.error())};
    return {};
}

cache_state store::caches() const {
    const auto accounts = state_->accounts.stats();
    const auto homes = state_->homes.stats();
    return {.is_shared = state_->shared != nullptr,
            .is_well = state_->shared == nullptr || !state_->shared->stats().breaker_open,
            .memory_hits = state_->memory.stats().hits,
            .shared_hits = accounts.shared_hits + homes.shared_hits,
            .loads = accounts.loads + homes.loads};
}

std::size_t store::max_open() const noexcept { return state_->config.max_open; }

std::uint64_t store::round_trips_of_this_thread() noexcept { return round_trips_so_far; }

}  // namespace api
