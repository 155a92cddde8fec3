// SPDX-License-Identifier: MIT
// Opening a pool on real servers: at once, in part, or not at all.
#include <honeydue/pool.hpp>
#include <honeydue/trace.hpp>

#include <algorithm>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "loopback.hpp"
#include "pool_setting.hpp"
#include "wire_proxy.hpp"

using namespace honeydue;
using namespace honeydue::support;

TEST_CASE("a pool is warm when it opens, and says how it went", "[pool]") {
    auto config = quiet(reach_row(), 25, 20);
    std::string said;
    config.log = [&](std::string_view line) { said += line; };
    const auto opened = must(pool::open(config));
    const auto stats = opened.stats();
    CHECK(stats.idle == 20);
    CHECK(stats.open == 20);
    CHECK(stats.warm_up_requested == 20);
    CHECK(stats.warmed == 20);
    CHECK(said.find("requested=20 warmed=20") != std::string::npos);
}

TEST_CASE("a pool whose endpoint is wrong does not open, and says which field and what to do",
          "[pool]") {
    auto config = quiet(reach_row());
    SECTION("password") {
        config.server.password = "wrong-p4ss";
        const auto failure = pool::open(config).error();
        CHECK(failure.code() == errc::authentication);
        CHECK(failure.message().find("POSTGRES_PASSWORD") != std::string::npos);
        CHECK(explain(failure).find("wrong-p4ss") == std::string::npos);
    }
    SECTION("nobody listens") {
        config.server.port = free_port();
        config.warm_up_timeout = 300ms;
        const auto failure = pool::open(config).error();
        CHECK(failure.code() == errc::connect);
        CHECK(failure.message().find("DB_PORT") != std::string::npos);
    }
}

TEST_CASE("a server that comes up during warm-up is met", "[pool]") {
    wire_proxy wire{free_port(), {}};
    auto config = quiet(through(reach_row(), wire.port()));
    std::thread later{[&] {
        std::this_thread::sleep_for(200ms);
        wire.set_target(test_environment::shared().port());
    }};
    const auto opened = pool::open(config);
    later.join();
    REQUIRE(opened);
    CHECK(opened->stats().warmed >= 1);
}

TEST_CASE("twenty connections warm in little more than the time of one", "[pool][.benchmark]") {
    wire_proxy wire{test_environment::shared().port(), {.rtt = 220ms}};
    const auto to = through(reach_row(), wire.port());
    const auto before = clock_type::now();
    REQUIRE(connection::open(to));
    const std::chrono::duration<double, std::milli> one = clock_type::now() - before;
    const auto stats = must(pool::open(quiet(to, 25, 20))).stats();
    WARN("one " << one.count() << " ms, first of twenty " << stats.first_warm.count()
                << " ms, all twenty " << stats.all_warm.count() << " ms");
    CHECK(stats.warmed == 20);
}

TEST_CASE("a pool with a budget has its share, and says how it came by it", "[pool]") {
    auto config = quiet(reach_row());
    config.budget = pool_budget{.server_limit = 25, .reserved = 15, .replicas = 4, .surge = 1};
    std::string said;
    config.log = [&](std::string_view line) { said += line; };
    const auto opened = must(pool::open(config));
    CHECK(opened.stats().max_open == 2);
    CHECK(opened.stats().warmed == 2);
    CHECK(said.find("max_open=2 of (25 server_limit - 15 reserved) / (4 replicas + 1 surge)") !=
          std::string::npos);
}

TEST_CASE("sslmode=require is warned about once, for it does not check whom it talks to",
          "[pool]") {
    auto config = quiet(reach_row(), 1, 1);
    config.server.sslmode = sslmode::require;
    int warnings = 0;
    config.log = [&](std::string_view line) {
        if (line.find("sslmode=require") != std::string_view::npos) ++warnings;
    };
    REQUIRE(pool::open(config));
    REQUIRE(pool::open(config));
    CHECK(warnings == 1);
}

TEST_CASE("a pool opens though one handshake fails, says so, and fills up by itself", "[pool]") {
    wire_proxy wire{test_environment::shared().port(), {.rtt = 20ms}};
    wire.inject_into_new(fault_order{.fault = wire_fault::reset, .connection = 20});
    auto config = quiet(through(reach_row(), wire.port()), 25, 20);
    std::string said;
    config.log = [&](std::string_view line) { said += line; };
    const auto opened = must(pool::open(config));
    CHECK(opened.stats().warmed == 19);
    CHECK(said.find("warning: not all warm: requested=20 warmed=19 failed=1") != std::string::npos);
    CHECK(said.find("last_error=[connect: ") != std::string::npos);
    CHECK(comes_true([&] { return opened.stats().idle == 20; }));
}

TEST_CASE("a wrong password is refused once or twice, not once for each connection", "[pool]") {
    const std::initializer_list<const char*> refusals = {
        "FATAL:  password authentication failed", "closing because: SASL authentication failed"};
    wire_proxy wire{test_environment::shared().port(), {.rtt = 50ms}};
    auto config = quiet(through(reach_row(), wire.port()), 25, 20);
    config.server.password = "wrong-p4ss";
    const int before = lines_with(row_log(), refusals);
    const auto opened = pool::open(config);
    REQUIRE_FALSE(opened);
    CHECK(opened.error().code() == errc::authentication);
    CHECK(comes_true([&] { return lines_with(row_log(), refusals) > before; }));
    std::this_thread::sleep_for(100ms);  // what is still on its way
    CHECK(lines_with(row_log(), refusals) - before <= 2);
    CHECK(wire.snapshot().connections <= 20);
}

TEST_CASE("a scout that is not heard of does not keep the others", "[pool]") {
    wire_proxy wire{test_environment::shared().port(), {.rtt = 20ms}};
    REQUIRE(connection::open(through(reach_row(), wire.port())));
    const auto heard = wire.connections().front().bytes_to_client;
    // The first of the pool's never hears whether its proof was right.
    wire.inject_into_new(fault_order{.fault = wire_fault::blackhole,
                                     .connection = 2,
                                     .direction = wire_direction::to_client,
                                     .after_bytes = heard - 10});
    auto config = quiet(through(reach_row(), wire.port()), 5, 5);
    config.warm_up_timeout = 2s;
    const auto opened = must(pool::open(config));
    CHECK(opened.stats().warmed >= 4);
}
