// SPDX-License-Identifier: MIT
// What a hit, a miss and a stampede cost; which entries S3-FIFO keeps, beside LRU and CLOCK, on
// traces made from published distributions; and a hit in Redis beside the SQL it stands in for.
#include <honeydue/cache.hpp>

#include <benchmark/benchmark.h>
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "s3_fifo.hpp"

#ifdef HONEYDUE_BENCHMARK_REDIS
#include <honeydue/redis.hpp>

#include "plain_client.hpp"
#include "redis_server.hpp"
#include "test_environment.hpp"
#include "wire_proxy.hpp"
#endif

using namespace honeydue;

namespace {

// Ranks from 0, rank r with weight 1 / (r + 1)^s. Source: Zipf's law, by inversion of its sum.
class zipf {
public:
    zipf(std::size_t keys, double exponent) {
        double sum = 0;
        for (std::size_t rank = 1; rank <= keys; ++rank)
            sums_.push_back(sum += 1 / std::pow(static_cast<double>(rank), exponent));
    }
    template <class Random>
    std::size_t operator()(Random& random) const {
        const auto at = std::uniform_real_distribution<double>{0, sums_.back()}(random);
        return static_cast<std::size_t>(std::ranges::lower_bound(sums_, at) - sums_.begin());
    }

private:
    std::vector<double> sums_;
};

using ids = std::vector<std::int64_t>;

constexpr std::size_t hot_keys = 10000;

std::vector<std::int64_t> zipf_keys(std::size_t count, unsigned seed) {
    std::mt19937_64 random{seed};
    const zipf ranks{hot_keys, 1.0};
    std::vector<std::int64_t> keys(count);
    std::ranges::generate(keys, [&] { return static_cast<std::int64_t>(ranks(random)); });
    return keys;
}

struct warm_cache {
    warm_cache() {
        for (std::size_t key = 0; key < hot_keys; ++key)
            static_cast<void>(known.get_or_load(static_cast<std::int64_t>(key), value));
    }
    static result<ids> value() { return ids{1, 2, 3, 4}; }

    memory_tier memory{{.max_bytes = 256 << 20}};
    cache<std::int64_t, ids> known{"ids", memory};
};

void memory_hit(benchmark::State& state) {
    static warm_cache warm;
    const auto keys = zipf_keys(1 << 16, static_cast<unsigned>(state.thread_index()) + 1);
    std::size_t at = 0;
    for (auto _ : state) {
        const auto got = warm.known.get_or_load(keys[at++ & (keys.size() - 1)], warm_cache::value);
        benchmark::DoNotOptimize(got->share().get());
    }
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(memory_hit)->Threads(1)->Threads(2)->UseRealTime();

void miss_and_fill(benchmark::State& state) {
    const memory_tier memory{{.max_bytes = 8 << 20}};
    cache<std::int64_t, ids> cold{"ids", memory};
    std::int64_t key = 0;
    for (auto _ : state)
        benchmark::DoNotOptimize(cold.get_or_load(key++, warm_cache::value));
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(miss_and_fill);

void stampede_of_64(benchmark::State& state) {
    std::atomic<int> loads{0};
    int rounds = 0;
    for (auto _ : state) {
        const memory_tier memory;
        cache<int, ids> cold{"ids", memory};
        std::vector<std::thread> waiters;
        for (int i = 0; i < 64; ++i) {
            waiters.emplace_back([&] {
                static_cast<void>(cold.get_or_load(1, [&]() -> result<ids> {
                    ++loads;
                    std::this_thread::sleep_for(std::chrono::milliseconds{20});
                    return ids{1};
                }));
            });
        }
        for (auto& waiter : waiters)
            waiter.join();
        ++rounds;
    }
    state.counters["loads"] = static_cast<double>(loads) / rounds;
}
BENCHMARK(stampede_of_64)->UseRealTime()->Unit(benchmark::kMillisecond)->Iterations(5);

// The policies beside ours, with the same four functions.
class lru {
public:
    void insert(eviction_node& node) { queue_.push(node); }
    void hit(eviction_node& node) {
        queue_.remove(node);
        queue_.push(node);
    }
    eviction_node* evict() {
        auto* const node = queue_.oldest();
        queue_.remove(*node);
        return node;
    }
    std::size_t weight() const { return queue_.weight(); }

private:
    eviction_queue queue_;
};

class clock_hand {
public:
    void insert(eviction_node& node) {
        node.hits = 0;
        queue_.push(node);
    }
    static void hit(eviction_node& node) { node.hits = 1; }
    eviction_node* evict() {
        for (;;) {
            auto* const node = queue_.oldest();
            queue_.remove(*node);
            if (node->hits == 0) return node;
            node->hits = 0;
            queue_.push(*node);
        }
    }
    std::size_t weight() const { return queue_.weight(); }

private:
    eviction_queue queue_;
};

using trace = std::vector<std::uint64_t>;

std::uint64_t mixed(std::uint64_t key) {
    key = (key ^ key >> 33U) * 0xff51afd7ed558ccdU;
    key = (key ^ key >> 33U) * 0xc4ceb9fe1a85ec53U;
    return key ^ key >> 33U;
}

struct keyed_node : eviction_node {
    std::uint64_t key = 0;
};

template <class Policy>
double hit_percent(const trace& requests, std::size_t capacity) {
    Policy policy;
    std::unordered_map<std::uint64_t, std::unique_ptr<keyed_node>> inside;
    std::size_t hits = 0;
    for (const auto key : requests) {
        if (const auto found = inside.find(key); found != inside.end()) {
            ++hits;
            policy.hit(*found->second);
            continue;
        }
        auto node = std::make_unique<keyed_node>();
        node->key = key;
        node->hash = mixed(key);
        node->weight = 1;
        auto& kept = inside[key] = std::move(node);
        policy.insert(*kept);
        while (policy.weight() > capacity) {
            inside.erase(static_cast<keyed_node*>(policy.evict())->key);
        }
    }
    return 100 * static_cast<double>(hits) / static_cast<double>(requests.size());
}

constexpr std::size_t trace_length = 400000;
constexpr std::size_t trace_keys = 20000;

template <class Next>
trace made(Next next) {
    trace all(trace_length);
    for (std::size_t at = 0; at < all.size(); ++at)
        all[at] = next(at);
    return all;
}

trace zipf_trace(double exponent) {
    return made([ranks = zipf{trace_keys, exponent}, random = std::mt19937_64{1}](auto) mutable {
        return std::uint64_t{ranks(random)};
    });
}

// A working set that is used at random, and every so often a table that is read once.
trace scan_trace() {
    return made([ranks = zipf{trace_keys, 0.9}, random = std::mt19937_64{2},
                 next = std::uint64_t{1000000}](auto at) mutable {
        return at % 10000 < 3000 ? next++ : std::uint64_t{ranks(random)};
    });
}

// The same tenth again and again, in order, between random requests.
trace loop_trace() {
    return made([ranks = zipf{trace_keys, 0.9}, random = std::mt19937_64{3}](auto at) mutable {
        return at % 2 == 0 ? 500000 + at / 2 % (trace_keys / 10) : std::uint64_t{ranks(random)};
    });
}

// What is popular changes: a tenth of the ranks moves with every tenth of the trace.
trace web_trace() {
    return made([ranks = zipf{trace_keys, 0.8}, random = std::mt19937_64{4}](auto at) mutable {
        return std::uint64_t{ranks(random)} + at / (trace_length / 10) * (trace_keys / 10);
    });
}

// Half of all requests carry a token nobody has ever had.
trace flood_trace() {
    return made([ranks = zipf{trace_keys, 1.0}, random = std::mt19937_64{5}](auto at) mutable {
        return random() % 2 == 0 ? 1000000000 + at : std::uint64_t{ranks(random)};
    });
}

void hit_ratio(benchmark::State& state, trace (*make)()) {
    const auto requests = make();
    const auto capacity = trace_keys * static_cast<std::size_t>(state.range(0)) / 1000;
    for (auto _ : state) {
        state.counters["s3_fifo_percent"] = hit_percent<s3_fifo>(requests, capacity);
        state.counters["lru_percent"] = hit_percent<lru>(requests, capacity);
        state.counters["clock_percent"] = hit_percent<clock_hand>(requests, capacity);
    }
}
#define HIT_RATIO(name, ...)                                                  \
    BENCHMARK_CAPTURE(hit_ratio, name, []() -> trace { return __VA_ARGS__; }) \
        ->Arg(5)                                                              \
        ->Arg(20)                                                             \
        ->Arg(100)                                                            \
        ->Iterations(1)                                                       \
        ->Unit(benchmark::kMillisecond)
HIT_RATIO(zipf_0_9, zipf_trace(0.9));
HIT_RATIO(zipf_1_0, zipf_trace(1.0));
HIT_RATIO(scan, scan_trace());
HIT_RATIO(loop, loop_trace());
HIT_RATIO(web_like, web_trace());
HIT_RATIO(junk_token_flood, flood_trace());

#ifdef HONEYDUE_BENCHMARK_REDIS

void redis_hit(benchmark::State& state) {
    static support::redis_server server;
    auto tier = redis_tier::open({.url = server.url()});
    const memory_tier memory;
    cache<int, ids> shared{"ids", memory, *tier, {.memory_ttl = std::chrono::milliseconds{0}}};
    static_cast<void>(shared.get_or_load(1, warm_cache::value));
    for (auto _ : state)
        benchmark::DoNotOptimize(shared.get_or_load(1, warm_cache::value));
    state.counters["hits"] = static_cast<double>(shared.stats().shared_hits);
}
BENCHMARK(redis_hit)->UseRealTime()->Unit(benchmark::kMicrosecond);

void redis_miss_and_fill(benchmark::State& state) {
    static support::redis_server server;
    auto tier = redis_tier::open({.url = server.url()});
    const memory_tier memory;
    cache<std::int64_t, ids> shared{"ids", memory, *tier};
    std::int64_t key = 0;
    for (auto _ : state)
        benchmark::DoNotOptimize(shared.get_or_load(key++, warm_cache::value));
}
BENCHMARK(redis_miss_and_fill)->UseRealTime()->Unit(benchmark::kMicrosecond);

void invalidation_by_commit(benchmark::State& state) {
    static support::redis_server server;
    auto tier = redis_tier::open({.url = server.url()});
    const memory_tier memory;
    cache<int, ids> shared{"ids", memory, *tier};
    for (auto _ : state)
        shared.invalidate(1);
}
BENCHMARK(invalidation_by_commit)->UseRealTime()->Unit(benchmark::kMicrosecond);

void sql_at_220_ms(benchmark::State& state) {
    auto parameters = support::test_environment::shared().direct();
    support::wire_proxy wire{static_cast<std::uint16_t>(std::stoi(parameters.at("port"))),
                             {.rtt = std::chrono::milliseconds{220}}};
    support::plain_client client{support::by_port(parameters, wire.port())};
    for (auto _ : state)
        benchmark::DoNotOptimize(client.execute("select 1"));
}
BENCHMARK(sql_at_220_ms)->UseRealTime()->Unit(benchmark::kMicrosecond)->Iterations(5);

#endif

}  // namespace
