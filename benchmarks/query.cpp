// SPDX-License-Identifier: MIT
// What a query costs before it leaves: its text is there already, its values are encoded.
#include <honeydue/query.hpp>

#include <cstdint>
#include <vector>

#include <benchmark/benchmark.h>
#include <honeydue/sql.hpp>

#include "reference/reference.hpp"

namespace hd = honeydue;
using hd::col;
using home = residence::residence;
using job = task::task;

namespace {

void fixed_text(benchmark::State& state) {
    for (auto _ : state) {
        const auto query = hd::select<job>()
                               .where(col<&job::residence_id>.in(hd::select<&home::id>().where(
                                   col<&home::owner_id> == hd::id<auth::user>{1})))
                               .order_by(col<&job::due_date>.ascending().nulls_last())
                               .limit(50);
        benchmark::DoNotOptimize(query.make_statement());
    }
}
BENCHMARK(fixed_text);

/// The same and-list, its number known when compiling and when running.
void run_time_text(benchmark::State& state) {
    for (auto _ : state) {
        hd::condition_list all;
        all.add(col<&job::title> == "a");
        all.add(col<&job::priority> == "high");
        benchmark::DoNotOptimize(hd::select<&job::id>().where(all).make_statement());
    }
}
BENCHMARK(run_time_text);

void raw_text_read_while_compiling(benchmark::State& state) {
    for (auto _ : state) {
        const auto query =
            hd::sql<"select id, title from task_task where id = $1 limit 1">(std::int64_t{7});
        benchmark::DoNotOptimize(query.make_statement());
    }
}
BENCHMARK(raw_text_read_while_compiling);

void raw_text_read_at_run_time(benchmark::State& state) {
    for (auto _ : state) {
        benchmark::DoNotOptimize(
            hd::runtime("select id, title from task_task where id = $1 limit 1", std::int64_t{7}));
    }
}
BENCHMARK(raw_text_read_at_run_time);

void list_of_ids(benchmark::State& state) {
    const std::vector<hd::id<job>> ids(static_cast<std::size_t>(state.range(0)));
    for (auto _ : state) {
        const auto query = hd::select<&job::id>().where(col<&job::id>.in(ids));
        benchmark::DoNotOptimize(query.make_statement());
    }
    state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(list_of_ids)->Arg(1)->Arg(1000)->Arg(1'000'000);

}  // namespace
