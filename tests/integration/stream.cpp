// SPDX-License-Identifier: MIT
// Rows that are read as they arrive: in a transaction, through a pool, to an early end, and where
// something goes wrong in the middle.
#include <honeydue/pool.hpp>
#include <honeydue/query.hpp>
#include <honeydue/sql.hpp>
#include <honeydue/trace.hpp>
#include <honeydue/transaction.hpp>

#include <chrono>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <libpq-fe.h>

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

/// More than the buffers on the way hold.
template <class Db>
row_stream<std::int64_t> a_million_rows(Db& db) {
    return stream<std::int64_t>(
        db, runtime("select n from (select generate_series(1, 1000000::bigint) as n) as s"));
}

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

TEST_CASE("a range of rows is one round trip, and its rows are those of fetch_all in their order",
          "[stream]") {
    static_assert(std::input_iterator<row_stream<job>::iterator>);
    static_assert(std::sentinel_for<std::default_sentinel_t, row_stream<job>::iterator>);
    auto db = one_connection();
    const auto asked = select<job>().order_by(col<&job::id>.ascending()).limit(3000);
    std::vector<job> seen;
    const round_trips counted;
    for (auto& one : asked.stream(db))
        seen.push_back(must(std::move(one)));
    CHECK(counted.count() == 1);
    const auto all = must(asked.fetch_all(db));
    CHECK(std::ranges::equal(seen, all, [](const job& a, const job& b) {
        return detail::tie_members(a) == detail::tie_members(b);
    }));
}

TEST_CASE("a range that is never begun sends nothing, and one that is empty has no row",
          "[stream]") {
    auto db = one_connection();
    const round_trips counted;
    {
        auto never = ids.stream(db);
        static_cast<void>(never);
    }
    CHECK(counted.count() == 0);
    for (auto& one : ids.where(col<&job::id> < id<job>{0}).stream(db)) {
        static_cast<void>(one);
        FAIL("a row of nothing");
    }
    CHECK(counted.count() == 1);
}

TEST_CASE("a range that is left early leaves a pool that works", "[stream]") {
    auto db = one_connection();
    for (int i = 0; i < 3; ++i) {
        std::int64_t last = 0;
        for (auto& one : a_million_rows(db)) {
            last = must(one);
            if (last == 10) break;
        }
        CHECK(last == 10);
        CHECK(must(ids.limit(1).fetch_all(db)).size() == 1);
    }
}

TEST_CASE("a connection whose range is left early is kept when the rest has come, else closed",
          "[stream]") {
    auto db = opened_query_database();
    for (auto& one : ids.limit(10).stream(db)) {
        REQUIRE(one);
        break;
    }
    CHECK(db.state() == session_state::idle);
    CHECK(must(ids.limit(3).fetch_all(db)).size() == 3);
    for (auto& one : a_million_rows(db)) {
        REQUIRE(one);
        break;
    }
    CHECK(db.state() == session_state::abandoned);
}

TEST_CASE("nothing else is sent on a connection between two rows of a range", "[stream]") {
    auto db = opened_query_database();
    std::int64_t seen = 0;
    for (auto& one : ids.limit(3).stream(db)) {
        must(one);
        ++seen;
        const auto refused = ids.limit(1).fetch_all(db);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().code() == errc::refused);
    }
    CHECK(seen == 3);
    CHECK(must(ids.limit(1).fetch_all(db)).size() == 1);
}

TEST_CASE("ranges of two connections of a pool are walked side by side", "[stream]") {
    pool_config config;
    config.server = query_database();
    config.max_open = 2;
    config.min_idle = 2;
    config.leads_to = peer::unknown;
    auto db = must(pool::open(config));
    auto up = ids.limit(500).stream(db);
    auto down = select<&job::id>().order_by(col<&job::id>.descending()).limit(500).stream(db);
    std::int64_t pairs = 0;
    auto other = down.begin();
    for (auto& one : up) {
        REQUIRE(other != down.end());
        pairs += must(one) != must(*other) ? 1 : 0;
        ++other;
    }
    CHECK(pairs >= 499);
    CHECK(other == down.end());
}

TEST_CASE("a range inside a transaction sees what that wrote, and the transaction goes on",
          "[stream]") {
    auto db = one_connection();
    std::int64_t seen = 0;
    const auto renamed = transact(db, [&](transaction& tx) -> result<std::int64_t> {
        auto changed = update<job>()
                           .set(col<& job::title> = "pulled")
                           .where(col<&job::id> <= id<job>{700})
                           .execute(tx);
        if (!changed) return tl::unexpected{changed.error()};
        const auto titles = select<&job::title>().where(col<&job::id> <= id<job>{700});
        for (auto& title : titles.stream(tx)) {
            if (!title) return tl::unexpected{title.error()};
            seen += *title == "pulled" ? 1 : 0;
        }
        auto counted =
            select(count()).from<job>().where(col<&job::title> == "pulled").fetch_one(tx);
        if (!counted) return counted;
        return fail(errc::refused, "seen " + std::to_string(*counted));
    });
    REQUIRE_FALSE(renamed);
    CHECK(renamed.error().message() == "seen 700");
    CHECK(seen == 700);
}

TEST_CASE("a transaction whose range is left early, with more to come, is rolled back",
          "[stream]") {
    auto db = one_connection();
    const auto ended = transact(db, [&](transaction& tx) -> result<int> {
        auto changed = update<job>()
                           .set(col<& job::title> = "left early")
                           .where(col<&job::id> == id<job>{1})
                           .execute(tx);
        if (!changed) return tl::unexpected{changed.error()};
        for (auto& one : a_million_rows(tx)) {
            if (!one) return tl::unexpected{one.error()};
            break;
        }
        return 0;
    });
    REQUIRE_FALSE(ended);
    CHECK(ended.error().code() == errc::commit);
    CHECK(must(select(count()).from<job>().where(col<&job::title> == "left early").fetch_one(db)) ==
          0);
}

TEST_CASE("a backend that is ended between two rows of a range is an error behind the rows seen",
          "[stream]") {
    auto db = opened_query_database();
    auto other = opened_query_database();
    std::int64_t seen = 0;
    std::optional<error> last;
    for (auto& one : stream<std::tuple<std::int64_t, std::int32_t, std::string>>(
             db, runtime("select n, pg_backend_pid(), repeat('x', 1000) from (select "
                         "generate_series(1, 1000000::bigint) as n) as s"))) {
        CHECK_FALSE(last);
        if (!one) {
            last = one.error();
        } else if (++seen == 1000) {
            must(other.run(runtime("select pg_terminate_backend($1)", std::get<1>(*one))));
        }
    }
    REQUIRE(last);
    CHECK(last->connection_lost());
    CHECK(seen >= 1000);
    CHECK(seen < 1'000'000);
}

TEST_CASE("what the server refuses in the middle of a range comes behind the rows seen",
          "[stream]") {
    auto db = one_connection();
    std::int64_t seen = 0;
    std::optional<error> last;
    for (auto& one : stream<std::int64_t>(
             db, runtime("select 1 / (700 - n) from (select generate_series(1, 1000::bigint) as "
                         "n) as s"))) {
        if (one)
            ++seen;
        else
            last = one.error();
    }
    REQUIRE(last);
    CHECK(last->sqlstate() == "22012"_sqlstate);
#ifdef LIBPQ_HAS_CHUNK_MODE
    CHECK(seen == 512);
#else
    CHECK(seen == 699);
#endif
    CHECK(must(ids.limit(1).fetch_all(db)).size() == 1);
}

TEST_CASE("a row of a range that cannot be read is counted from the range's first", "[stream]") {
    auto db = opened_query_database();
    std::int64_t seen = 0;
    std::optional<error> last;
    for (auto& one : stream<std::int32_t>(
             db, runtime("select nullif(n, 700) as number from generate_series(1, 1000) n"))) {
        if (one)
            ++seen;
        else
            last = one.error();
    }
    REQUIRE(last);
    CHECK(last->message().find("column number of row 700 is NULL") != std::string::npos);
    CHECK(seen == 699);
}

TEST_CASE("a range keeps its deadline, and a pool that is closed under it says so", "[stream]") {
    using namespace std::chrono_literals;
    auto db = one_connection();
    std::optional<error> last;
    for (auto& one : stream<std::string>(db, runtime("select pg_sleep(600)::text"),
                                         std::chrono::steady_clock::now() + 200ms)) {
        REQUIRE_FALSE(one);
        last = one.error();
    }
    REQUIRE(last);
    CHECK(last->code() == errc::deadline);

    last.reset();
    for (auto& one : a_million_rows(db)) {
        if (!one)
            last = one.error();
        else if (must(one) == 10)
            db.close(std::chrono::steady_clock::now());
    }
    REQUIRE(last);
    CHECK(last->code() == errc::pool_closed);
}

TEST_CASE("an observer is told of a range once, and of what is asked between its rows apart",
          "[stream]") {
    struct listener final : observer {
        std::vector<std::pair<std::uint64_t, std::uint64_t>> calls;  // statements, rows
        void on_call(const call_event& event) noexcept override {
            calls.emplace_back(event.statements, event.rows);
        }
    } heard;
    auto db = opened_query_database();
    auto other = opened_query_database();
    const observation watched{heard};
    std::int64_t seen = 0;
    for (auto& one : ids.limit(600).stream(db)) {
        must(one);
        if (++seen == 300) static_cast<void>(must(ids.limit(2).fetch_all(other)));
    }
    CHECK(heard.calls == std::vector<std::pair<std::uint64_t, std::uint64_t>>{{1, 2}, {1, 600}});
}

TEST_CASE("memory does not grow with the rows of a range, however slowly it is walked",
          "[stream]") {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    SKIP("a sanitizer keeps freed memory for a while, so that growth says nothing");
#endif
    auto db = opened_query_database();
    const auto before = kilobytes("VmRSS:");
    forget_peak();
    std::int64_t seen = 0;
    for (auto& one : stream<std::tuple<std::int64_t, std::string>>(
             db, runtime("select n, repeat('x', 100) from (select generate_series(1, "
                         "1000000::bigint) as n) as s"))) {
        seen += one ? 1 : 0;
    }
    CHECK(seen == 1'000'000);
    CHECK(kilobytes("VmHWM:") - before < 30'000);
}
