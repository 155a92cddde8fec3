// SPDX-License-Identifier: MIT
// What Redis would not take when it was due: this process never reads what it has overwritten, and
// Redis is told once it takes it.
#include <honeydue/cache.hpp>
#include <honeydue/redis.hpp>

#include "cache_side.hpp"
#include "coherence.hpp"
#include "support/redis_server.hpp"

#include <atomic>
#include <chrono>
#include <csignal>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

using namespace honeydue;
using namespace honeydue::cache_test;
using namespace std::chrono_literals;

namespace {

using words = std::vector<std::string>;

constexpr auto patience = 30s;

// A Redis that serves what it has and takes nothing new.
struct trouble {
    words begins;
    words ends;
};

// The same process without what it remembers: whatever it may believe of Redis, it asks for.
std::string read_anew(side<std::string>& of, int key, const std::string& in_database) {
    memory_tier memory;
    cache<int, std::string> texts{"texts", memory, of.tier};
    return **texts.get_or_load(key, [&]() -> result<std::string> { return in_database; });
}

// How often Redis has refused a command.
long refusals(const redis_server& server) {
    const auto info = server.command({"INFO", "errorstats"});
    long all = 0;
    for (auto at = info.find("count="); at != std::string::npos; at = info.find("count=", at + 1))
        all += std::stol(info.substr(at + 6));
    return all;
}

std::string stored_key(const redis_server& server, const std::string& name) {
    const auto generation = server.command({"HGET", "hd:{n}:meta", "gen"});
    return "hd:{n}:" + generation + ":k:" + name;
}

}  // namespace

static_assert(!std::is_move_assignable_v<redis_tier>);  // its threads hold what would be replaced

TEST_CASE("after commit() this process reads its own write although Redis takes no writes",
          "[cache][redis]") {
    const auto how = GENERATE(
        trouble{{"CONFIG", "SET", "min-replicas-to-write", "1"},
                {"CONFIG", "SET", "min-replicas-to-write", "0"}},
        trouble{{"ACL", "SETUSER", "default", "-hdel"}, {"ACL", "SETUSER", "default", "+hdel"}});
    redis_server server;
    side a{"n", {}, {.url = server.url(), .connect_deadline = patience}};
    REQUIRE(read_anew(a, 1, "old") == "old");
    REQUIRE(read_anew(a, 1, "unread") == "old");
    server.command(how.begins);
    a.texts.invalidate(1);
    CHECK(a.texts.stats().undelivered == 1);
    int stale = 0;
    const auto still = [&](const auto& holds) {
        stale += read_anew(a, 1, "new") == "old" ? 1 : 0;
        return holds();
    };
    const auto before = refusals(server);
    const auto was_refused = [&] { return refusals(server) >= before + 4; };
    CHECK(eventually([&] { return still(was_refused); }, patience));
    CHECK(a.tier.stats().undelivered == 1);
    server.command(how.ends);
    const auto is_delivered = [&] { return a.tier.stats().undelivered == 0; };
    CHECK(eventually([&] { return still(is_delivered); }, patience));
    CHECK(stale == 0);
    int version = 0;
    const auto is_kept = [&] {
        const auto in_database = std::to_string(++version);
        return read_anew(a, 1, in_database) != in_database;
    };
    CHECK(eventually(is_kept, patience));
    CHECK(read_anew(a, 1, "newest") != "old");
}

TEST_CASE("an invalidation that Redis can never take gives the whole name space up",
          "[cache][redis]") {
    redis_server server;
    side a{"n", {}, {.url = server.url(), .connect_deadline = patience}};
    REQUIRE(a.get(2, "old"));
    server.command({"SET", stored_key(server, a.texts.name_of(1)), "no hash"});
    a.texts.invalidate(1);
    CHECK(eventually([&] { return a.tier.stats().undelivered == 0; }, patience));
    CHECK(a.tier.stats().generations == 1);
    CHECK(read_anew(a, 2, "new") == "new");
    CHECK_FALSE(a.tier.coherence().is_doubted(a.texts.name_of(1)));
}

TEST_CASE("giving the name space up leaves the doubts of a transaction that is not over",
          "[cache][redis]") {
    redis_server server;
    side a{"n", {}, {.url = server.url(), .call_deadline = 100ms, .max_undelivered = 1}};
    const auto is_doubted = [&](int key) {
        return a.tier.coherence().is_doubted(a.texts.name_of(key));
    };
    invalidations open;
    open.add(a.texts, 1);
    REQUIRE(open.before_commit());
    ::kill(server.process().server(), SIGSTOP);
    for (const int key : {2, 3, 4})
        std::thread{[&] { a.texts.invalidate(key); }}.join();
    CHECK(a.tier.stats().undelivered == 3);
    CHECK(is_doubted(3));
    CHECK(is_doubted(5));
    ::kill(server.process().server(), SIGCONT);
    REQUIRE(eventually([&] { return a.tier.stats().undelivered == 0; }, patience));
    CHECK(is_doubted(1));
    CHECK_FALSE(is_doubted(2));
    CHECK_FALSE(is_doubted(5));
    open.rolled_back();
    CHECK_FALSE(is_doubted(1));
}

TEST_CASE("more callers than connections wait for one another", "[cache][redis]") {
    side a{fresh_name_space(),
           {},
           {.call_deadline = patience, .connect_deadline = patience, .max_connections = 1}};
    std::atomic<int> told{0};
    std::vector<std::thread> callers;
    for (int i = 0; i < 16; ++i) {
        callers.emplace_back([&, i] {
            for (int k = 0; k < 20; ++k) {
                const std::string transaction = std::to_string(i) + '.' + std::to_string(k);
                told += a.tier.intend({transaction, {"k"}, {}}) ? 1 : 0;
                told += a.tier.done({transaction, {"k"}, {}}, commit_known::yes) ? 1 : 0;
            }
        });
    }
    for (auto& caller : callers)
        caller.join();
    CHECK(told == 640);
    CHECK(a.tier.stats().undelivered == 0);
    CHECK(a.tier.stats().failures == 0);
}

namespace {

class out_of_memory_once final : public detail::cache_listener {
public:
    void intended(std::span<const std::string>, std::span<const std::string>,
                  cache_policy::instant) override {}
    void invalidated(std::span<const std::string>, std::span<const std::string>) override {
        if (++heard == 1) throw std::bad_alloc{};
    }

    std::atomic<int> heard{0};
};

}  // namespace

TEST_CASE("a message there is no memory for is a gap, and the next one arrives", "[cache][redis]") {
    side a{fresh_name_space()};
    const auto listener = std::make_shared<out_of_memory_once>();
    a.tier.coherence().listen(listener);
    const auto before = a.tier.stats();
    REQUIRE(a.tier.done({"tx1", {"k"}, {}}, commit_known::yes));
    REQUIRE(eventually([&] { return a.tier.stats().flushes > before.flushes; }, patience));
    CHECK(a.tier.stats().gaps > before.gaps);
    REQUIRE(a.tier.done({"tx2", {"k"}, {}}, commit_known::yes));
    CHECK(eventually([&] { return listener->heard == 2; }, patience));
    CHECK(eventually([&] { return a.tier.stats().backplane_trusted; }, patience));
}
