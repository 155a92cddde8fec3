// SPDX-License-Identifier: MIT
// Transactions of four statements from 25 connections: one flight, a flight a statement, and the
// way of libpqxx; and what transact costs beside the same messages by hand. Needs a server
// (DB_HOST …): with_servers --rtt 20 -- bench_transaction --benchmark_filter=four, and for the
// overhead without --rtt and with --benchmark_filter=overhead.
#include <honeydue/batch.hpp>
#include <honeydue/connection.hpp>
#include <honeydue/pool.hpp>
#include <honeydue/transaction.hpp>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>
#include <libpq-fe.h>

#if __has_include(<pqxx/pqxx>)
#include <pqxx/pqxx>
#endif

#include "must.hpp"

namespace {

namespace hd = honeydue;

constexpr int connections = 25;

using hd::bench::must;

hd::pool& shared_pool() {
    static hd::pool db = must([] {
        auto config = hd::pool_config::from_env();
        config.max_open = connections;
        config.min_idle = connections;
        config.log = [](std::string_view) {};
        return hd::pool::open(config);
    }());
    return db;
}

hd::statement question() { return hd::runtime("select $1::bigint + 1", std::int64_t{41}); }

void four_atomically(benchmark::State& state) {
    hd::pool& db = shared_pool();
    for (auto _ : state) {
        if (!hd::atomically(db, question(), question(), question(), question()))
            return state.SkipWithError("a group failed");
    }
    state.SetItemsProcessed(state.iterations());
}

void four_one_at_a_time(benchmark::State& state) {
    auto own = must(hd::connection::open(hd::endpoint::from_env()));
    for (auto _ : state) {
        bool well = own.run(hd::runtime("begin")).has_value();
        for (int i = 0; i < 4; ++i)
            well = own.run(question()).has_value() && well;
        well = own.run(hd::runtime("commit")).has_value() && well;
        if (!well) return state.SkipWithError("a statement failed");
    }
    state.SetItemsProcessed(state.iterations());
}

#if __has_include(<pqxx/pqxx>)
std::string conninfo() {
    const hd::endpoint to = hd::endpoint::from_env();
    return "host=" + to.host + " port=" + std::to_string(to.port) + " user=" + to.user +
           " password=" + to.password + " dbname=" + to.database +
           " sslmode=" + std::string{name(to.sslmode)} + " sslrootcert=" + to.sslrootcert;
}

void four_by_libpqxx(benchmark::State& state) {
    pqxx::connection own{conninfo()};
    for (auto _ : state) {
        pqxx::work work{own};
        for (int i = 0; i < 4; ++i)
            benchmark::DoNotOptimize(work.exec_params("select $1::bigint + 1", 41));
        work.commit();
    }
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(four_by_libpqxx)->Threads(connections)->UseRealTime();
#endif

BENCHMARK(four_atomically)->Threads(connections)->UseRealTime();
BENCHMARK(four_one_at_a_time)->Threads(connections)->UseRealTime();

void overhead_of_transact(benchmark::State& state) {
    auto own = must(hd::connection::open(hd::endpoint::from_env()));
    for (auto _ : state) {
        const auto done = hd::transact(own, [](hd::transaction& tx) -> hd::result<void> {
            auto last = tx.commit_with(question());
            if (!last) return tl::unexpected{std::move(last.error())};
            return {};
        });
        if (!done) return state.SkipWithError("a transaction failed");
    }
}

/// BEGIN, the limit, the statement, COMMIT and one Sync, as transact sends them.
bool send_by_hand(PGconn* to) {
    constexpr const char* limit =
        "select set_config(name, $1, true) "
        "from unnest(array['statement_timeout', 'idle_in_transaction_session_timeout']) name "
        "where current_setting(name)::interval = interval '0' "
        "or current_setting(name)::interval > $1::interval";
    const std::array<Oid, 2> types{25, 20};
    const char* time = "29999ms";
    const std::array<char, 8> number{0, 0, 0, 0, 0, 0, 0, 41};
    const char* bytes = number.data();
    constexpr int eight = 8;
    constexpr int binary = 1;
    const auto bare = [&](const char* text) {
        return PQsendQueryParams(to, text, 0, nullptr, nullptr, nullptr, nullptr, binary) == 1;
    };
    return bare("begin") &&
           PQsendQueryParams(to, limit, 1, types.data(), &time, nullptr, nullptr, binary) == 1 &&
           PQsendQueryParams(to, "select $1::bigint + 1", 1, &types[1], &bytes, &eight, &binary,
                             binary) == 1 &&
           bare("commit") && PQpipelineSync(to) == 1;
}

bool read_by_hand(PGconn* from) {
    int well = 0;
    for (;;) {
        PGresult* received = PQgetResult(from);
        if (received == nullptr) continue;
        const ExecStatusType status = PQresultStatus(received);
        PQclear(received);
        if (status == PGRES_PIPELINE_SYNC) return well == 4;
        if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) return false;
        ++well;
    }
}

void overhead_by_hand(benchmark::State& state) {
    const hd::endpoint to = hd::endpoint::from_env();
    const std::string port = std::to_string(to.port);
    const std::string mode{name(to.sslmode)};
    const std::array<const char*, 8> words{"host",   "port",    "user",        "password",
                                           "dbname", "sslmode", "sslrootcert", nullptr};
    const std::array<const char*, 8> values{
        to.host.c_str(),     port.c_str(), to.user.c_str(),        to.password.c_str(),
        to.database.c_str(), mode.c_str(), to.sslrootcert.c_str(), nullptr};
    PGconn* own = PQconnectdbParams(words.data(), values.data(), 0);
    if (PQenterPipelineMode(own) != 1) state.SkipWithError("no connection");
    for (auto _ : state) {
        if (!send_by_hand(own) || !read_by_hand(own)) state.SkipWithError("a transaction failed");
    }
    PQfinish(own);
}

BENCHMARK(overhead_of_transact)->UseRealTime();
BENCHMARK(overhead_by_hand)->UseRealTime();

}  // namespace
