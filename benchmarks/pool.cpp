// SPDX-License-Identifier: MIT
// Borrowing a connection and giving it back, without asking anything of it. Needs a server
// (DB_HOST …): with_servers -- bench_pool.
#include <honeydue/connection.hpp>
#include <honeydue/pool.hpp>
#include <honeydue/trace.hpp>

#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <utility>

#include <benchmark/benchmark.h>

#include "must.hpp"
#include "pool_policy.hpp"

namespace {

namespace hd = honeydue;

using hd::bench::must;

hd::pool& shared_pool() {
    static hd::pool db = must([] {
        auto config = hd::pool_config::from_env();
        config.log = [](std::string_view) {};
        config.leads_to = hd::peer::unknown;
        return hd::pool::open(config);
    }());
    return db;
}

/// The look whether the peer has hung up included.
void acquire_and_release(benchmark::State& state) {
    hd::pool& db = shared_pool();
    for (auto _ : state) {
        const auto held = db.acquire();
        if (!held) return state.SkipWithError("no connection");
    }
    state.SetItemsProcessed(state.iterations());
}

void acquire_and_release_observed(benchmark::State& state) {
    struct nothing final : hd::observer {
    } silent;
    const hd::observation watching{silent};
    acquire_and_release(state);
}

/// That look alone.
void look_at_a_connection(benchmark::State& state) {
    auto own = must(hd::connection::open(hd::endpoint::from_env()));
    for (auto _ : state) {
        if (!own.alive()) return state.SkipWithError("the connection is dead");
    }
}

/// The decision alone, of 25.
void decide(benchmark::State& state) {
    hd::pool_policy policy{{}, 1};
    hd::pool_policy::actions said;
    const auto now = std::chrono::steady_clock::now();
    policy.open(now, said);
    for (const hd::pool_action& one : std::exchange(said, {}))
        policy.dialled(one.slot, now, said);
    for (auto _ : state) {
        const auto lent = policy.acquire({.who = 1}, now, said);
        policy.give_back(lent.slot, hd::condition::clean, now, said);
        benchmark::DoNotOptimize(said.data());
    }
}

BENCHMARK(acquire_and_release)->UseRealTime();
BENCHMARK(acquire_and_release)->Threads(8)->UseRealTime();
BENCHMARK(acquire_and_release_observed)->UseRealTime();
BENCHMARK(look_at_a_connection);
BENCHMARK(decide);

}  // namespace
