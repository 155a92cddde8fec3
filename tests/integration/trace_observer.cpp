// SPDX-License-Identifier: MIT
// What observers are told of real calls, dials, loans and evictions.
#include <honeydue/pool.hpp>
#include <honeydue/trace.hpp>
#include <honeydue/verbs.hpp>

#include <chrono>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <honeydue/catch2.hpp>

#include "loopback.hpp"
#include "pool_setting.hpp"
#include "wire_proxy.hpp"

using namespace honeydue;
using namespace honeydue::support;

namespace {

/// Keeps what it is told, from whichever thread.
class witness final : public observer {
public:
    void on_call(const call_event& event) noexcept override {
        const std::lock_guard lock{guard_};
        calls_.push_back(event);
        texts_.insert(texts_.end(), event.texts.begin(), event.texts.end());
        failed_.push_back(event.failure == nullptr ? "" : std::string{name(event.failure->code())});
    }
    void on_handshake(const handshake_event& event) noexcept override {
        const std::lock_guard lock{guard_};
        handshakes_.push_back(event);
    }
    void on_loan(const loan_event& event) noexcept override {
        const std::lock_guard lock{guard_};
        loans_.push_back(event);
        refused_ += event.failure == nullptr ? 0 : 1;
    }
    void on_eviction(const eviction_event& event) noexcept override {
        const std::lock_guard lock{guard_};
        evictions_.push_back(event.why);
    }
    void on_pool(const pool_event& event) noexcept override {
        const std::lock_guard lock{guard_};
        breakers_.push_back(event.breaker);
    }

    template <class What>
    What copy(What witness::*what) {
        const std::lock_guard lock{guard_};
        return this->*what;
    }

    std::mutex guard_;
    std::vector<call_event> calls_;
    std::vector<std::string> texts_;
    std::vector<std::string> failed_;
    std::vector<handshake_event> handshakes_;
    std::vector<loan_event> loans_;
    int refused_ = 0;
    std::vector<eviction> evictions_;
    std::vector<breaker> breakers_;
};

}  // namespace

TEST_CASE("a verb's call is told with its flight, its rows and bytes, and one round trip",
          "[trace]") {
    wire_proxy wire{test_environment::shared().port(), {.rtt = 20ms}};
    auto db = must(pool::open(asks_nothing(through(reach_row(), wire.port()))));
    witness seen;
    const observation watching{seen};
    REQUIRE(
        fetch_all<std::int64_t>(db, reading("select n::bigint from generate_series(1, 100) n")));
    const auto calls = seen.copy(&witness::calls_);
    REQUIRE(calls.size() == 1);
    CHECK(calls[0].statements == 1);
    CHECK(calls[0].round_trips == 1);
    CHECK(calls[0].rows == 100);
    CHECK(calls[0].bytes == 800);
    CHECK(calls[0].flight >= 20ms);
    CHECK(calls[0].queue < 20ms);
    CHECK(seen.copy(&witness::texts_) ==
          std::vector<std::string>{"select n::bigint from generate_series(1, 100) n"});
    const auto loans = seen.copy(&witness::loans_);
    REQUIRE(loans.size() == 1);
    CHECK(loans[0].use >= 20ms);
}

TEST_CASE("a stream, a refused statement and a caller without a connection are told as they went",
          "[trace]") {
    auto config = quiet(reach_row(), 1, 1);
    config.acquire_timeout = 20ms;
    auto db = must(pool::open(config));
    witness seen;
    const observation watching{seen};
    REQUIRE(db.stream(reading("select n from generate_series(1, 500) n"), [](const rows&) {}));
    CHECK_FALSE(db.run(reading("select 1 / 0")));
    {
        const auto held = must(db.acquire());
        CHECK_FALSE(db.run(reading("select 1")));
    }
    const auto calls = seen.copy(&witness::calls_);
    REQUIRE(calls.size() == 3);
    CHECK(calls[0].rows == 500);
    CHECK(calls[2].round_trips == 0);
    CHECK(calls[2].queue >= 20ms);
    CHECK(seen.copy(&witness::failed_) ==
          std::vector<std::string>{"", "statement", "pool_exhausted"});
    CHECK(seen.copy(&witness::refused_) == 1);
}

TEST_CASE("a dial tells how long each phase took", "[trace]") {
    wire_proxy wire{test_environment::shared().port(), {.rtt = 20ms}};
    witness seen;
    const observation watching{seen};
    const auto to = through(reach_row(), wire.port());
    REQUIRE(connection::open(to));
    auto wrong = to;
    wrong.password = "wrong-p4ss";
    REQUIRE_FALSE(connection::open(wrong));
    const auto dials = seen.copy(&witness::handshakes_);
    REQUIRE(dials.size() == 2);
    for (const handshake_event& one : dials) {
        CHECK(one.tls >= 40ms);             // SSLRequest, TLS
        CHECK(one.authentication >= 40ms);  // SCRAM, at the least
    }
}

TEST_CASE("an evicted connection is told with the reason", "[trace]") {
    auto config = quiet(reach_row(), 2, 1);
    config.max_lifetime = 200ms;
    witness seen;
    const observation watching{seen};
    {
        const auto db = must(pool::open(config));
        CHECK(comes_true([&] {
            const auto why = seen.copy(&witness::evictions_);
            return !why.empty() && why.front() == eviction::lifetime;
        }));
    }
    CHECK(seen.copy(&witness::evictions_).back() == eviction::closing);
}

TEST_CASE("a server that goes away opens the breaker, and one that is back closes it", "[trace]") {
    wire_proxy wire{test_environment::shared().port(), {}};
    auto config = quiet(through(reach_row(), wire.port()), 2, 2);
    auto db = must(pool::open(config));
    witness seen;
    const observation watching{seen};
    wire.set_target(free_port());
    wire.inject({.fault = wire_fault::reset});
    (void)db.run(runtime("select 1"), {.until = in(200ms)});
    const auto last_told = [&](breaker how) {
        const auto told = seen.copy(&witness::breakers_);
        return !told.empty() && told.back() == how;
    };
    CHECK(comes_true([&] { return last_told(breaker::open); }));
    wire.set_target(test_environment::shared().port());
    CHECK(comes_true([&] {
        (void)db.run(reading("select 1"), {.until = in(500ms)});
        return last_told(breaker::closed);
    }));
}

TEST_CASE("the matchers count what a real pool sends", "[trace][catch2]") {
    auto db = must(pool::open(asks_nothing(reach_row())));
    const auto at_once = [&] {
        return db.run(std::vector{runtime("select 1"), runtime("select 2")});
    };
    const auto one_by_one = [&] {
        for (int row = 0; row < 3; ++row)
            (void)db.run(runtime("select $1::int4", row));
    };
    CHECK_THAT(at_once, takes_round_trips(1));
    CHECK_THAT(one_by_one, takes_round_trips(3));
    CHECK_THAT(at_once, repeats_no_statement());
    CHECK_THAT(one_by_one, !repeats_no_statement(2));
}
