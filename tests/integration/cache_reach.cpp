// SPDX-License-Identifier: MIT
// What a cache may believe of a Redis that holds none of its values, is away, or holds what cannot
// be read.
#include <honeydue/cache.hpp>
#include <honeydue/redis.hpp>

#include "cache_side.hpp"
#include "support/redis_server.hpp"

#include <chrono>
#include <csignal>
#include <new>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <catch2/catch_test_macros.hpp>

using namespace honeydue;
using namespace honeydue::cache_test;
using namespace std::chrono_literals;

namespace {

struct unreadable {
    int value = 0;
};

}  // namespace

template <>
struct honeydue::cache_codec<unreadable> {
    static constexpr type_print print(type_print to) { return to.add("unreadable"); }
    static void encode(const unreadable& value, cache_writer& to) { to.integer(value.value); }
    static void decode(cache_reader& /*from*/, unreadable& /*out*/) { throw std::bad_alloc{}; }
    static std::size_t owned(const unreadable& /*value*/) noexcept { return 0; }
};

namespace {

constexpr cache_options secret{.reach = cache_reach::memory_only};

result<std::string> broken() { return fail(errc::connection_lost, "the wire is cut"); }

}  // namespace

TEST_CASE("a cache of secrets leaves nothing in Redis", "[cache]") {
    const auto name_space = fresh_name_space();
    side a{name_space, secret};
    REQUIRE(a.get(1, "secret"));
    side b{name_space};
    CHECK(b.source(1, "v") == cache_source::loaded);
    CHECK(a.source(1, "x") == cache_source::memory);
}

TEST_CASE("a commit in one process empties the memory of another's cache of secrets", "[cache]") {
    const auto name_space = fresh_name_space();
    side a{name_space, secret};
    side b{name_space, secret};
    REQUIRE(b.get(1, "old"));
    CHECK(b.source(1, "x") == cache_source::memory);
    a.texts.invalidate(1);
    CHECK(eventually([&] { return **b.get(1, "new") == "new"; }));
}

TEST_CASE("a cache of secrets keeps nothing that a transaction elsewhere is about to change",
          "[cache]") {
    const auto name_space = fresh_name_space();
    side a{name_space, secret, {.window = 1s}};
    side b{name_space, secret, {.window = 1s}};
    // Its COMMIT is not heard of: what b loads may be old, and must not outlast the window.
    invalidations dies;
    dies.add(a.texts, 1);
    REQUIRE(dies.before_commit());
    std::thread{[&] {
        invalidations behind;
        behind.add(a.texts, 2);
        CHECK(behind.before_commit());
        behind.committed();
        CHECK(b.tier.caught_up(behind.position(), 10s));
        CHECK(b.source(1, "old") == cache_source::loaded);
        CHECK(**b.get(1, "new") == "new");
        CHECK(eventually([&] { return b.source(1, "newer") == cache_source::memory; }));
    }}.join();
    dies.rolled_back();
}

TEST_CASE("inside a transaction, too, nothing older is read than what the caller knows of",
          "[cache]") {
    side a{fresh_name_space()};
    REQUIRE(a.get(1, "old"));
    invalidations inside;
    inside.add(a.texts, 2);
    CHECK(a.source(1, "x") == cache_source::memory);
    const cache_call call{.after = {.generation = "not heard of", .sequence = 1}};
    CHECK(a.source(1, "new", call) == cache_source::bypass);
    inside.rolled_back();
}

TEST_CASE("an expired value stands in for a failed load only while its end would have been heard",
          "[cache]") {
    support::redis_server server;
    side a{"n",
           {.memory_ttl = 0ms, .stale_for = 1h, .reach = cache_reach::memory_only},
           {.url = server.url(), .window = 1s, .trust = 1500ms}};
    REQUIRE(a.get(1, "v"));
    const auto old = a.texts.get_or_load(1, broken);
    REQUIRE(old);
    CHECK(old->source() == cache_source::stale);
    server.stop(SIGKILL);
    CHECK(eventually([&] { return !a.texts.get_or_load(1, broken); }));
    REQUIRE(a.get(2, "w"));
    std::this_thread::sleep_for(1100ms);
    CHECK_FALSE(a.texts.get_or_load(2, broken));
}

TEST_CASE("a value for which there is no memory is none of ours, and no exception", "[cache]") {
    const auto name_space = fresh_name_space();
    side<unreadable> a{name_space};
    side<unreadable> b{name_space};
    REQUIRE(a.get(1, {1}));
    CHECK(b.source(1, {2}) == cache_source::loaded);
    CHECK(b.texts.stats().rejected == 1);
}

TEST_CASE("a value that cannot be read is replaced, asked for alone or among many", "[cache]") {
    const auto name_space = fresh_name_space();
    side<std::vector<int>> a{name_space};
    const std::vector keys{1, 2};
    REQUIRE(a.get(1, {1}));
    REQUIRE(a.get(2, {2}));
    const auto space = "hd:{" + name_space + "}:";
    const auto generation = our_redis().command({"HGET", space + "meta", "gen"});
    for (const int key : keys) {
        const auto name = space + generation + ":k:" + a.texts.name_of(key);
        const auto fields = our_redis().command({"HKEYS", name});
        const auto field = fields.substr(0, fields.find('\n'));
        auto held = our_redis().command({"HGET", name, field});
        held.back() = static_cast<char>(held.back() ^ 1);
        our_redis().command({"HSET", name, field, held});
    }
    side<std::vector<int>> b{name_space};
    const auto load = [](const std::vector<int>& wanted) {
        std::vector<std::pair<int, std::vector<int>>> found;
        for (const int key : wanted)
            found.emplace_back(key, std::vector{10 * key});
        return result<std::vector<std::pair<int, std::vector<int>>>>{found};
    };
    REQUIRE(b.texts.get_or_load_many(keys, load));
    CHECK(b.texts.stats().rejected == 2);
    side<std::vector<int>> c{name_space};
    CHECK(c.source(1, {}) == cache_source::shared);
    CHECK(**c.get(2, {}) == std::vector{20});
}
