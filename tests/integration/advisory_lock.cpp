// SPDX-License-Identifier: MIT
// Session advisory locks between two direct connections, and what a pooler makes of them.
#include <honeydue/advisory_lock.hpp>
#include <honeydue/trace.hpp>

#include <chrono>
#include <utility>

#include <catch2/catch_test_macros.hpp>

#include "reach.hpp"

using namespace honeydue;
using namespace honeydue::support;
using namespace std::chrono_literals;

namespace {

constexpr std::int64_t key = 0x686f6e6579;

connection direct() {
    return must(connection::open(reach(test_environment::shared().postgres().as_user())));
}

}  // namespace

TEST_CASE("a lock that one session holds no other gets, until its scope ends", "[advisory_lock]") {
    auto mine = direct();
    auto other = direct();
    {
        const round_trips counted;
        const auto held = must(advisory_lock::acquire(mine, key));
        CHECK(counted.count() == 1);
        CHECK_FALSE(must(advisory_lock::try_acquire(other, key)));
        CHECK(must(advisory_lock::try_acquire(other, key + 1)));
    }
    CHECK(must(advisory_lock::try_acquire(other, key)));
}

TEST_CASE("who waits for a lock is answered at the deadline", "[advisory_lock]") {
    auto mine = direct();
    auto other = direct();
    auto held = must(advisory_lock::acquire(mine, key));
    const auto late = advisory_lock::acquire(other, key, std::chrono::steady_clock::now() + 200ms);
    REQUIRE_FALSE(late);
    CHECK(late.error().code() == errc::deadline);
    REQUIRE(held.release());
    other = direct();
    CHECK(advisory_lock::acquire(other, key));
}

TEST_CASE("a moved lock is released once, by the one it was moved to", "[advisory_lock]") {
    auto mine = direct();
    auto other = direct();
    auto held = must(advisory_lock::acquire(mine, key));
    {
        const auto moved = std::move(held);
        CHECK(moved.key() == key);
        CHECK_FALSE(must(advisory_lock::try_acquire(other, key)));
    }
    CHECK(must(advisory_lock::try_acquire(other, key)));
    CHECK(mine.state() == session_state::idle);
}

TEST_CASE("a lock that was lost meanwhile is not released in silence", "[advisory_lock]") {
    auto mine = direct();
    auto held = must(advisory_lock::acquire(mine, key));
    REQUIRE(mine.run(runtime("select pg_advisory_unlock_all()::text")));
    CHECK(held.release().error().code() == errc::refused);
}

TEST_CASE("behind a pooler a session lock is refused, and nothing stays locked",
          "[advisory_lock]") {
    auto pooled =
        must(connection::open(reach(test_environment::shared().pooled(pgbouncer_kind::packaged))));
    const auto refused = advisory_lock::acquire(pooled, key);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code() == errc::refused);
    CHECK(refused.error().message().find("a pooler is in between") != std::string::npos);
    auto other = direct();
    CHECK(must(advisory_lock::try_acquire(other, key)));
}
