// SPDX-License-Identifier: MIT
// The judge judged: known exchanges through the wire proxy count as what they are.
#include "wire_proxy.hpp"

#include "echo_server.hpp"
#include "tcp_client.hpp"
#include "test_environment.hpp"

#include <catch2/catch_test_macros.hpp>
#include <cerrno>
#include <chrono>
#include <functional>
#include <string>
#include <thread>

using namespace honeydue::support;
using namespace std::chrono_literals;

namespace {

using clock_type = std::chrono::steady_clock;

std::string noise(std::size_t size) {
    std::string bytes(size, '\0');
    std::uint32_t state = 42;
    for (auto& byte : bytes) {
        state = state * 1664525 + 1013904223;
        byte = static_cast<char>(state >> 24);
    }
    return bytes;
}

// What takes its time to be seen on another thread; the deadline only ends a broken run.
bool comes_true(const std::function<bool()>& condition) {
    const auto until = clock_type::now() + 10s;
    while (clock_type::now() < until) {
        if (condition()) return true;
        std::this_thread::sleep_for(2ms);
    }
    return false;
}

clock_type::duration shortest_ping(tcp_client& client) {
    auto shortest = clock_type::duration::max();
    for (int attempt = 0; attempt < 3; ++attempt) {
        const auto start = clock_type::now();
        CHECK(client.exchange("ping") == "ping");
        shortest = std::min(shortest, clock_type::now() - start);
    }
    return shortest;
}

// PostgreSQL by itself and both kinds of PgBouncer in front of it.
std::vector<connection_parameters> every_server() {
    auto& servers = test_environment::shared();
    return {servers.postgres().as_user(), servers.pooled(pgbouncer_kind::packaged),
            servers.pooled(pgbouncer_kind::tracking)};
}

std::uint16_t port_of(const connection_parameters& parameters) {
    return static_cast<std::uint16_t>(std::stoi(parameters.at("port")));
}

}  // namespace

TEST_CASE("a known number of ping-pongs counts as that number", "[support][wire_proxy]") {
    const echo_server echo;
    wire_proxy wire(echo.port(), {.rtt = 20ms});
    tcp_client client(wire.port());
    for (int exchange = 0; exchange < 5; ++exchange)
        CHECK(client.exchange("ping") == "ping");
    CHECK(wire.round_trips() == 5);
    CHECK(wire.snapshot().connections == 1);
    CHECK(wire.snapshot().bytes_to_server == 20);
    CHECK(wire.snapshot().bytes_to_client == 20);
}

TEST_CASE("statements through TLS count one each, on PostgreSQL and on PgBouncer",
          "[support][wire_proxy]") {
    for (const auto& server : every_server()) {
        wire_proxy wire(port_of(server), {.rtt = 20ms});
        plain_client client(by_port(server, wire.port()));
        const auto before = wire.snapshot();
        for (int statement = 0; statement < 4; ++statement)
            client.execute("select 1");
        CHECK((wire.snapshot() - before).round_trips == 4);
    }
}

TEST_CASE("a pipelined group counts once", "[support][wire_proxy]") {
    for (const auto& server : every_server()) {
        wire_proxy wire(port_of(server), {.rtt = 20ms});
        plain_client client(by_port(server, wire.port()));
        const auto before = wire.snapshot();
        const std::vector<std::string> group(10, "select repeat('x', 1000)");
        CHECK(client.execute_as_group(group) == 10);
        CHECK((wire.snapshot() - before).round_trips == 1);
    }
}

TEST_CASE("a group whose statements take their time counts once", "[support][wire_proxy]") {
    const auto server = test_environment::shared().postgres().as_user();
    wire_proxy wire(port_of(server), {.rtt = 20ms});
    plain_client client(by_port(server, wire.port()));
    const auto before = wire.snapshot();
    CHECK(client.execute_as_group({"select repeat('x', 20000)", "select pg_sleep(0.1)",
                                   "select repeat('y', 20000)"}) == 3);
    CHECK((wire.snapshot() - before).round_trips == 1);
}

TEST_CASE("what a client says before it can have heard the answer belongs to the same burst",
          "[support][wire_proxy]") {
    const echo_server echo;
    wire_proxy wire(echo.port(), {.rtt = 400ms});
    tcp_client client(wire.port());
    CHECK(client.exchange("dial") == "dial");
    const auto before = wire.snapshot();
    client.send("a");
    REQUIRE(comes_true([&] { return echo.bytes_heard() == 5; }));
    client.send("b");
    CHECK(client.receive(2) == "ab");
    CHECK((wire.snapshot() - before).round_trips == 1);
}

TEST_CASE("a group counts once when TCP cuts it into segments", "[support][wire_proxy]") {
    const auto server = test_environment::shared().postgres().as_user();
    wire_proxy wire(port_of(server), {.rtt = 20ms, .segment_bytes = 1448});
    plain_client client(by_port(server, wire.port()));
    const auto before = wire.snapshot();
    const std::vector<std::string> group(5, "select '" + std::string(5000, 'x') + "'");
    CHECK(client.execute_as_group(group) == 5);
    CHECK((wire.snapshot() - before).round_trips == 1);
}

TEST_CASE("Terminate is not a round trip", "[support][wire_proxy]") {
    for (const auto& server : every_server()) {
        wire_proxy wire(port_of(server), {.rtt = 20ms});
        wire_counts before;
        {
            plain_client client(by_port(server, wire.port()));
            client.execute("select 1");
            before = wire.snapshot();
        }
        REQUIRE(comes_true([&] { return wire.open_connections().empty(); }));
        const auto difference = wire.snapshot() - before;
        CHECK(difference.round_trips == 0);
        CHECK(difference.bytes_to_server > 0);
    }
}

// SSLRequest, TLS 1.3, startup with the request for SCRAM, SCRAM twice. A server that wants another
// curve than the client offered first costs one more.
TEST_CASE("a dial over TLS and SCRAM counts its flights but for the TCP handshake",
          "[support][wire_proxy]") {
    for (const auto& server : every_server()) {
        wire_proxy wire(port_of(server), {.rtt = 20ms});
        const plain_client client(by_port(server, wire.port()));
        CHECK(wire.round_trips() >= 5);
        CHECK(wire.round_trips() <= 6);
    }
}

TEST_CASE("an answer to a client that has left is not a round trip", "[support][wire_proxy]") {
    const echo_server echo;
    wire_proxy wire(echo.port(), {.rtt = 20ms});
    {
        tcp_client client(wire.port());
        client.send("unanswered");
    }
    REQUIRE(comes_true([&] { return echo.bytes_heard() == 10; }));
    REQUIRE(comes_true([&] { return wire.open_connections().empty(); }));
    CHECK(wire.round_trips() == 0);
}

TEST_CASE("counts are kept for each connection and survive its end", "[support][wire_proxy]") {
    const echo_server echo;
    wire_proxy wire(echo.port(), {.rtt = 20ms});
    tcp_client first(wire.port());
    CHECK(first.exchange("a") == "a");
    {
        tcp_client second(wire.port());
        CHECK(second.exchange("bb") == "bb");
        CHECK(second.exchange("cc") == "cc");
    }
    REQUIRE(comes_true([&] { return wire.open_connections().size() == 1; }));
    const auto connections = wire.connections();
    REQUIRE(connections.size() == 2);
    CHECK(connections[0].round_trips == 1);
    CHECK(connections[1].round_trips == 2);
    CHECK(connections[1].bytes_to_client == 4);
    wire.reset_counts();
    CHECK(wire.round_trips() == 0);
    CHECK(first.exchange("d") == "d");
    CHECK(wire.round_trips() == 1);
}

// Lower bounds hold on any machine; that the delay is not added twice is shown by the quickest of
// three being nearer to one round trip than to two.
TEST_CASE("delay is added once per direction", "[support][wire_proxy]") {
    constexpr auto rtt = 200ms;
    const echo_server echo;
    wire_proxy wire(echo.port(), {.rtt = rtt});
    tcp_client client(wire.port());
    CHECK(client.exchange("dial") == "dial");
    const auto shortest = shortest_ping(client);
    CHECK(shortest >= rtt);
    CHECK(shortest < rtt + rtt / 2);
}

TEST_CASE("the dial is charged a round trip", "[support][wire_proxy]") {
    constexpr auto rtt = 100ms;
    const echo_server echo;
    wire_proxy wire(echo.port(), {.rtt = rtt});
    const auto start = clock_type::now();
    tcp_client client(wire.port());
    CHECK(client.exchange("ping") == "ping");
    CHECK(clock_type::now() - start >= 2 * rtt);
}

TEST_CASE("the round-trip time can be changed under a live connection", "[support][wire_proxy]") {
    constexpr auto rtt = 200ms;
    const echo_server echo;
    wire_proxy wire(echo.port());
    tcp_client client(wire.port());
    CHECK(shortest_ping(client) < rtt);
    wire.set_rtt(rtt);
    CHECK(shortest_ping(client) >= rtt);
    wire.set_rtt(0ms);
    CHECK(shortest_ping(client) < rtt);
}

TEST_CASE("a megabyte each way arrives intact", "[support][wire_proxy]") {
    const echo_server echo;
    const auto bytes = noise(1 << 20);
    for (const auto rtt : {0ms, 20ms}) {
        wire_proxy wire(echo.port(), {.rtt = rtt});
        tcp_client client(wire.port());
        CHECK(client.exchange(bytes) == bytes);
        CHECK(wire.snapshot().bytes_to_server == bytes.size());
        CHECK(wire.snapshot().bytes_to_client == bytes.size());
    }
}

TEST_CASE("segments keep the bytes intact and arrive apart", "[support][wire_proxy]") {
    const echo_server echo;
    const auto bytes = noise(20 * 1448);
    wire_proxy wire(echo.port(), {.segment_bytes = 1448, .segment_gap = 2ms});
    tcp_client client(wire.port());
    CHECK(client.exchange(bytes) == bytes);
    CHECK(echo.reads() >= 5);
    CHECK(echo.reads() <= 20);
}

TEST_CASE("a blackholed connection hears nothing while others go on", "[support][wire_proxy]") {
    const echo_server echo;
    wire_proxy wire(echo.port());
    tcp_client victim(wire.port());
    tcp_client bystander(wire.port());
    CHECK(victim.exchange("ping") == "ping");
    CHECK(bystander.exchange("ping") == "ping");
    const auto heard = echo.bytes_heard();

    wire.inject({.fault = wire_fault::blackhole, .connection = wire.open_connections().front()});
    victim.send("into the void");
    for (int exchange = 0; exchange < 5; ++exchange)
        CHECK(bystander.exchange("ping") == "ping");
    CHECK_FALSE(victim.has_news());
    CHECK(echo.bytes_heard() == heard + 20);
    CHECK(wire.open_connections().size() == 2);
}

TEST_CASE("a blackhole swallows what is under way", "[support][wire_proxy]") {
    const echo_server echo;
    wire_proxy wire(echo.port());
    tcp_client client(wire.port());
    CHECK(client.exchange("ping") == "ping");
    wire.set_rtt(200ms);
    const auto before = wire.snapshot();
    client.send("under way");
    wire.inject({.fault = wire_fault::blackhole});
    wire.set_rtt(0ms);
    tcp_client later(wire.port());
    CHECK(later.exchange("ping") == "ping");
    CHECK_FALSE(client.has_news());
    CHECK((wire.snapshot() - before).bytes_to_server == 4);
}

TEST_CASE("a blackhole can wait for a number of bytes", "[support][wire_proxy]") {
    const echo_server echo;
    wire_proxy wire(echo.port());
    tcp_client client(wire.port());
    CHECK(client.exchange("ping") == "ping");
    wire.inject({.fault = wire_fault::blackhole, .after_bytes = 6});
    client.send("0123456789");
    REQUIRE(comes_true([&] { return echo.bytes_heard() == 4 + 6; }));
    tcp_client bystander(wire.port());
    CHECK(bystander.exchange("ping") == "ping");
    CHECK_FALSE(client.has_news());
}

TEST_CASE("a reset is seen by the client as a reset", "[support][wire_proxy]") {
    const echo_server echo;
    wire_proxy wire(echo.port());
    tcp_client client(wire.port());
    CHECK(client.exchange("ping") == "ping");
    wire.inject({.fault = wire_fault::reset});
    CHECK(client.receive(1).empty());
    CHECK(client.error() == ECONNRESET);
    CHECK(wire.open_connections().empty());
}

TEST_CASE("a reset can strike in the middle of an answer", "[support][wire_proxy]") {
    auto& server = test_environment::shared().postgres();
    wire_proxy wire(server.port());
    plain_client client(by_port(server.as_user(), wire.port()));
    const auto before = wire.snapshot();
    wire.inject(
        {.fault = wire_fault::reset, .direction = wire_direction::to_client, .after_bytes = 3000});
    CHECK_THROWS_AS(client.execute("select repeat('x', 100000)"), server_error);
    CHECK((wire.snapshot() - before).bytes_to_client == 3000);
}

TEST_CASE("a fault can meet every new connection until it is withdrawn", "[support][wire_proxy]") {
    const echo_server echo;
    wire_proxy wire(echo.port());
    wire.inject_into_new(fault_order{.fault = wire_fault::blackhole});
    tcp_client lost(wire.port());
    lost.send("ping");
    REQUIRE(comes_true([&] { return wire.open_connections().size() == 1; }));
    wire.inject_into_new(std::nullopt);
    tcp_client found(wire.port());
    CHECK(found.exchange("ping") == "ping");
    CHECK_FALSE(lost.has_news());
}

TEST_CASE("a client of a server that is gone is reset", "[support][wire_proxy]") {
    const auto nobody = free_port();
    wire_proxy wire(nobody);
    tcp_client client(wire.port());
    client.send("ping");
    CHECK(client.receive(1).empty());
    CHECK(client.error() == ECONNRESET);
}

TEST_CASE("the end of one side reaches the other after what it said", "[support][wire_proxy]") {
    auto& server = test_environment::shared().postgres();
    wire_proxy wire(server.port(), {.rtt = 20ms});
    plain_client client(by_port(server.as_user(), wire.port()));
    try {
        client.execute("select pg_terminate_backend(pg_backend_pid())");
        FAIL("the server ended and the client did not notice");
    } catch (const server_error& error) {
        CHECK(std::string(error.what()).find("terminating connection") != std::string::npos);
    }
}
