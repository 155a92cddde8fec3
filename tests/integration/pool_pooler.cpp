// SPDX-License-Identifier: MIT
// A pool in front of a PgBouncer that is stopped, paused, full, or has no server: the same whatever
// the row.
#include <honeydue/pool.hpp>

#include <atomic>
#include <chrono>
#include <csignal>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "pool_setting.hpp"
#include "wire_proxy.hpp"

using namespace honeydue;
using namespace honeydue::support;

namespace {

postgres_server& shared_postgres() { return test_environment::shared().postgres(); }

pgbouncer_kind any_kind() { return GENERATE(pgbouncer_kind::packaged, pgbouncer_kind::tracking); }

/// Before 1.23 SIGTERM ends PgBouncer at once; since, when its last client has left.
bool waits_for_clients(const pgbouncer_server& pooler) {
    return pooler.version() != "PgBouncer 1.18.0";
}

/// A process nobody has waited for yet (state Z) has ended all the same.
bool has_ended(pid_t process) {
    std::ifstream file("/proc/" + std::to_string(process) + "/stat");
    const std::string stat{std::istreambuf_iterator<char>(file), {}};
    const auto name_end = stat.rfind(") ");
    return name_end == std::string::npos || stat.at(name_end + 2) == 'Z';
}

bool serves(pool& db) { return db.run(reading("select 1"), {.until = in(1s)}).has_value(); }

}  // namespace

TEST_CASE(
    "SIGTERM: an old pooler drops what is under way, a new one lets it finish, and both are met "
    "again",
    "[pool][pooler]") {
    pgbouncer_server pooler{shared_postgres(), {.kind = any_kind()}};
    auto db = must(pool::open(quiet(reach(pooler.as_user()), 3, 3)));
    result<rows> answer;
    std::thread caller{[&] { answer = db.run(runtime("select pg_sleep(0.4), 7")); }};
    REQUIRE(comes_true([&] { return db.stats().in_use == 1; }));
    std::this_thread::sleep_for(50ms);  // the statement is on its way
    ::kill(pooler.process().server(), SIGTERM);
    caller.join();
    if (waits_for_clients(pooler)) {
        CHECK(answer);
    } else {
        REQUIRE_FALSE(answer);
        CHECK(answer.error().connection_lost());
        CHECK(answer.error().may_have_run());
    }
    pooler.stop(SIGKILL);
    pooler.start();
    CHECK(comes_true([&] { return serves(db); }));
    CHECK(comes_true([&] { return db.stats().idle == 3; }));
}

TEST_CASE("a pooler that waits for its clients is left as they age, and nobody notices",
          "[pool][pooler]") {
    pgbouncer_server old{shared_postgres(), {.kind = pgbouncer_kind::tracking}};
    pgbouncer_server successor{shared_postgres(), {.kind = pgbouncer_kind::tracking}};
    wire_proxy wire{old.port(), {}};
    auto config = quiet(through(reach(old.as_user()), wire.port()), 4, 3);
    config.max_lifetime = 1s;
    auto db = must(pool::open(config));
    wire.set_target(successor.port());
    ::kill(old.process().server(), SIGTERM);
    CHECK(comes_true([&] {
        CHECK(serves(db));
        return has_ended(old.process().server());
    }));
    CHECK(db.stats().waited == 0);
    CHECK(db.stats().lost == 0);
}

TEST_CASE(
    "SIGINT: a caller whom a stopping pooler leaves without an answer is told at his deadline",
    "[pool][pooler]") {
    pgbouncer_server pooler{shared_postgres(), {.kind = any_kind()}};
    auto db = must(pool::open(quiet(reach(pooler.as_user()), 2, 2)));
    auto held = must(db.acquire());
    REQUIRE(held.run(control("begin")));
    ::kill(pooler.process().server(), SIGINT);
    std::this_thread::sleep_for(50ms);  // it waits for the transaction
    const auto begin = clock_type::now();
    const auto answer = db.run(runtime("select 1"), {.until = in(300ms)});
    CHECK_FALSE(answer);
    CHECK(clock_type::now() - begin < 300ms + 1s);
    CHECK(held.run(reading("select 1")));
    CHECK(held.run(control("commit")));
}

TEST_CASE("a pause shorter than the deadline costs nothing but time, a longer one the connection",
          "[pool][pooler]") {
    pgbouncer_server pooler{shared_postgres(), {.kind = test_environment::shared().kind()}};
    auto db = must(pool::open(quiet(reach(pooler.as_user()), 2, 2)));
    pooler.administer("pause");
    const auto late = db.run(runtime("select 1"), {.until = in(200ms)});
    REQUIRE_FALSE(late);
    CHECK(late.error().code() == errc::deadline);
    std::thread resumes{[&] {
        std::this_thread::sleep_for(200ms);
        pooler.administer("resume");
    }};
    CHECK(db.run(runtime("select 1"), {.until = in(5s)}));
    resumes.join();
    CHECK(comes_true([&] { return db.stats().idle == 2; }));
    CHECK(db.stats().doubtful == 1);
    CHECK(db.stats().dialled == 3);
}

TEST_CASE("callers share what a full pooler gives, and wait instead of failing", "[pool][pooler]") {
    pgbouncer_server pooler{shared_postgres(), {.kind = any_kind(), .max_client_conn = 10}};
    auto config = quiet(reach(pooler.as_user()), 25, 20);
    std::string said;
    config.log = [&](std::string_view line) { said += line; };
    auto db = must(pool::open(config));
    CHECK(said.find("not all warm") != std::string::npos);
    std::atomic<int> right{0};
    std::vector<std::thread> callers;
    for (std::int64_t t = 0; t < 25; ++t) {
        callers.emplace_back([&, t] {
            for (std::int64_t i = 0; i < 10; ++i) {
                const auto answer = db.run(runtime("select $1::bigint", t * 100 + i));
                if (answer && number(*answer) == t * 100 + i) ++right;
            }
        });
    }
    for (auto& one : callers)
        one.join();
    CHECK(right == 250);
    const auto stats = db.stats();
    CHECK(stats.open <= 10);
    CHECK(stats.effective_max < 25);
    CHECK(stats.lost == 0);
}

TEST_CASE("a pooler without a server is not stormed with dials, and served from again",
          "[pool][pooler]") {
    postgres_server postgres;
    pgbouncer_server pooler{postgres, {.kind = test_environment::shared().kind()}};
    auto db = must(pool::open(quiet(reach(pooler.as_user()), 3, 3)));
    REQUIRE(serves(db));
    postgres.stop(SIGINT);
    int calls = 0;
    for (const auto end = in(1s); clock_type::now() < end; ++calls) {
        static_cast<void>(db.run(runtime("select 1"), {.until = in(100ms)}));
        std::this_thread::sleep_for(5ms);
    }
    const auto during = db.stats();
    CAPTURE(calls, during.dialled, during.dial_failures);
    CHECK(during.dialled + during.dial_failures < 3 + 20);
    CHECK(during.breaker == breaker::open);
    postgres.start();
    CHECK(comes_true([&] { return serves(db); }, 20s));
    CHECK(comes_true([&] { return db.stats().idle == 3; }, 20s));
}

TEST_CASE("a pool finds out which pooler follows its statements", "[pool][pooler]") {
    struct kind_of_peer {
        pgbouncer_kind kind;
        std::vector<std::string> settings;
        peer expected;
    };
    const auto one = GENERATE(values<kind_of_peer>({
        {pgbouncer_kind::packaged, {}, peer::unknown},
        {pgbouncer_kind::tracking, {}, peer::tracking_pooler},
        {pgbouncer_kind::tracking, {"max_prepared_statements = 0"}, peer::unknown},
    }));
    pgbouncer_server pooler{shared_postgres(), {.kind = one.kind, .settings = one.settings}};
    CAPTURE(pooler.version());
    const auto db = must(pool::open(quiet(reach(pooler.as_user()), 2, 2)));
    CHECK(comes_true([&] { return db.stats().leads_to != peer::unasked; }));
    CHECK(db.stats().leads_to == one.expected);
}
