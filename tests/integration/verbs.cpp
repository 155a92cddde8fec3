// SPDX-License-Identifier: MIT
// The verbs on real servers: what they cost, stream, and name when they fail.
#include <honeydue/pool.hpp>
#include <honeydue/query.hpp>
#include <honeydue/sql.hpp>
#include <honeydue/trace.hpp>

#include <chrono>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "query_database.hpp"
#include "reference/reference.hpp"

using namespace honeydue;
using namespace honeydue::support;
using home = residence::residence;
using job = task::task;

TEST_CASE("together reads several things in one round trip, on a connection and on a pool",
          "[verbs]") {
    const auto homes = select<&home::name>().where(col<&home::owner_id> == id<auth::user>{1});
    const auto jobs = select<job>().limit(10);
    const auto raw = sql<"select count(*) from auth_user">().reads().as<std::int64_t>();
    auto on = opened_query_database();
    pool_config config;
    config.server = query_database();
    config.max_open = 1;
    config.min_idle = 1;
    auto db = must(pool::open(config));
    const auto check = [&](auto& executor) {
        const round_trips counted;
        const auto [names, some, users] = must(together(executor, homes, jobs, raw));
        CHECK(counted.count() == 1);
        CHECK(names.size() == 6);
        CHECK(some.size() == 10);
        CHECK(users == std::vector<std::int64_t>{500});
    };
    check(on);
    check(db);
}

TEST_CASE("together names the query whose rows cannot be read", "[verbs]") {
    auto on = opened_query_database();
    const auto failed = together(on, select<&home::name>().limit(1),
                                 sql<"select 'x'::text as wrong">().reads().as<std::int32_t>());
    REQUIRE_FALSE(failed);
    CHECK(failed.error().code() == errc::decode);
    CHECK(failed.error().message().find("together, query 2") == 0);
}

TEST_CASE("for_each gives the rows as they arrive, and stops when told", "[verbs]") {
    auto on = opened_query_database();
    std::int64_t seen = 0;
    const round_trips counted;
    const auto ids = select<&job::id>().order_by(col<&job::id>.ascending()).limit(5000);
    CHECK(ids.for_each(on, [&](id<job>) { ++seen; }));
    CHECK(seen == 5000);
    CHECK(counted.count() == 1);
    const auto stopped = ids.for_each(on, [&](id<job> one) -> result<void> {
        if (one.value < 3) return {};
        return fail(errc::decode, "enough");
    });
    CHECK(stopped.error().message() == "enough");
}

TEST_CASE("a deadline ends a call, and a moment gone by sends nothing", "[verbs]") {
    using clock = std::chrono::steady_clock;
    auto on = opened_query_database();
    CHECK(must(select(count()).from<home>().fetch_one(
              on, clock::now() + std::chrono::seconds{30})) == 2000);
    CHECK(must(sql<"select 1">().fetch_one<std::int32_t>(
              on, clock::now() + std::chrono::seconds{30})) == 1);
    const round_trips counted;
    CHECK(
        select<&home::id>().fetch_all(on, clock::now() - std::chrono::seconds{1}).error().code() ==
        errc::deadline);
    CHECK(counted.count() == 0);
    const auto late =
        sql<"select pg_sleep(20)">().execute(on, clock::now() + std::chrono::milliseconds{100});
    REQUIRE_FALSE(late);
    CHECK((late.error().code() == errc::deadline || late.error().sqlstate() == "57014"_sqlstate));
}

TEST_CASE("what a verb could not read is an error that names the column", "[verbs]") {
    auto on = opened_query_database();
    const auto nulls = sql<"select null::int4 as gone">().reads().fetch_one<std::int32_t>(on);
    REQUIRE_FALSE(nulls);
    CHECK(nulls.error().code() == errc::decode);
    CHECK(nulls.error().message().find("gone") != std::string::npos);
}
