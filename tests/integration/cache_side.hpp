// SPDX-License-Identifier: MIT
// What one process has of a cache over the tests' Redis: a memory, a tier, a cache.
#pragma once

#include <honeydue/cache.hpp>
#include <honeydue/redis.hpp>

#include "support/program.hpp"
#include "support/redis_server.hpp"

#include <atomic>
#include <chrono>
#include <functional>
#include <string>
#include <thread>
#include <utility>

namespace honeydue::cache_test {

using namespace std::chrono_literals;
using support::redis_server;
using support::server_error;

inline redis_server& our_redis() {
    static redis_server server;
    return server;
}

inline std::string fresh_name_space() {
    static int number = 0;
    return "cache" + std::to_string(++number);
}

inline bool eventually(const std::function<bool()>& holds, std::chrono::milliseconds within = 5s) {
    const auto until = std::chrono::steady_clock::now() + within;
    while (!holds()) {
        if (std::chrono::steady_clock::now() > until) return false;
        std::this_thread::sleep_for(5ms);
    }
    return true;
}

inline redis_tier opened(redis_config config) {
    auto tier = redis_tier::open(std::move(config));
    if (!tier) throw server_error(explain(tier.error()));
    return std::move(*tier);
}

// What one process has.
template <class T = std::string>
struct side {
    explicit side(const std::string& name_space, cache_options options = {},
                  redis_config config = {})
        : tier{opened(with(std::move(config), name_space))}, texts{"texts", memory, tier, options} {
        if (!eventually([&] { return tier.stats().backplane_trusted; })) {
            throw server_error("the backplane is not heard");
        }
    }

    static redis_config with(redis_config config, const std::string& name_space) {
        if (config.url.empty()) config.url = our_redis().url();
        config.name_space = name_space;
        if (config.call_deadline == redis_config{}.call_deadline) config.call_deadline = 5s;
        return config;
    }

    result<cached<T>> get(int key, T value, const cache_call& call = {}) {
        return texts.get_or_load(
            key,
            [&]() -> result<T> {
                ++loads;
                return value;
            },
            call);
    }
    cache_source source(int key, T value, const cache_call& call = {}) {
        return get(key, std::move(value), call)->source();
    }

    memory_tier memory{};
    redis_tier tier;
    cache<int, T> texts;
    std::atomic<int> loads{0};
};

}  // namespace honeydue::cache_test
