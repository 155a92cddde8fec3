// SPDX-License-Identifier: MIT
// 50 residences, and all 2 000, each with its twenty tasks: one statement with records, one with
// json_agg, a join that repeats the residence for every task, and a statement for each residence.
// Needs the seeded reference database (DB_HOST …), and --rtt 20 for the far one:
// with_servers --migrate --sql examples/reference/seed.sql -- bench_relation.
#include <honeydue/connection.hpp>
#include <honeydue/endpoint.hpp>
#include <honeydue/json.hpp>
#include <honeydue/query.hpp>

#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <benchmark/benchmark.h>

#include "must.hpp"
#include "reference/reference.hpp"

namespace {

namespace hd = honeydue;
using hd::col;
using hd::bench::must;
using home = residence::residence;
using job = task::task;

struct brief_job {
    std::int64_t id = 0;
    std::string title;
    std::optional<std::string> description;
    std::string status;
};
struct home_with_jobs {
    hd::id<home> id{};
    std::string name;
    std::optional<std::string> city;
    hd::children<brief_job> jobs;
};
struct home_with_json {
    std::int64_t id = 0;
    std::string name;
    std::optional<std::string> city;
    hd::json_of<std::vector<brief_job>> jobs;
};
struct home_and_job {
    std::int64_t home_id = 0;
    std::string name;
    std::optional<std::string> city;
    std::int64_t id = 0;
    std::string title;
    std::optional<std::string> description;
    std::string status;
};
struct assembled {
    std::int64_t id = 0;
    std::string name;
    std::optional<std::string> city;
    std::vector<brief_job> jobs{};
};

hd::connection opened() { return must(hd::connection::open(hd::endpoint::from_env())); }

const auto by_id = col<&home::id>.ascending();

std::size_t records(hd::connection& db, std::int64_t homes) {
    const auto found =
        must(hd::select<home_with_jobs>(col<&home::id>, col<&home::name>, col<&home::city>,
                                        hd::with_many<&job::residence_id, brief_job>(
                                            hd::cast<std::int64_t>(col<&job::id>), col<&job::title>,
                                            col<&job::description>, col<&job::status>))
                 .where(col<&home::id> <= hd::id<home>{homes})
                 .order_by(by_id)
                 .fetch_all(db));
    std::size_t jobs = 0;
    for (const home_with_jobs& one : found)
        jobs += one.jobs.size();
    return jobs;
}

std::size_t json_agg(hd::connection& db, std::int64_t homes) {
    const auto found = must(hd::fetch_all<home_with_json>(
        db, hd::runtime("select r.id, r.name, r.city, (select coalesce(json_agg(json_build_object("
                        "'id', t.id, 'title', t.title, 'description', t.description, 'status', "
                        "t.status)), '[]') from task_task t where t.residence_id = r.id) as jobs "
                        "from residence_residence r where r.id <= $1 order by r.id",
                        homes)));
    std::size_t jobs = 0;
    for (const home_with_json& one : found)
        jobs += one.jobs.value.size();
    return jobs;
}

std::size_t join(hd::connection& db, std::int64_t homes) {
    auto rows = must(hd::fetch_all<home_and_job>(
        db, hd::runtime("select r.id as home_id, r.name, r.city, t.id, t.title, t.description, "
                        "t.status from residence_residence r join task_task t on t.residence_id = "
                        "r.id where r.id <= $1 order by r.id",
                        homes)));
    std::vector<assembled> found;
    std::size_t jobs = 0;
    for (home_and_job& one : rows) {
        if (found.empty() || found.back().id != one.home_id)
            found.push_back({one.home_id, std::move(one.name), std::move(one.city)});
        found.back().jobs.push_back(
            {one.id, std::move(one.title), std::move(one.description), std::move(one.status)});
        ++jobs;
    }
    return jobs;
}

std::size_t one_by_one(hd::connection& db, std::int64_t homes) {
    const auto found = must(hd::select<&home::id, &home::name, &home::city>()
                                .where(col<&home::id> <= hd::id<home>{homes})
                                .order_by(by_id)
                                .fetch_all(db));
    std::size_t jobs = 0;
    for (const auto& one : found) {
        jobs += must(hd::select<&job::id, &job::title, &job::description, &job::status>()
                         .where(col<&job::residence_id> == std::get<0>(one))
                         .fetch_all(db))
                    .size();
    }
    return jobs;
}

template <std::size_t (*Read)(hd::connection&, std::int64_t)>
void read(benchmark::State& state) {
    auto db = opened();
    const std::int64_t homes = state.range(0);
    for (auto _ : state) {
        if (Read(db, homes) == 0) return state.SkipWithError("the database is not seeded");
    }
}

BENCHMARK(read<records>)->Arg(50)->Arg(2000)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(read<json_agg>)->Arg(50)->Arg(2000)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(read<join>)->Arg(50)->Arg(2000)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(read<one_by_one>)->Arg(50)->Arg(2000)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
