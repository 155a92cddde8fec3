// SPDX-License-Identifier: MIT
// Reading migration files: bytes a second of goose's reading and of the strict one. Whole commands
// beside goose's are measured by migration.sh.
#include <benchmark/benchmark.h>

#include <string>

#include "migration_file.hpp"

namespace {

using namespace honeydue::detail;

/// What migrations are made of: statements of a few lines, comments, a block now and then.
std::string text_of(std::size_t statements) {
    std::string text = "-- +goose Up\n";
    for (std::size_t i = 0; i < statements; ++i) {
        const std::string table = "table_" + std::to_string(i);
        text += "-- what it is for\ncreate table " + table +
                " (\n    id bigint primary key,\n    name text not null,\n"
                "    made_at timestamptz not null default now()\n);\n\n"
                "insert into " +
                table + " values (1, 'a name; and more', now());\n";
        if (i % 10 == 0) {
            text += "-- +goose StatementBegin\ncreate function f_" + table +
                    "() returns int as $$\nbegin\n    return 1;\nend;\n$$ language plpgsql;\n"
                    "-- +goose StatementEnd\n";
        }
    }
    return text + "-- +goose Down\ndrop table table_0;\n";
}

template <reading How>
void read(benchmark::State& state) {
    const std::string text = text_of(static_cast<std::size_t>(state.range(0)));
    for (auto _ : state) {
        auto made = read_migration(text, direction::up, How);
        if (!made) state.SkipWithError(made.error().message.c_str());
        benchmark::DoNotOptimize(made);
    }
    state.SetBytesProcessed(static_cast<std::int64_t>(text.size()) * state.iterations());
}

}  // namespace

BENCHMARK(read<reading::compatible>)->Name("read/compatible")->Arg(5)->Arg(10'000);
BENCHMARK(read<reading::strict>)->Name("read/strict")->Arg(5)->Arg(10'000);
