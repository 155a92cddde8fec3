// SPDX-License-Identifier: MIT
// What a caller has given up is stopped on the server too, and costs the caller nothing.
#include <honeydue/connection.hpp>
#include <honeydue/pool.hpp>
#include <honeydue/trace.hpp>

#include <poll.h>

#include <chrono>
#include <string>

#include <catch2/catch_test_macros.hpp>

#include "reach.hpp"
#include "wire_proxy.hpp"

using namespace honeydue;
using namespace honeydue::support;
using namespace std::chrono_literals;
using clock_type = std::chrono::steady_clock;

namespace {

/// A statement that only ends by being stopped, under a name to find it by.
statement endless(const std::string& name) {
    return statement{"select pg_sleep(600) /* " + name + " */", {}, {}, effect::reads};
}

/// Looks at the server itself, whatever is in front of it in this row.
class onlooker {
public:
    [[nodiscard]] bool runs(const std::string& name) {
        return !client_
                    .execute(
                        "select 1 from pg_stat_activity where state = 'active' and query like "
                        "'select pg_sleep%/* " +
                        name + " */'")
                    .empty();
    }
    /// Whether it comes about within ten seconds.
    [[nodiscard]] bool sees(const std::string& name, bool running) {
        for (const auto end = clock_type::now() + 10s; clock_type::now() < end;) {
            if (runs(name) == running) return true;
            ::poll(nullptr, 0, 5);
        }
        return false;
    }

private:
    plain_client client_{test_environment::shared().postgres().as_superuser()};
};

}  // namespace

TEST_CASE("a statement past its deadline is stopped on the server", "[cancellation]") {
    onlooker server;
    auto on = must(connection::open(reach_row()));
    const statement asked = endless("past");
    REQUIRE(on.send(std::span{&asked, 1}, {.until = clock_type::now() + 10min}, clock_type::now()));
    REQUIRE(server.sees("past", true));
    const auto stepped = on.advance(clock_type::now() + 10min);
    REQUIRE_FALSE(stepped);
    CHECK(stepped.error().code() == errc::deadline);
    CHECK(on.state() == session_state::abandoned);
    CHECK(on.fd() == -1);
    CHECK(on.run(asked).error().code() == errc::connection_lost);
    CHECK(server.sees("past", false));
}

TEST_CASE("a caller whose statement is stopped has been answered at its deadline",
          "[cancellation]") {
    // The wire accepts the request to stop and loses it: only the caller's clock ends the call.
    wire_proxy wire{test_environment::shared().port()};
    auto on = must(connection::open(through(reach_row(), wire.port())));
    wire.inject_into_new(fault_order{.fault = wire_fault::blackhole});
    const auto answer = on.run(endless("deaf"), {.until = clock_type::now() + 200ms});
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code() == errc::deadline);
    for (const auto end = clock_type::now() + 10s;
         clock_type::now() < end && wire.open_connections().size() < 2;)
        ::poll(nullptr, 0, 1);
    CHECK(wire.open_connections().size() == 2);
    wire.inject({.fault = wire_fault::reset});
}

TEST_CASE("a streamed statement whose sink gives up is stopped on the server", "[cancellation]") {
    onlooker server;
    auto on = must(connection::open(reach_row()));
    const statement asked{
        "select repeat('x', 100), pg_sleep(0.01) from generate_series(1, 100000) "
        "/* select pg_sleep */ -- given up",
        {},
        {},
        effect::reads};
    const auto streamed =
        on.stream(asked, [](const rows&) -> result<void> { return fail(errc::decode, "enough"); });
    REQUIRE_FALSE(streamed);
    plain_client client{test_environment::shared().postgres().as_superuser()};
    const auto left = [&] {
        return client.execute(
            "select 1 from pg_stat_activity where state = 'active' and pid <> "
            "pg_backend_pid() and query like '%-- given up'");
    };
    for (const auto end = clock_type::now() + 10s; clock_type::now() < end && !left().empty();)
        ::poll(nullptr, 0, 5);
    CHECK(left().empty());
}

TEST_CASE("a pool's statement past its deadline is stopped on the server, and the pool goes on",
          "[cancellation]") {
    onlooker server;
    auto db =
        must(pool::open({.server = reach_row(), .max_open = 1, .min_idle = 1, .log = [](auto) {}}));
    const round_trips counted;
    const auto answer = db.run(endless("pooled"), {.until = clock_type::now() + 300ms});
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code() == errc::deadline);
    CHECK(counted.count() == 1);
    CHECK(server.sees("pooled", false));
    CHECK(db.run(runtime("select 1")));
}

TEST_CASE("many statements given up at the same moment leave no session behind", "[cancellation]") {
    onlooker server;
    std::vector<connection> all;
    const statement asked = endless("crowd");
    for (int i = 0; i < 20; ++i) {
        all.push_back(must(connection::open(reach_row())));
        REQUIRE(all.back().send(std::span{&asked, 1}, {.until = clock_type::now() + 10min},
                                clock_type::now()));
    }
    REQUIRE(server.sees("crowd", true));
    for (connection& one : all)
        CHECK_FALSE(one.advance(clock_type::now() + 10min));
    CHECK(server.sees("crowd", false));
    CHECK(must(connection::open(reach_row())).run(runtime("select 1")));
}
