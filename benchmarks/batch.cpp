// SPDX-License-Identifier: MIT
// Statements a second from 25 connections: one at a time, and in batches of ten. Needs a server
// (DB_HOST …), best one that is far: with_servers --row pooled --rtt 20 -- bench_batch.
#include <honeydue/batch.hpp>
#include <honeydue/pool.hpp>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <optional>

#include <benchmark/benchmark.h>

namespace {

namespace hd = honeydue;

constexpr int connections = 25;

hd::pool& shared_pool() {
    static std::optional<hd::pool> db;
    static const bool opened = [] {
        auto config = hd::pool_config::from_env();
        config.max_open = connections;
        config.min_idle = connections;
        config.log = [](std::string_view) {};
        auto made = hd::pool::open(config);
        if (made) db.emplace(std::move(*made));
        if (!made) std::fprintf(stderr, "%s\n", hd::explain(made.error()).c_str());
        return made.has_value();
    }();
    if (!opened) std::exit(EXIT_FAILURE);
    return *db;
}

hd::statement question() { return hd::runtime("select $1::bigint + 1", std::int64_t{41}); }

void one_at_a_time(benchmark::State& state) {
    hd::pool& db = shared_pool();
    for (auto _ : state) {
        if (!db.run(question())) return state.SkipWithError("a statement failed");
    }
    state.SetItemsProcessed(state.iterations());
}

void batches_of_ten(benchmark::State& state) {
    hd::pool& db = shared_pool();
    constexpr int together = 10;
    for (auto _ : state) {
        hd::batch group;
        for (int i = 0; i < together; ++i)
            group.add(question());
        if (!group.run(db)) return state.SkipWithError("a batch failed");
    }
    state.SetItemsProcessed(state.iterations() * together);
}

BENCHMARK(one_at_a_time)->Threads(connections)->UseRealTime();
BENCHMARK(batches_of_ten)->Threads(connections)->UseRealTime();

}  // namespace
