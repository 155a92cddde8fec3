// SPDX-License-Identifier: MIT
// Reading 10 000 received rows into owning structs: honeydue, a hand-written loop over libpq's
// binary result, and libpqxx, which receives text. Rows of eight mixed columns, and rows of numbers
// and times. The results come from a server (DB_HOST …) once; only the reading is measured.
#include <honeydue/connection.hpp>
#include <honeydue/endpoint.hpp>
#include <honeydue/rows.hpp>

#include <arpa/inet.h>
#include <endian.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>
#include <libpq-fe.h>
#if __has_include(<pqxx/pqxx>)
#include <pqxx/pqxx>
#define HONEYDUE_BENCH_PQXX 1
#endif

#include "counted_allocations.hpp"

namespace {

namespace hd = honeydue;

constexpr int row_count = 10'000;

constexpr const char* mixed_query =
    "select n::int8 as id, (n % 2000)::int8 as residence_id, "
    "'Replace the filter of number ' || n as title, "
    "case when n % 2 = 0 then 'every spring, before the rain ' || n end as description, "
    "n % 3 = 0 as is_archived, (n % 365)::int4 as days, "
    "timestamptz '2024-01-01 00:00+00' + n * interval '1 minute' as created_at, "
    "n * 0.25::float8 as cost from generate_series(1, 10000) n";

constexpr const char* number_query =
    "select n::int8 as a, (n * 7919)::int8 as b, (-n)::int8 as c, n * 0.1::float8 as d, "
    "timestamptz '2024-01-01 00:00+00' + n * interval '1 minute' as at, "
    "md5(n::text)::uuid as key from generate_series(1, 10000) n";

struct mixed {
    std::int64_t id = 0;
    std::int64_t residence_id = 0;
    std::string title;
    std::optional<std::string> description;
    bool is_archived = false;
    std::int32_t days = 0;
    hd::timestamptz created_at;
    double cost = 0;
};

struct numbers {
    std::int64_t a = 0;
    std::int64_t b = 0;
    std::int64_t c = 0;
    double d = 0;
    hd::timestamptz at;
    hd::uuid key;
};

hd::rows received(const char* query) {
    auto on = hd::connection::open(hd::endpoint::from_env());
    if (!on) {
        std::fprintf(stderr, "%s\n", explain(on.error()).c_str());
        std::exit(1);
    }
    return on->run(hd::runtime(query)).value();
}

std::string environment(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
}

std::string connection_text() {
    std::string text = "host=" + environment("DB_HOST") + " port=" + environment("DB_PORT") +
                       " user=" + environment("POSTGRES_USER") +
                       " password=" + environment("POSTGRES_PASSWORD") +
                       " dbname=" + environment("POSTGRES_DB");
    if (!environment("DB_SSLMODE").empty()) text += " sslmode=" + environment("DB_SSLMODE");
    if (!environment("DB_SSLROOTCERT").empty())
        text += " sslrootcert=" + environment("DB_SSLROOTCERT");
    return text;
}

std::shared_ptr<PGresult> binary_result(const char* query) {
    PGconn* on = PQconnectdb(connection_text().c_str());
    std::shared_ptr<PGresult> got{PQexecParams(on, query, 0, nullptr, nullptr, nullptr, nullptr, 1),
                                  PQclear};
    PQfinish(on);
    return got;
}

std::int64_t int8_at(const PGresult* from, int row, int column) {
    std::uint64_t big = 0;
    std::memcpy(&big, PQgetvalue(from, row, column), sizeof big);
    return static_cast<std::int64_t>(be64toh(big));
}
std::int32_t int4_at(const PGresult* from, int row, int column) {
    std::uint32_t big = 0;
    std::memcpy(&big, PQgetvalue(from, row, column), sizeof big);
    return static_cast<std::int32_t>(ntohl(big));
}
double float8_at(const PGresult* from, int row, int column) {
    const std::int64_t bits = int8_at(from, row, column);
    double value = 0;
    std::memcpy(&value, &bits, sizeof value);
    return value;
}

/// Every length and every NULL is checked, as a program that means to be right has to.
bool has_sizes(const PGresult* from, int row, std::initializer_list<int> sizes) {
    int column = 0;
    for (const int size : sizes) {
        if (size > 0 && PQgetlength(from, row, column) != size) return false;
        if (size >= 0 && PQgetisnull(from, row, column) != 0) return false;
        ++column;
    }
    return true;
}

std::vector<mixed> mixed_by_hand(const PGresult* from) {
    std::vector<mixed> all;
    const int rows = PQntuples(from);
    all.reserve(static_cast<std::size_t>(rows));
    for (int row = 0; row < rows; ++row) {
        if (!has_sizes(from, row, {8, 8, 0, -1, 1, 4, 8, 8})) std::abort();
        mixed& one = all.emplace_back();
        one.id = int8_at(from, row, 0);
        one.residence_id = int8_at(from, row, 1);
        one.title.assign(PQgetvalue(from, row, 2),
                         static_cast<std::size_t>(PQgetlength(from, row, 2)));
        if (PQgetisnull(from, row, 3) == 0) {
            one.description.emplace(PQgetvalue(from, row, 3),
                                    static_cast<std::size_t>(PQgetlength(from, row, 3)));
        }
        one.is_archived = *PQgetvalue(from, row, 4) != 0;
        one.days = int4_at(from, row, 5);
        one.created_at = hd::timestamptz::from_wire(int8_at(from, row, 6));
        one.cost = float8_at(from, row, 7);
    }
    return all;
}

std::vector<numbers> numbers_by_hand(const PGresult* from) {
    std::vector<numbers> all;
    const int rows = PQntuples(from);
    all.reserve(static_cast<std::size_t>(rows));
    for (int row = 0; row < rows; ++row) {
        if (!has_sizes(from, row, {8, 8, 8, 8, 8, 16})) std::abort();
        numbers& one = all.emplace_back();
        one.a = int8_at(from, row, 0);
        one.b = int8_at(from, row, 1);
        one.c = int8_at(from, row, 2);
        one.d = float8_at(from, row, 3);
        one.at = hd::timestamptz::from_wire(int8_at(from, row, 4));
        std::memcpy(one.key.bytes.data(), PQgetvalue(from, row, 5), one.key.bytes.size());
    }
    return all;
}

void count_rows(benchmark::State& state, std::size_t allocations_before) {
    const auto rows = static_cast<double>(state.iterations()) * row_count;
    state.counters["ns/row"] =
        benchmark::Counter(rows / 1e9, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
    state.counters["allocations/row"] =
        static_cast<double>(hd::bench::allocations - allocations_before) / rows;
}

template <class Read>
void measure(benchmark::State& state, Read read) {
    const std::size_t before = hd::bench::allocations;
    for (auto _ : state)
        benchmark::DoNotOptimize(read());
    count_rows(state, before);
}

void mixed_honeydue(benchmark::State& state) {
    const hd::rows from = received(mixed_query);
    measure(state, [&] { return hd::decode<mixed>(from).value(); });
}
void mixed_hand_written(benchmark::State& state) {
    const auto from = binary_result(mixed_query);
    measure(state, [&] { return mixed_by_hand(from.get()); });
}
void numbers_honeydue(benchmark::State& state) {
    const hd::rows from = received(number_query);
    measure(state, [&] { return hd::decode<numbers>(from).value(); });
}
void numbers_hand_written(benchmark::State& state) {
    const auto from = binary_result(number_query);
    measure(state, [&] { return numbers_by_hand(from.get()); });
}

BENCHMARK(mixed_hand_written);
BENCHMARK(mixed_honeydue);
BENCHMARK(numbers_hand_written);
BENCHMARK(numbers_honeydue);

#ifdef HONEYDUE_BENCH_PQXX
struct mixed_text {
    std::int64_t id = 0;
    std::int64_t residence_id = 0;
    std::string title;
    std::optional<std::string> description;
    bool is_archived = false;
    std::int32_t days = 0;
    std::string created_at;
    double cost = 0;
};

struct numbers_text {
    std::int64_t a = 0;
    std::int64_t b = 0;
    std::int64_t c = 0;
    double d = 0;
    std::string at;
    std::string key;
};

pqxx::result text_result(const char* query) {
    pqxx::connection on{connection_text()};
    pqxx::nontransaction work{on};
    return work.exec(query);
}

void mixed_libpqxx(benchmark::State& state) {
    const pqxx::result from = text_result(mixed_query);
    measure(state, [&] {
        std::vector<mixed_text> all;
        all.reserve(from.size());
        for (const auto& row : from) {
            mixed_text& one = all.emplace_back();
            row[0].to(one.id);
            row[1].to(one.residence_id);
            row[2].to(one.title);
            if (!row[3].is_null()) row[3].to(one.description.emplace());
            row[4].to(one.is_archived);
            row[5].to(one.days);
            row[6].to(one.created_at);
            row[7].to(one.cost);
        }
        return all;
    });
}
void numbers_libpqxx(benchmark::State& state) {
    const pqxx::result from = text_result(number_query);
    measure(state, [&] {
        std::vector<numbers_text> all;
        all.reserve(from.size());
        for (const auto& row : from) {
            numbers_text& one = all.emplace_back();
            row[0].to(one.a);
            row[1].to(one.b);
            row[2].to(one.c);
            row[3].to(one.d);
            row[4].to(one.at);
            row[5].to(one.key);
        }
        return all;
    });
}
BENCHMARK(mixed_libpqxx);
BENCHMARK(numbers_libpqxx);
#endif

}  // namespace
