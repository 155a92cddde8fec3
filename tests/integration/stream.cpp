// SPDX-License-Identifier: MIT
// Rows that are read as they arrive: in a transaction, through a pool, to an early end, and where
// something goes wrong in the middle.
#include <honeydue/pool.hpp>
#include <honeydue/query.hpp>
#include <honeydue/sql.hpp>
#include <honeydue/trace.hpp>
#include <honeydue/transaction.hpp>

#include <cstdint>
#include <fstream>
#include <string>
#include <string_view>
#include <tuple>

#include <catch2/catch_test_macros.hpp>

#include "query_database.hpp"
#include "reference/reference.hpp"

using namespace honeydue;
using namespace honeydue::support;
using job = task::task;

namespace {

pool one_connection() {
    pool_config config;
    config.server = query_database();
    config.max_open = 1;
    config.min_idle = 1;
    config.leads_to = peer::unknown;
    config.log = [](std::string_view) {};
    return must(pool::open(config));
}

const auto ids = select<&job::id>().order_by(col<&job::id>.ascending());

/// Starts the account of the process's largest size anew. Source: proc(5), clear_refs.
void forget_peak() { std::ofstream{"/proc/self/clear_refs"} << '5'; }

std::int64_t kilobytes(std::string_view of) {
    std::ifstream status{"/proc/self/status"};
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with(of)) return std::stoll(line.substr(of.size()));
    }
    return 0;
}

}  // namespace

TEST_CASE("a stream inside a transaction sees what that wrote, and the transaction goes on",
          "[stream]") {
    auto db = one_connection();
    std::int64_t seen = 0;
    const auto renamed = transact(db, [&](transaction& tx) -> result<std::int64_t> {
        auto changed = update<job>()
                           .set(col<& job::title> = "streamed")
                           .where(col<&job::id> <= id<job>{700})
                           .execute(tx);
        if (!changed) return tl::unexpected{changed.error()};
        const auto streamed = select<&job::title>()
                                  .where(col<&job::id> <= id<job>{700})
                                  .for_each(tx, [&](const std::string& title) {
                                      seen += title == "streamed" ? 1 : 0;
                                  });
        if (!streamed) return tl::unexpected{streamed.error()};
        auto counted =
            select(count()).from<job>().where(col<&job::title> == "streamed").fetch_one(tx);
        if (!counted) return counted;
        return fail(errc::refused, "seen " + std::to_string(*counted));
    });
    REQUIRE_FALSE(renamed);
    CHECK(renamed.error().message() == "seen 700");
    CHECK(seen == 700);
    CHECK(must(select(count()).from<job>().where(col<&job::title> == "streamed").fetch_one(db)) ==
          0);
}

TEST_CASE("a stream is one round trip, and its rows are those of fetch_all in their order",
          "[stream]") {
    auto db = one_connection();
    std::vector<job> seen;
    const round_trips counted;
    REQUIRE(
        select<job>().order_by(col<&job::id>.ascending()).limit(3000).for_each(db, [&](job&& one) {
            seen.push_back(std::move(one));
        }));
    CHECK(counted.count() == 1);
    const auto all =
        must(select<job>().order_by(col<&job::id>.ascending()).limit(3000).fetch_all(db));
    CHECK(std::ranges::equal(seen, all, [](const job& a, const job& b) {
        return detail::tie_members(a) == detail::tie_members(b);
    }));
}

TEST_CASE("a stream that is ended early leaves a pool that works", "[stream]") {
    auto db = one_connection();
    for (int i = 0; i < 3; ++i) {
        std::int64_t seen = 0;
        const auto ended = ids.for_each(db, [&](id<job>) -> result<void> {
            if (++seen == 10) return fail(errc::refused, "enough");
            return {};
        });
        REQUIRE_FALSE(ended);
        CHECK(ended.error().message() == "enough");
        CHECK(seen == 10);
        CHECK(must(ids.limit(1).fetch_all(db)).size() == 1);
    }
}

TEST_CASE("a backend that is ended in the middle of a stream is an error behind the rows seen",
          "[stream]") {
    auto db = opened_query_database();
    auto other = opened_query_database();
    std::int64_t seen = 0;
    const auto streamed = for_each<std::tuple<std::int64_t, std::int32_t, std::string>>(
        db,
        runtime("select n, pg_backend_pid(), repeat('x', 1000) from (select generate_series(1, "
                "1000000::bigint) as n) as s"),
        [&](const auto& one) {
            if (++seen == 1000)
                must(other.run(runtime("select pg_terminate_backend($1)", std::get<1>(one))));
        });
    REQUIRE_FALSE(streamed);
    CHECK(streamed.error().connection_lost());
    CHECK(seen >= 1000);
    CHECK(seen < 1'000'000);
}

TEST_CASE("a row that cannot be read is counted from the stream's first", "[stream]") {
    auto db = opened_query_database();
    std::int64_t seen = 0;
    const auto streamed = for_each<std::int32_t>(
        db, runtime("select nullif(n, 700) as number from generate_series(1, 1000) n"),
        [&](std::int32_t) { ++seen; });
    REQUIRE_FALSE(streamed);
    CHECK(streamed.error().message().find("column number of row 700 is NULL") != std::string::npos);
    CHECK(seen == 699);
}

TEST_CASE("memory does not grow with the rows of a stream", "[stream]") {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    SKIP("a sanitizer keeps freed memory for a while, so that growth says nothing");
#endif
    auto db = opened_query_database();
    const auto grows = [&](std::int64_t rows) {
        const auto before = kilobytes("VmRSS:");
        forget_peak();
        REQUIRE(for_each<std::tuple<std::int64_t, std::string>>(
            db,
            runtime("select n, repeat('x', 100) from (select generate_series(1, $1::bigint) as n) "
                    "as s",
                    rows),
            [](const auto&) {}));
        return kilobytes("VmHWM:") - before;
    };
    // All of them are 120 MB of values alone.
    CHECK(grows(1'000'000) < 30'000);
}
