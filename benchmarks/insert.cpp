// SPDX-License-Identifier: MIT
// Encoding a range of rows as arrays: time for each row is to stay the same from 1 000 to 100 000.
#include <honeydue/insert.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

namespace shop {
struct item {
    honeydue::id<item> id{};
    std::string code;
    std::optional<std::string> note{};
    std::int32_t stock = 0;
    std::vector<std::string> tags{};
    std::optional<std::vector<std::int32_t>> sizes{};
};
}  // namespace shop

namespace {

std::vector<shop::item> some_items(std::size_t size) {
    std::vector<shop::item> made(size);
    for (std::size_t i = 0; i < size; ++i) {
        made[i].code = "code " + std::to_string(i);
        made[i].stock = static_cast<std::int32_t>(i);
        made[i].tags.assign(i % 4, "tag");
        if (i % 3 == 0) made[i].note = "note";
        if (i % 2 == 0) made[i].sizes = std::vector<std::int32_t>{1, 2, 3};
    }
    return made;
}

void range_of_rows(benchmark::State& state) {
    const auto rows = some_items(static_cast<std::size_t>(state.range(0)));
    const auto query = honeydue::insert(rows);
    for (auto _ : state)
        benchmark::DoNotOptimize(query.make_statement());
    state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(range_of_rows)->Arg(1000)->Arg(10'000)->Arg(100'000);

}  // namespace
