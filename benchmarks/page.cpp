// SPDX-License-Identifier: MIT
// The first page and the thousandth of forty rows, by key and by OFFSET. Needs the seeded reference
// database (DB_HOST …): with_servers --migrate --sql examples/reference/seed.sql -- bench_page.
#include <honeydue/connection.hpp>
#include <honeydue/endpoint.hpp>
#include <honeydue/query.hpp>

#include <cstdint>
#include <string>

#include <benchmark/benchmark.h>

#include "must.hpp"
#include "reference/reference.hpp"

namespace {

namespace hd = honeydue;
using hd::col;
using hd::bench::must;
using job = task::task;

constexpr std::int64_t page_size = 40;

hd::connection opened() { return must(hd::connection::open(hd::endpoint::from_env())); }

const auto pages = hd::pages_of(hd::select<job>(), col<&job::id>.ascending()).size(page_size);

std::string cursor_of_page(hd::connection& db, std::int64_t number) {
    if (number == 1) return {};
    const auto before =
        hd::pages_of(hd::select<job>(), col<&job::id>.ascending()).size((number - 1) * page_size);
    // A cursor is of a place, not of a size.
    return must(before.fetch(db)).next.value_or("");
}

void by_key(benchmark::State& state) {
    auto db = opened();
    const std::string cursor = cursor_of_page(db, state.range(0));
    for (auto _ : state) {
        if (must(pages.after(cursor).fetch(db)).rows.size() != page_size)
            return state.SkipWithError("the database is not seeded");
    }
}

void by_offset(benchmark::State& state) {
    auto db = opened();
    const auto query = hd::select<job>()
                           .order_by(col<&job::id>.ascending())
                           .limit(page_size)
                           .offset((state.range(0) - 1) * page_size);
    for (auto _ : state) {
        if (must(query.fetch_all(db)).size() != page_size)
            return state.SkipWithError("the database is not seeded");
    }
}

BENCHMARK(by_key)->Arg(1)->Arg(1000)->Unit(benchmark::kMicrosecond)->UseRealTime();
BENCHMARK(by_offset)->Arg(1)->Arg(1000)->Unit(benchmark::kMicrosecond)->UseRealTime();

}  // namespace
