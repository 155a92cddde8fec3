// SPDX-License-Identifier: MIT
// One `select 1` on a direct connection, beside bare PQexecParams and libpqxx on the same server:
// what the pump, the sync group and a deadline cost. Needs a server (DB_HOST …):
// with_servers --row direct -- bench_connection --benchmark_repetitions=9
// --benchmark_enable_random_interleaving=true
#include <honeydue/connection.hpp>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

#include <benchmark/benchmark.h>
#include <libpq-fe.h>

#if __has_include(<pqxx/pqxx>)
#include <pqxx/pqxx>
#endif

#include "must.hpp"

namespace {

namespace hd = honeydue;

using hd::bench::must;

std::string conninfo() {
    const hd::endpoint to = hd::endpoint::from_env();
    return "host=" + to.host + " port=" + std::to_string(to.port) + " user=" + to.user +
           " password=" + to.password + " dbname=" + to.database +
           " sslmode=" + std::string{name(to.sslmode)} + " sslrootcert=" + to.sslrootcert;
}

void by_libpq(benchmark::State& state) {
    const std::unique_ptr<PGconn, decltype(&PQfinish)> own{PQconnectdb(conninfo().c_str()),
                                                           PQfinish};
    for (auto _ : state) {
        PGresult* const answer =
            PQexecParams(own.get(), "select 1", 0, nullptr, nullptr, nullptr, nullptr, 1);
        const bool well = PQresultStatus(answer) == PGRES_TUPLES_OK;
        PQclear(answer);
        if (!well) return state.SkipWithError("a statement failed");
    }
}

void run(benchmark::State& state, const auto& sending) {
    auto own = must(hd::connection::open(hd::endpoint::from_env()));
    const hd::statement asked = hd::runtime("select 1").as_reading();
    for (auto _ : state) {
        if (!own.run(asked, sending())) return state.SkipWithError("a statement failed");
    }
}

void by_honeydue(benchmark::State& state) {
    run(state, [] { return hd::sending{}; });
}

void with_a_deadline(benchmark::State& state) {
    run(state, [] {
        return hd::sending{.until = std::chrono::steady_clock::now() + std::chrono::seconds{30}};
    });
}

void with_a_deadline_on_the_server_too(benchmark::State& state) {
    run(state, [] {
        return hd::sending{.until = std::chrono::steady_clock::now() + std::chrono::seconds{30},
                           .kept_by = hd::limiter::both};
    });
}

#if __has_include(<pqxx/pqxx>)
void by_libpqxx(benchmark::State& state) {
    pqxx::connection own{conninfo()};
    pqxx::nontransaction work{own};
    for (auto _ : state)
        benchmark::DoNotOptimize(work.exec_params("select 1"));
}
BENCHMARK(by_libpqxx)->UseRealTime();
#endif

BENCHMARK(by_libpq)->UseRealTime();
BENCHMARK(by_honeydue)->UseRealTime();
BENCHMARK(with_a_deadline)->UseRealTime();
BENCHMARK(with_a_deadline_on_the_server_too)->UseRealTime();

}  // namespace
