// SPDX-License-Identifier: MIT
// Caches in several processes over one real Redis. Two memories with two tiers are two processes
// for all that matters but dying; where somebody dies, it is a real one.
#include <honeydue/cache.hpp>
#include <honeydue/redis.hpp>

#include "cache_side.hpp"
#include "support/cache_peer.hpp"
#include "support/redis_server.hpp"
#include "support/wire_proxy.hpp"

#include <atomic>
#include <chrono>
#include <csignal>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch_test_macros.hpp>

using namespace honeydue;
using namespace honeydue::cache_test;
using namespace honeydue::support;
using namespace std::chrono_literals;

namespace {

struct transaction_of {
    template <class Cache>
    transaction_of(const Cache& of, int key) {
        list.add(of, key);
    }
    invalidations list{};
};

}  // namespace

TEST_CASE("what one process has loaded another finds in the shared tier", "[cache]") {
    const auto name_space = fresh_name_space();
    side a{name_space};
    side b{name_space};
    CHECK(a.source(1, "v") == cache_source::loaded);
    const auto found = b.get(1, "other");
    CHECK(found->source() == cache_source::shared);
    CHECK(**found == "v");
    CHECK(b.source(1, "other") == cache_source::memory);
    CHECK(b.loads == 0);
}

TEST_CASE("a commit in one process empties the memory of the other", "[cache]") {
    const auto name_space = fresh_name_space();
    side a{name_space};
    side b{name_space};
    REQUIRE(a.get(1, "old"));
    REQUIRE(b.get(1, "old"));
    transaction_of tx{a.texts, 1};
    REQUIRE(tx.list.before_commit());
    tx.list.committed();
    const auto position = tx.list.position();
    REQUIRE_FALSE(position.generation.empty());
    std::thread{[&] { CHECK(**b.get(1, "new", {.after = position}) == "new"); }}.join();
}

TEST_CASE("a rolled back transaction leaves both memories as they were", "[cache]") {
    const auto name_space = fresh_name_space();
    side a{name_space};
    side b{name_space};
    REQUIRE(a.get(1, "v"));
    REQUIRE(b.get(1, "v"));
    {
        transaction_of tx{a.texts, 1};
        REQUIRE(tx.list.before_commit());
        tx.list.rolled_back();
    }
    CHECK(a.source(1, "x") == cache_source::memory);
    CHECK(b.source(1, "x") == cache_source::memory);
}

TEST_CASE("while a transaction is about to change a value it is loaded and kept nowhere",
          "[cache]") {
    const auto name_space = fresh_name_space();
    side a{name_space};
    side b{name_space};
    std::optional<transaction_of> tx{std::in_place, a.texts, 1};
    REQUIRE(tx->list.before_commit());
    std::thread{[&] {
        CHECK(b.source(1, "old") == cache_source::bypass);
        CHECK(b.source(1, "old") == cache_source::bypass);
    }}.join();
    tx->list.committed();
    tx.reset();
    CHECK(b.source(1, "new") == cache_source::loaded);
    CHECK(a.source(1, "x") == cache_source::shared);
}

TEST_CASE("an outcome nobody knows keeps values out until the window has passed", "[cache]") {
    const auto name_space = fresh_name_space();
    side a{name_space, {}, {.window = 1s}};
    side b{name_space, {}, {.window = 1s}};
    {
        transaction_of tx{a.texts, 1};
        REQUIRE(tx.list.before_commit());
        tx.list.unknown();
    }
    CHECK(b.source(1, "old") == cache_source::bypass);
    CHECK(a.source(1, "old") == cache_source::bypass);
    CHECK(eventually([&] { return b.source(1, "new") == cache_source::loaded; }));
    CHECK(**a.get(1, "x") == "new");
}

TEST_CASE("a value loaded before and filled after an invalidation is refused", "[cache]") {
    const auto name_space = fresh_name_space();
    side a{name_space};
    side b{name_space};
    const auto old = b.texts.get_or_load(1, [&]() -> result<std::string> {
        std::thread{[&] { a.texts.invalidate(1); }}.join();
        return "old";
    });
    CHECK(**old == "old");
    CHECK(b.texts.stats().fills_refused == 1);
    CHECK(**b.get(1, "new") == "new");
    CHECK(**a.get(1, "x") == "new");
}

TEST_CASE("two hundred callers of a cold key cost one load, one lease and one fill", "[cache]") {
    side a{fresh_name_space(), {}, {.call_deadline = 5s}};
    const auto calls = a.tier.stats().calls;
    std::vector<std::thread> callers;
    std::atomic<int> right{0};
    for (int i = 0; i < 200; ++i) {
        callers.emplace_back([&] {
            const auto got = a.texts.get_or_load(1, [&]() -> result<std::string> {
                ++a.loads;
                std::this_thread::sleep_for(100ms);
                return "v";
            });
            right += got && **got == "v" ? 1 : 0;
        });
    }
    for (auto& caller : callers)
        caller.join();
    CHECK(right == 200);
    CHECK(a.loads == 1);
    CHECK(a.tier.stats().calls - calls == 2);
}

TEST_CASE("all who wait for a load that fails get its error, and the next call tries again",
          "[cache]") {
    side a{fresh_name_space()};
    std::atomic<int> at_once{0};
    std::atomic<int> most{0};
    std::atomic<int> failed{0};
    std::vector<std::thread> callers;
    for (int i = 0; i < 16; ++i) {
        callers.emplace_back([&] {
            const auto got = a.texts.get_or_load(1, [&]() -> result<std::string> {
                most = std::max(most.load(), ++at_once);
                std::this_thread::sleep_for(50ms);
                --at_once;
                return fail(errc::connection_lost, "the wire is cut");
            });
            failed += !got && got.error().code() == errc::connection_lost ? 1 : 0;
        });
    }
    for (auto& caller : callers)
        caller.join();
    CHECK(failed == 16);
    CHECK(most == 1);
    CHECK(a.source(1, "v") == cache_source::loaded);
}

TEST_CASE("each caller waits as long as it said, and the load goes on without it", "[cache]") {
    side a{fresh_name_space()};
    std::atomic<bool> started{false};
    std::thread leader{[&] {
        const auto got = a.texts.get_or_load(1, [&]() -> result<std::string> {
            started = true;
            std::this_thread::sleep_for(300ms);
            return "v";
        });
        CHECK(**got == "v");
    }};
    REQUIRE(eventually([&] { return started.load(); }));
    const auto hurried = a.get(1, "x", {.until = std::chrono::steady_clock::now() + 20ms});
    REQUIRE_FALSE(hurried);
    CHECK(hurried.error().code() == errc::deadline);
    leader.join();
    CHECK(a.source(1, "x") == cache_source::memory);
}

TEST_CASE("a leader that runs out of its own time does not fail those who wait", "[cache]") {
    side a{fresh_name_space()};
    std::atomic<bool> started{false};
    std::thread leader{[&] {
        const auto got = a.texts.get_or_load(1, [&]() -> result<std::string> {
            started = true;
            std::this_thread::sleep_for(100ms);
            return fail(errc::deadline, "the leader's own");
        });
        CHECK_FALSE(got);
    }};
    REQUIRE(eventually([&] { return started.load(); }));
    const auto patient = a.get(1, "v");
    leader.join();
    REQUIRE(patient);
    CHECK(**patient == "v");
}

TEST_CASE("one process waits for the other's load instead of loading too", "[cache]") {
    const auto name_space = fresh_name_space();
    side a{name_space};
    side b{name_space};
    std::atomic<bool> started{false};
    std::thread leader{[&] {
        REQUIRE(a.texts.get_or_load(1, [&]() -> result<std::string> {
            started = true;
            std::this_thread::sleep_for(200ms);
            return "v";
        }));
    }};
    REQUIRE(eventually([&] { return started.load(); }));
    const auto got = b.get(1, "x");
    leader.join();
    CHECK(got->source() == cache_source::shared);
    CHECK(**got == "v");
    CHECK(b.loads == 0);
}

TEST_CASE("a process killed in its load hands the lease on", "[cache]") {
    const auto name_space = fresh_name_space();
    side b{name_space, {}, {.lease = 500ms}};
    cache_peer peer{our_redis().url(), name_space};
    peer.order("hang 1");
    REQUIRE(eventually([&] { return peer.heard("loading"); }));
    peer.kill(SIGKILL);
    const auto got = b.get(1, "v");
    REQUIRE(got);
    CHECK(got->source() == cache_source::loaded);
    CHECK(b.texts.stats().busy == 1);
}

TEST_CASE("a writer that dies after its COMMIT leaves nothing old beyond the window", "[cache]") {
    const auto name_space = fresh_name_space();
    side b{name_space, {}, {.window = 1s}};
    REQUIRE(b.get(1, "old"));
    cache_peer peer{our_redis().url(), name_space, 1s};
    peer.order("die 1");
    REQUIRE(eventually([&] { return peer.has_ended(); }));
    CHECK(eventually([&] { return **b.get(1, "new") == "new"; }, 3s));
    side c{name_space};
    CHECK(**c.get(1, "newer") == "new");
}

TEST_CASE("a commit elsewhere reaches a real other process", "[cache]") {
    const auto name_space = fresh_name_space();
    side a{name_space};
    cache_peer peer{our_redis().url(), name_space};
    CHECK(peer.ask("get 1 old") == "loaded old");
    CHECK(peer.ask("get 1 x") == "memory old");
    a.texts.invalidate(1);
    CHECK(eventually([&] { return peer.ask("get 1 new") != "memory old"; }));
    CHECK(peer.ask("get 1 x") == "memory new");
    CHECK(**a.get(1, "x") == "new");
}

TEST_CASE("a process that was stopped does not trust its memory when it wakes", "[cache]") {
    const auto name_space = fresh_name_space();
    side a{name_space};
    cache_peer peer{our_redis().url(), name_space, 5s, 1500ms};
    CHECK(peer.ask("get 1 old") == "loaded old");
    peer.kill(SIGSTOP);
    a.texts.invalidate(1);
    std::this_thread::sleep_for(1700ms);
    peer.kill(SIGCONT);
    CHECK(peer.ask("get 1 new") == "loaded new");
}

TEST_CASE("after commit() this process reads its own write although Redis hangs", "[cache]") {
    redis_server server;
    side a{"n", {}, {.url = server.url(), .call_deadline = 100ms}};
    REQUIRE(a.get(1, "old"));
    ::kill(server.process().server(), SIGSTOP);
    a.texts.invalidate(1);
    CHECK(**a.get(1, "new") == "new");
    CHECK(a.texts.stats().undelivered == 1);
    ::kill(server.process().server(), SIGCONT);
    // Whether memory kept "new" depends on how long the bus has been silent.
    CHECK(**a.get(1, "newer") != "old");
    REQUIRE(eventually([&] { return a.tier.stats().undelivered == 0; }));
    CHECK(**a.get(1, "newest") != "old");
}

TEST_CASE("a cache that must not commit unfenced says so when Redis hangs", "[cache]") {
    redis_server server;
    side a{
        "n", {.unfenced = unfenced_commit::refused}, {.url = server.url(), .call_deadline = 100ms}};
    ::kill(server.process().server(), SIGSTOP);
    transaction_of tx{a.texts, 1};
    const auto refused = tx.list.before_commit();
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code() == errc::refused);
    tx.list.rolled_back();
    ::kill(server.process().server(), SIGCONT);
    CHECK(a.texts.stats().unfenced_commits == 1);
}

TEST_CASE("without Redis a value lives in memory no longer than the window", "[cache]") {
    redis_server server;
    side a{"n", {}, {.url = server.url(), .window = 1s, .trust = 1500ms}};
    server.stop(SIGKILL);
    REQUIRE(eventually([&] { return a.get(7, "x") && a.tier.stats().breaker_open; }));
    CHECK(a.source(1, "v") == cache_source::loaded);
    CHECK(a.source(1, "x") == cache_source::memory);
    std::this_thread::sleep_for(1100ms);
    CHECK(a.source(1, "w") == cache_source::loaded);
}

TEST_CASE("a memory whose backplane is dumb is passed by, not believed", "[cache]") {
    const auto name_space = fresh_name_space();
    wire_proxy wire{our_redis().port()};
    side a{name_space};
    side b{name_space,
           {},
           {.url = "redis://127.0.0.1:" + std::to_string(wire.port()),
            .call_deadline = 100ms,
            .trust = 1500ms}};
    REQUIRE(a.get(1, "old"));
    REQUIRE(b.get(1, "old"));
    wire.inject({.fault = wire_fault::blackhole});
    wire.inject_into_new(fault_order{.fault = wire_fault::blackhole});
    a.texts.invalidate(1);
    REQUIRE(eventually([&] { return !b.tier.stats().backplane_trusted; }));
    CHECK(**b.get(1, "new") == "new");
}

TEST_CASE("two builds with different types neither read nor outlive each other", "[cache]") {
    const auto name_space = fresh_name_space();
    side<std::string> old_build{name_space};
    side<std::vector<int>> new_build{name_space};
    REQUIRE(old_build.get(1, "v"));
    CHECK(new_build.source(1, {1}) == cache_source::loaded);
    side<std::string> old_again{name_space};
    CHECK(old_again.source(1, "x") == cache_source::shared);
    side<std::vector<int>> new_again{name_space};
    CHECK(new_again.source(1, {2}) == cache_source::shared);
    new_build.texts.invalidate(1);
    side<std::string> old_third{name_space};
    CHECK(old_third.source(1, "w") == cache_source::loaded);
}

TEST_CASE("memory lives no longer than what is left in the shared tier", "[cache]") {
    const auto name_space = fresh_name_space();
    side a{name_space, {.memory_ttl = 1h, .shared_ttl = 500ms}};
    side b{name_space, {.memory_ttl = 1h, .shared_ttl = 500ms}};
    REQUIRE(a.get(1, "v"));
    REQUIRE(b.source(1, "x") == cache_source::shared);
    std::this_thread::sleep_for(600ms);
    CHECK(b.source(1, "w") == cache_source::loaded);
}

TEST_CASE("a value that was damaged in Redis is a miss and is replaced", "[cache]") {
    const auto name_space = fresh_name_space();
    side a{name_space};
    REQUIRE(a.get(1, "v"));
    const auto space = "hd:{" + name_space + "}:";
    const auto generation = our_redis().command({"HGET", space + "meta", "gen"});
    const auto key = space + generation + ":k:" + a.texts.name_of(1);
    std::string field;
    for (const auto& name : {our_redis().command({"HKEYS", key})})
        field = name.substr(0, name.find('\n'));
    auto held = our_redis().command({"HGET", key, field});
    held.back() = static_cast<char>(held.back() ^ 1);
    our_redis().command({"HSET", key, field, held});
    side b{name_space};
    CHECK(b.source(1, "w") == cache_source::loaded);
    CHECK(b.texts.stats().rejected == 1);
    side c{name_space};
    CHECK(**c.get(1, "x") == "w");
}

TEST_CASE("a tag bumped in one process invalidates in the other", "[cache]") {
    const auto name_space = fresh_name_space();
    side a{name_space};
    side b{name_space};
    const cache_call tagged{.tags = {"residence:5"}};
    REQUIRE(b.get(1, "old", tagged));
    REQUIRE(b.get(2, "old", tagged));
    REQUIRE(b.get(3, "kept"));
    a.texts.invalidate_tag("residence:5");
    CHECK(eventually([&] { return **b.get(1, "new", tagged) == "new"; }));
    CHECK(**a.get(2, "new", tagged) == "new");
    CHECK(b.source(3, "x") == cache_source::memory);
    a.texts.clear();
    CHECK(eventually([&] { return **b.get(3, "new") == "new"; }));
}

TEST_CASE("many keys cost one acquire and one fill", "[cache]") {
    const auto name_space = fresh_name_space();
    side a{name_space};
    side b{name_space};
    REQUIRE(a.get(2, "two"));
    const auto load = [](const std::vector<int>& keys) {
        std::vector<std::pair<int, std::string>> found;
        for (const int key : keys)
            found.emplace_back(key, "loaded " + std::to_string(key));
        return result<std::vector<std::pair<int, std::string>>>{found};
    };
    const std::vector keys{1, 2, 3};
    const auto calls = b.tier.stats().calls;
    const auto all = b.texts.get_or_load_many(keys, load);
    REQUIRE(all);
    CHECK(b.tier.stats().calls - calls == 2);
    CHECK(*all->at(0) == "loaded 1");
    CHECK(*all->at(1) == "two");
    CHECK(all->at(1).source() == cache_source::shared);
    CHECK(a.source(3, "x") == cache_source::shared);
}
