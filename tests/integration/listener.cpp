// SPDX-License-Identifier: MIT
// Notifications over a direct connection, and what is heard of its loss.
#include <honeydue/listener.hpp>

#include <poll.h>

#include <chrono>
#include <string>

#include <catch2/catch_test_macros.hpp>

#include "reach.hpp"

using namespace honeydue;
using namespace honeydue::support;
using namespace std::chrono_literals;

namespace {

deadline soon() { return std::chrono::steady_clock::now() + 10s; }

endpoint direct() { return reach(test_environment::shared().postgres().as_user()); }

void notify(const std::string& channel, const std::string& payload) {
    auto sender = must(connection::open(direct()));
    REQUIRE(sender.run(runtime("select pg_notify($1, $2)::text", channel, payload)));
}

}  // namespace

TEST_CASE("a listener hears what is sent on its channels, whatever their names", "[listener]") {
    auto ears = must(listener::open(direct(), {"news", "Odd \"name\""}, soon()));
    notify("elsewhere", "unheard");
    notify("news", "one");
    notify("Odd \"name\"", "two");
    const auto first = must(ears.next(soon()));
    CHECK(first.what == heard::kind::notification);
    CHECK(first.channel == "news");
    CHECK(first.payload == "one");
    CHECK(first.process > 0);
    const auto second = must(ears.next(soon()));
    CHECK(second.channel == "Odd \"name\"");
    CHECK(second.payload == "two");
}

TEST_CASE("a deadline without a notification leaves the listener listening", "[listener]") {
    auto ears = must(listener::open(direct(), {"patience"}, soon()));
    const auto nothing = ears.next(std::chrono::steady_clock::now() + 20ms);
    REQUIRE_FALSE(nothing);
    CHECK(nothing.error().code() == errc::deadline);
    notify("patience", "late");
    CHECK(must(ears.next(soon())).payload == "late");
}

TEST_CASE("a listener whose session is ended says gap, and then hears again", "[listener]") {
    auto ears = must(listener::open(direct(), {"gaps"}, soon()));
    plain_client{test_environment::shared().postgres().as_superuser()}.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity where query like 'listen "
        "\"gaps\"'");
    const auto gap = must(ears.next(soon()));
    CHECK(gap.what == heard::kind::gap);
    notify("gaps", "after");
    CHECK(must(ears.next(soon())).payload == "after");
}

TEST_CASE(
    "a listener can be polled beside something else, and has nothing to poll while it is lost",
    "[listener]") {
    auto ears = must(listener::open(direct(), {"beside"}, soon()));
    CHECK(ears.next(std::chrono::steady_clock::now()).error().code() == errc::deadline);
    pollfd watched{ears.fd(), POLLIN, 0};
    CHECK(::poll(&watched, 1, 0) == 0);
    notify("beside", "here");
    CHECK(::poll(&watched, 1, 10'000) == 1);
    CHECK(must(ears.next(std::chrono::steady_clock::now())).payload == "here");
    plain_client{test_environment::shared().postgres().as_superuser()}.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity where query like 'listen "
        "\"beside\"'");
    CHECK(::poll(&watched, 1, 10'000) == 1);
    CHECK_FALSE(ears.next(std::chrono::steady_clock::now()));
    CHECK(ears.fd() < 0);
    CHECK(must(ears.next(soon())).what == heard::kind::gap);
    CHECK(ears.fd() >= 0);
}

TEST_CASE("a listener behind a pooler is refused, for it would hear nothing", "[listener]") {
    const auto pooled = reach(test_environment::shared().pooled(pgbouncer_kind::packaged));
    const auto refused = listener::open(pooled, {"news"}, soon());
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code() == errc::refused);
    CHECK(refused.error().message().find("give the direct endpoint") != std::string::npos);
}

TEST_CASE("a channel without a name, or with a longer one than the server keeps, is refused",
          "[listener]") {
    CHECK(listener::open(direct(), {}).error().code() == errc::refused);
    CHECK(listener::open(direct(), {""}).error().code() == errc::refused);
    CHECK(listener::open(direct(), {std::string(64, 'x')}).error().code() == errc::refused);
}
