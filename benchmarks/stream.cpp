// SPDX-License-Identifier: MIT
// Rows that are read as they arrive: for_each beside a hand-written loop over libpq's single-row
// mode (its chunks where libpq has them), and what both and fetch_all hold in memory at most. Needs
// a server (DB_HOST …): with_servers -- bench_stream. HONEYDUE_BENCHMARK_ROWS says how many rows;
// without it there are a million.
#include <honeydue/connection.hpp>
#include <honeydue/endpoint.hpp>
#include <honeydue/sql.hpp>
#include <honeydue/verbs.hpp>

#include <endian.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <memory>
#include <string>

#include <benchmark/benchmark.h>
#include <libpq-fe.h>

#include "must.hpp"

namespace {

namespace hd = honeydue;
using hd::bench::must;

// A set made in the select list is not kept by the server before it is sent.
constexpr char query[] =
    "select n::int8 as id, (n % 2000)::int8 as residence_id, "
    "'Replace the filter of number ' || n as title, "
    "timestamptz '2024-01-01 00:00+00' + n * interval '1 second' as created_at "
    "from (select generate_series(1, $1::int8) as n) as s";

struct row {
    std::int64_t id = 0;
    std::int64_t residence_id = 0;
    std::string title;
    hd::timestamptz created_at;
};

std::int64_t row_count() {
    const char* said = std::getenv("HONEYDUE_BENCHMARK_ROWS");
    return said == nullptr ? 1'000'000 : std::atoll(said);
}

/// Starts the account of the process's largest size anew. Source: proc(5), clear_refs.
void forget_peak() { std::ofstream{"/proc/self/clear_refs"} << '5'; }

double megabytes(std::string_view of) {
    std::ifstream status{"/proc/self/status"};
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with(of)) return std::strtod(line.c_str() + of.size(), nullptr) / 1024;
    }
    return 0;
}

struct sum {
    std::int64_t rows = 0;
    std::int64_t of_keys = 0;
    std::size_t of_lengths = 0;

    void add(const row& one) {
        ++rows;
        of_keys += one.id + one.residence_id;
        of_lengths += one.title.size();
    }
};

template <class Read>
void measure(benchmark::State& state, Read read) {
    const std::int64_t rows = row_count();
    forget_peak();
    for (auto _ : state) {
        const sum total = read(rows);
        if (total.rows != rows || total.of_lengths < static_cast<std::size_t>(rows)) std::abort();
    }
    state.counters["peak MB"] = megabytes("VmHWM:");
    state.counters["ns/row"] =
        benchmark::Counter(static_cast<double>(state.iterations() * rows) / 1e9,
                           benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

std::string environment(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
}

using link = std::unique_ptr<PGconn, decltype(&PQfinish)>;

link open_by_hand() {
    const std::string to =
        "host=" + environment("DB_HOST") + " port=" + environment("DB_PORT") +
        " user=" + environment("POSTGRES_USER") + " password=" + environment("POSTGRES_PASSWORD") +
        " dbname=" + environment("POSTGRES_DB") +
        " sslmode=" + (std::getenv("DB_SSLMODE") ? environment("DB_SSLMODE") : "prefer") +
        " sslrootcert=" + environment("DB_SSLROOTCERT");
    return {PQconnectdb(to.c_str()), PQfinish};
}

std::int64_t int8_at(const PGresult* from, int at, int column) {
    std::uint64_t big = 0;
    std::memcpy(&big, PQgetvalue(from, at, column), sizeof big);
    return static_cast<std::int64_t>(be64toh(big));
}

/// Every length and every NULL is checked, as a program that means to be right has to.
row row_at(const PGresult* from, int at) {
    for (const int column : {0, 1, 3}) {
        if (PQgetlength(from, at, column) != 8) std::abort();
    }
    if (PQgetisnull(from, at, 2) != 0) std::abort();
    return {
        int8_at(from, at, 0), int8_at(from, at, 1),
        std::string(PQgetvalue(from, at, 2), static_cast<std::size_t>(PQgetlength(from, at, 2))),
        hd::timestamptz::from_wire(int8_at(from, at, 3))};
}

sum read_by_hand(PGconn* on, std::int64_t rows) {
    const std::string count = std::to_string(rows);
    const char* const value = count.c_str();
    if (PQsendQueryParams(on, query, 1, nullptr, &value, nullptr, nullptr, 1) == 0) std::abort();
#ifdef LIBPQ_HAS_CHUNK_MODE
    PQsetChunkedRowsMode(on, 256);
#else
    PQsetSingleRowMode(on);
#endif
    sum total;
    while (PGresult* part = PQgetResult(on)) {
        for (int at = 0; at < PQntuples(part); ++at)
            total.add(row_at(part, at));
        if (PQresultStatus(part) == PGRES_FATAL_ERROR) std::abort();
        PQclear(part);
    }
    return total;
}

void stream_hand_written(benchmark::State& state) {
    const link on = open_by_hand();
    measure(state, [&](std::int64_t rows) { return read_by_hand(on.get(), rows); });
}

void stream_honeydue(benchmark::State& state) {
    auto on = must(hd::connection::open(hd::endpoint::from_env()));
    measure(state, [&](std::int64_t rows) {
        sum total;
        const auto done = hd::for_each<row>(on, hd::runtime(query, rows),
                                            [&](const row& one) { total.add(one); });
        if (!done) std::fprintf(stderr, "%s\n", explain(done.error()).c_str());
        return total;
    });
}

void fetch_all_honeydue(benchmark::State& state) {
    auto on = must(hd::connection::open(hd::endpoint::from_env()));
    measure(state, [&](std::int64_t rows) {
        sum total;
        for (const row& one : must(hd::fetch_all<row>(on, hd::runtime(query, rows))))
            total.add(one);
        return total;
    });
}

BENCHMARK(stream_hand_written)->Unit(benchmark::kMillisecond);
BENCHMARK(stream_honeydue)->Unit(benchmark::kMillisecond);
// Last: it leaves the heap large.
BENCHMARK(fetch_all_honeydue)->Unit(benchmark::kMillisecond);

}  // namespace
