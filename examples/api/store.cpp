// SPDX-License-Identifier: MIT
// The store as a whole: how it is opened and how it does.
#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <random>
#include <string>
#include <string_view>
#include <utility>

#include "request_log.hpp"
#include "store_state.hpp"

namespace api {

namespace {

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

/// Nothing without REDIS_URL: then memory alone stands in front of the database. A COMMIT is given
/// up after `longest_write`, and its intent must last longer.
hd::result<std::unique_ptr<hd::redis_tier>> shared_tier(std::chrono::milliseconds longest_write) {
    const char* url = std::getenv("REDIS_URL");
    if (url == nullptr || *url == '\0') return std::unique_ptr<hd::redis_tier>{};
    const char* const authority = std::getenv("REDIS_TLS_CA_CERT_FILE");
    hd::redis_config config{.url = url};
    if (authority != nullptr) config.tls_ca_cert_file = authority;
    config.window = std::max(config.window, longest_write + std::chrono::seconds{1});
    return hd::redis_tier::open(std::move(config)).map([](hd::redis_tier&& opened) {
        return std::make_unique<hd::redis_tier>(std::move(opened));
    });
}

/// HONEYDUE_API_TIME_LIMIT_MS: how long an answer of the database may take, and a write in all.
hd::result<std::chrono::milliseconds> time_limit() {
    const char* const given = std::getenv("HONEYDUE_API_TIME_LIMIT_MS");
    if (given == nullptr) return std::chrono::milliseconds{10'000};
    const std::string_view text{given};
    int number = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool is_number = read.ec == std::errc{} && read.ptr == text.data() + text.size();
    if (is_number && number >= 100 && number <= 60'000) return std::chrono::milliseconds{number};
    return hd::fail(hd::errc::configuration,
                    "HONEYDUE_API_TIME_LIMIT_MS is no number from 100 to 60000");
}

/// With HONEYDUE_API_COMPARE_MODELS=1 every model is held against its table, too.
hd::result<void> check_tables(hd::pool& db) {
    if (auto applied = hd::require_schema_applied(db, needed_schema); !applied) return applied;
    const char* const wanted = std::getenv("HONEYDUE_API_COMPARE_MODELS");
    if (wanted == nullptr || std::string_view{wanted} != "1") return {};
    const auto drifts =
        hd::compare<::auth::user, ::user::userprofile, ::authtoken::token, ::residence::residence,
                    ::residence::users, ::contractor::contractor, ::task::task,
                    ::task::taskcompletion, ::documents::document, ::notification::notification,
                    ::subscription::usersubscription, ::admin::user>(db);
    if (!drifts) return tl::unexpected{drifts.error()};
    if (drifts->empty()) return {};
    return hd::fail(hd::errc::migration, drifts->front().sentence +
                                             " (HONEYDUE_API_COMPARE_MODELS is 1): migrate, or "
                                             "start a program that is as old as the schema");
}

}  // namespace

store::store(std::unique_ptr<state> opened) noexcept : state_{std::move(opened)} {}
store::store(store&&) noexcept = default;
store::~store() = default;

answer<store> store::open() {
    const auto limit = time_limit();
    if (!limit) return tl::unexpected{as_trouble(limit.error())};
    auto shared = shared_tier(*limit);
    if (!shared) return tl::unexpected{as_trouble(shared.error())};
    const auto hash = hasher(*shared != nullptr);
    if (!hash) return tl::unexpected{as_trouble(hash.error())};
    auto config = hd::pool_config::from_env();
    config.answer_timeout = *limit;
    config.server.application_name = "honeydue-api";
    config.log = [](std::string_view line) { log_line("info", line); };
    auto db = hd::pool::open(config);
    if (!db) return tl::unexpected{as_trouble(db.error())};
    if (const auto ready = check_tables(*db); !ready) {
        return tl::unexpected{as_trouble(ready.error())};
    }
    return store{
        std::make_unique<state>(std::move(config), std::move(*db), std::move(*shared), *hash)};
}

std::size_t store::max_open() const noexcept { return state_->config.max_open; }

std::uint64_t store::round_trips_of_this_thread() noexcept { return round_trips_so_far; }

}  // namespace api
