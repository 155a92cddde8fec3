// SPDX-License-Identifier: MIT
// Finding the way to a server: names that answer late or change, addresses that do not answer, and
// what libpq is told.
#include <honeydue/connection.hpp>
#include <honeydue/pool.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "dial.hpp"
#include "loopback.hpp"
#include "reach.hpp"
#include "scripted_names.hpp"
#include "wire_proxy.hpp"

using namespace honeydue;
using namespace honeydue::support;
using namespace std::chrono_literals;
using clock_type = std::chrono::steady_clock;

namespace {

/// The row's server under another name, which its certificate does not have.
endpoint named(const scripted_name& name) {
    endpoint to = reach_row();
    to.host = name.host();
    to.hostaddr.clear();
    to.sslmode = sslmode::verify_ca;
    return to;
}

/// An address whose listener accepts nobody: its queue is full, and further callers are ignored.
class deaf_address {
public:
    deaf_address(const char* address, std::uint16_t port)
        : listening_{listen_on(address, port, 0)} {
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_addr.s_addr = ::inet_addr(address);
        to.sin_port = ::htons(port);
        for (int i = 0; i < 4; ++i) {
            callers_.push_back(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
            (void)::connect(callers_.back(), reinterpret_cast<sockaddr*>(&to), sizeof to);
        }
        pollfd last{callers_.back(), POLLOUT, 0};
        REQUIRE(::poll(&last, 1, 50) == 0);
    }
    ~deaf_address() {
        for (const int one : callers_)
            ::close(one);
        ::close(listening_.descriptor);
    }
    deaf_address(const deaf_address&) = delete;
    deaf_address& operator=(const deaf_address&) = delete;

private:
    listening_socket listening_;
    std::vector<int> callers_;
};

/// Advances at a moment that stands still, as long as something stirs; true when connected.
bool arrives(dial& one, clock_type::time_point at, std::chrono::milliseconds patience = 5s) {
    for (;;) {
        REQUIRE(one.advance(at));
        if (one.done()) return true;
        pollfd watched{one.fd(),
                       static_cast<short>(one.wants() == interest::write ? POLLOUT : POLLIN), 0};
        if (::poll(&watched, 1, static_cast<int>(patience.count())) == 0) return false;
    }
}

std::map<std::string, std::string> told(PGconn* connection) {
    std::map<std::string, std::string> all;
    PQconninfoOption* const options = PQconninfo(connection);
    for (const PQconninfoOption* one = options; one->keyword != nullptr; ++one)
        if (one->val != nullptr) all[one->keyword] = one->val;
    PQconninfoFree(options);
    return all;
}

template <class Condition>
bool comes_about(Condition condition) {
    for (const auto end = clock_type::now() + 15s; clock_type::now() < end;) {
        if (condition()) return true;
        ::poll(nullptr, 0, 5);
    }
    return false;
}

}  // namespace

TEST_CASE("an address that does not answer is joined by the next after 250 ms", "[dial]") {
    const auto port = test_environment::shared().port();
    const deaf_address deaf{"127.0.0.2", port};
    const scripted_name name{"two-addresses.example", {"127.0.0.2", "127.0.0.1"}};
    const auto begin = clock_type::now();
    dial one{named(name), no_deadline, begin};
    CHECK_FALSE(arrives(one, begin, 100ms));
    CHECK(one.wake_at() == begin + 250ms);
    CHECK_FALSE(arrives(one, begin + 249ms, 100ms));
    CHECK(arrives(one, begin + 250ms));
}

TEST_CASE("an address that refuses is followed by the next at once", "[dial]") {
    const scripted_name name{"one-shut.example", {"127.0.0.2", "127.0.0.1"}};
    const auto begin = clock_type::now();
    dial one{named(name), no_deadline, begin};
    CHECK(arrives(one, begin));
}

TEST_CASE("addresses none of which answers are given up at the connect timeout", "[dial]") {
    const auto port = test_environment::shared().port();
    const deaf_address deaf{"127.0.0.2", port};
    const scripted_name name{"deaf.example", {"127.0.0.2"}};
    auto to = named(name);
    to.connect_timeout = 300ms;
    const auto opened = connection::open(to);
    REQUIRE_FALSE(opened);
    CHECK(opened.error().code() == errc::connect);
    CHECK(opened.error().message().find("did not accept") != std::string::npos);
}

TEST_CASE("a name that is looked up slowly keeps nobody else waiting", "[dial]") {
    scripted_name name{"slow.example", {"127.0.0.1"}};
    name.hold_back();
    const auto begin = clock_type::now();
    auto slow = must(connection::start(named(name), no_deadline, begin));
    REQUIRE(slow.advance(begin));
    CHECK(slow.state() == session_state::opening);
    // The same thread serves another meanwhile.
    CHECK(must(connection::open(reach_row())).run(runtime("select 1")));
    CHECK(slow.state() == session_state::opening);

    const auto late = connection::open(named(name), clock_type::now() + 50ms);
    REQUIRE_FALSE(late);
    CHECK(late.error().code() == errc::deadline);
    CHECK(comes_about([&] { return name.asking() == 1; }));  // they share one look-up
    name.answer();
    CHECK(comes_about(
        [&] { return slow.advance(clock_type::now()) && slow.state() == session_state::idle; }));
}

TEST_CASE("a pool whose server's name is looked up slowly gives up in time, and closes at once",
          "[dial]") {
    scripted_name name{"slow-pool.example", {"127.0.0.1"}};
    name.hold_back();
    pool_config config{.server = named(name), .max_open = 2, .min_idle = 2};
    config.warm_up_timeout = 200ms;
    config.log = [](auto) {};
    const auto opened = pool::open(config);
    REQUIRE_FALSE(opened);
    CHECK(name.asking() > 0);
}

TEST_CASE("when a name moves, the pool moves with it", "[dial]") {
    const auto server = test_environment::shared().port();
    wire_proxy old{server, {.address = "127.0.0.2"}};
    wire_proxy next{server, {.address = "127.0.0.3", .port = old.port()}};
    scripted_name name{"moving.example", {"127.0.0.2"}};
    auto db = must(pool::open({.server = through(named(name), old.port()),
                               .max_open = 3,
                               .min_idle = 3,
                               .leads_to = peer::unknown,
                               .log = [](auto) {}}));
    REQUIRE(old.open_connections().size() == 3);
    name.move_to({"127.0.0.3"});
    old.inject_into_new(fault_order{.fault = wire_fault::reset});
    old.inject({.fault = wire_fault::reset});
    CHECK(comes_about([&] {
        (void)db.run(runtime("select 1"));
        return next.open_connections().size() == 3;
    }));
    CHECK(comes_about([&] { return db.stats().idle == 3; }));
    CHECK(db.run(runtime("select 1")));
    CHECK(old.open_connections().empty());
}

TEST_CASE("libpq is told what keeps a far connection safe and alive, whatever the environment says",
          "[dial]") {
    ::setenv("PGSSLMINPROTOCOLVERSION", "TLSv1", 1);
    ::setenv("PGGSSENCMODE", "prefer", 1);
    auto to = reach_row();
    to.tcp_user_timeout = 7s;
    dial one{to, no_deadline, clock_type::now()};
    REQUIRE(arrives(one, clock_type::now()));
    const auto connection = one.take();
    ::unsetenv("PGSSLMINPROTOCOLVERSION");
    ::unsetenv("PGGSSENCMODE");
    auto options = told(connection.get());
    CHECK(options["ssl_min_protocol_version"] == "TLSv1.2");
    CHECK(options["gssencmode"] == "disable");
    CHECK(options["sslmode"] == "verify-full");
    CHECK(options["application_name"] == "honeydue");
    CHECK(options["client_encoding"] == "UTF8");
    const auto socket_option = [&](int level, int what) {
        int value = 0;
        socklen_t size = sizeof value;
        REQUIRE(::getsockopt(PQsocket(connection.get()), level, what, &value, &size) == 0);
        return value;
    };
    CHECK(socket_option(SOL_SOCKET, SO_KEEPALIVE) == 1);
    CHECK(socket_option(IPPROTO_TCP, TCP_KEEPIDLE) == 30);
    CHECK(socket_option(IPPROTO_TCP, TCP_KEEPINTVL) == 10);
    CHECK(socket_option(IPPROTO_TCP, TCP_KEEPCNT) == 3);
    CHECK(socket_option(IPPROTO_TCP, TCP_USER_TIMEOUT) == 7000);
}

TEST_CASE("a password that is changed reaches the connections made after it, and the pool stays up",
          "[dial]") {
    auto& server = test_environment::shared().postgres();
    plain_client administrator{server.as_superuser()};
    administrator.execute(
        "drop role if exists rotating; create role rotating login password 'first'");
    auto to = reach(server.as_user());
    to.user = "rotating";
    to.password.clear();
    std::mutex guard;
    std::string current = "first";
    to.password_source = [&]() -> result<std::string> {
        const std::lock_guard lock{guard};
        return current;
    };
    auto db = must(pool::open(
        {.server = to, .max_open = 3, .min_idle = 3, .leads_to = peer::server, .log = [](auto) {
         }}));
    administrator.execute("alter role rotating password 'second'");
    // Those connected stay so.
    CHECK(db.run(runtime("select 1")));
    {
        const std::lock_guard lock{guard};
        current = "second";
    }
    administrator.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'rotating'");
    CHECK(comes_about([&] {
        (void)db.run(runtime("select 1"));
        return db.stats().dialled >= 6 && db.stats().idle == 3;
    }));
    CHECK(db.stats().dial_failures == 0);
    CHECK(db.run(runtime("select 1")));
    db.close();
    comes_about([&] {
        return administrator.execute("select 1 from pg_stat_activity where usename = 'rotating'")
            .empty();
    });
    administrator.execute("drop role rotating");
}
