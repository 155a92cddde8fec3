// SPDX-License-Identifier: MIT
// The decisions of the cache, as dialogues.
#include "cache_policy.hpp"
#include "memory_shard.hpp"

#include <memory>
#include <random>
#include <string>
#include <unordered_set>
#include <vector>

#include <catch2/catch_test_macros.hpp>

using namespace honeydue;
using namespace honeydue::cache_policy;
using namespace std::chrono_literals;

namespace {

constexpr instant start{std::chrono::hours{1}};

}  // namespace

TEST_CASE("a flight that is poisoned lands empty-handed, and another may start at once",
          "[cache]") {
    flight_book<int> book;
    const auto first = std::make_shared<int>(1);
    book.begin("k", first);
    CHECK(book.under_way("k") == first);
    CHECK(book.poison("k"));
    CHECK(book.under_way("k") == nullptr);
    const auto second = std::make_shared<int>(2);
    book.begin("k", second);
    CHECK_FALSE(book.land("k", first.get()));
    CHECK(book.land("k", second.get()));
    CHECK(book.size() == 0);
}

TEST_CASE("the backplane's messages apply in turn, and a missing one shows", "[cache]") {
    bus_state bus;
    bus.restart({"g", 4});
    CHECK(bus.receive("g", 5) == bus_verdict::apply);
    CHECK(bus.receive("g", 5) == bus_verdict::repeated);
    CHECK(bus.receive("g", 7) == bus_verdict::gap);
    CHECK(bus.receive("other", 6) == bus_verdict::gap);
    CHECK(bus.at() == bus_position{"g", 5});
    CHECK(bus.in_step({"g", 5}));
    CHECK_FALSE(bus.in_step({"g", 6}));
    CHECK(bus.has_reached({"g", 5}));
    CHECK_FALSE(bus.has_reached({"g", 6}));
    CHECK_FALSE(bus.has_reached({"other", 1}));
}

TEST_CASE("a position of a generation that is over has been reached, one never heard of has not",
          "[cache]") {
    bus_state bus;
    bus.restart({"first", 4});
    bus.restart({"second", 1});
    CHECK(bus.has_reached({"first", 9}));
    CHECK_FALSE(bus.has_reached({"third", 1}));
    CHECK_FALSE(bus.has_reached({"", 1}));
    for (int i = 0; i < 8; ++i)
        bus.restart({std::to_string(i), 1});
    CHECK_FALSE(bus.has_reached({"first", 9}));
    CHECK(bus.has_reached({"second", 1}));
}

TEST_CASE("memory never outlives the shared tier, jitter or not", "[cache]") {
    const life_rules rules{.ttl = 300s, .remaining = 2s, .stale_for = 10s, .refresh_from = 0.5};
    for (const double jitter : {-1.0, 0.0, 1.0}) {
        const auto life = life_of(start, rules, jitter);
        CHECK(life.expires == start + 2s);
        CHECK(life.refresh_at == start + 1s);
        CHECK(life.stale_until == start + 12s);
    }
    CHECK(life_of(start, {.ttl = 100s}, 1).expires == start + 110s);
    CHECK(life_of(start, {.ttl = 100s}, -1).expires == start + 90s);
    CHECK(life_of(start, {.ttl = 100s, .remaining = -1s}, 0).expires == start);
}

TEST_CASE("the breaker opens after failures in a row, and one caller at a time probes", "[cache]") {
    breaker guard{{.failures = 3, .first_pause = 100ms, .longest_pause = 300ms}};
    for (int i = 0; i < 2; ++i)
        guard.failed(start, 0);
    guard.succeeded();
    for (int i = 0; i < 3; ++i) {
        CHECK(guard.admits(start));
        guard.failed(start, 0);
    }
    CHECK(guard.is_open());
    CHECK_FALSE(guard.admits(start + 99ms));
    CHECK(guard.admits(start + 100ms));
    CHECK_FALSE(guard.admits(start + 100ms));
    guard.failed(start + 100ms, 0);
    CHECK_FALSE(guard.admits(start + 299ms));
    CHECK(guard.admits(start + 300ms));
    guard.succeeded();
    CHECK_FALSE(guard.is_open());
    CHECK(guard.admits(start + 300ms));
}

TEST_CASE("the breaker's pauses grow to a bound", "[cache]") {
    breaker guard{{.failures = 1, .first_pause = 100ms, .longest_pause = 300ms}};
    auto now = start;
    guard.failed(now, 1);
    CHECK_FALSE(guard.admits(now + 149ms));
    for (int i = 0; i < 5; ++i) {
        now += 1h;
        REQUIRE(guard.admits(now));
        guard.failed(now, 0);
    }
    CHECK(guard.admits(now + 300ms));
}

namespace {

using names = std::vector<std::string>;

}  // namespace

TEST_CASE("a name is doubted until every transaction that named it is delivered", "[cache]") {
    pending_invalidations pending{10};
    pending.add("one", names{"a", "a"});  // a key and a tag of one name
    pending.add("two", names{"a", "b"});
    pending.remove("one");
    pending.remove("one");
    CHECK(pending.contains("a"));
    pending.remove("two");
    CHECK_FALSE(pending.contains("a"));
    CHECK_FALSE(pending.contains("b"));
    CHECK(pending.size() == 0);
}

TEST_CASE("a transaction of more names than are kept puts every name in doubt while it lasts",
          "[cache]") {
    pending_invalidations pending{2};
    pending.add("small", names{"a"});
    CHECK_FALSE(pending.contains("z"));
    pending.add("large", names{"b", "c", "d"});
    pending.add("large", names{"e"});
    CHECK(pending.contains("z"));
    pending.remove("small");
    CHECK(pending.contains("d"));
    CHECK(pending.contains("z"));
    pending.add("after", names{"d"});
    pending.remove("large");
    CHECK(pending.contains("d"));
    CHECK_FALSE(pending.contains("b"));
    CHECK_FALSE(pending.contains("z"));
    pending.remove("after");
    CHECK(pending.size() == 0);
}

TEST_CASE("names beyond the bound stay in doubt when those within it are delivered", "[cache]") {
    pending_invalidations pending{2};
    pending.add("one", names{"a", "b"});
    pending.add("two", names{"c"});
    pending.remove("one");
    CHECK(pending.contains("c"));
    CHECK(pending.size() == 1);
    pending.add("three", names{"c"});
    pending.remove("three");
    CHECK(pending.contains("c"));
    pending.remove("two");
    CHECK_FALSE(pending.contains("c"));
}

TEST_CASE("a doubt about everything ends with its own transaction, however often it was said",
          "[cache]") {
    pending_invalidations pending{10};
    pending.add_all("beyond");
    pending.add_all("beyond");
    pending.add("one", names{"a"});
    CHECK(pending.contains("z"));
    pending.remove("beyond");
    CHECK_FALSE(pending.contains("z"));
    CHECK(pending.contains("a"));
}

namespace {

std::unique_ptr<detail::memory_entry> entry(const std::string& name, std::size_t weight,
                                            std::uint64_t hash) {
    auto made = std::make_unique<detail::memory_entry>();
    made->name = name;
    made->hash = hash;
    made->weight = weight;
    return made;
}

}  // namespace

TEST_CASE("an index that is filled and emptied at random always knows what is in it", "[cache]") {
    std::mt19937 random{7};
    detail::memory_shard shard{1U << 30U, 0};
    std::unordered_set<int> inside;
    for (int step = 0; step < 20000; ++step) {
        const auto key = static_cast<int>(random() % 500);
        const auto hash = static_cast<std::uint64_t>(key % 40);  // many to a slot
        detail::departed out;
        if (random() % 2 == 0) {
            shard.insert(entry(std::to_string(key), 10, hash), out);
            inside.insert(key);
        } else if (auto* const found = shard.find(hash, std::to_string(key))) {
            shard.erase(found, out);
            inside.erase(key);
        }
        REQUIRE(shard.size() == inside.size());
        REQUIRE((shard.find(hash, std::to_string(key)) != nullptr) == inside.contains(key));
    }
    CHECK(shard.bytes() == 10 * inside.size());
}

TEST_CASE("an entry hit once outlives a scan of newcomers", "[cache]") {
    detail::memory_shard shard{1000, 0};
    detail::departed out;
    shard.insert(entry("loved", 10, 1), out);
    s3_fifo::hit(*shard.find(1, "loved"));
    for (std::uint64_t i = 2; i < 5000; ++i)
        shard.insert(entry(std::to_string(i), 10, i << 20U | i), out);
    CHECK(shard.find(1, "loved") != nullptr);
    CHECK(shard.bytes() <= 1000);
}

TEST_CASE("an entry that left young and comes back stays longer", "[cache]") {
    detail::memory_shard shard{1000, 0};
    detail::departed out;
    shard.insert(entry("back", 10, 1), out);
    std::uint64_t next = 2;
    while (shard.find(1, "back") != nullptr) {
        shard.insert(entry(std::to_string(next), 10, next << 20U | next), out);
        ++next;
    }
    shard.insert(entry("back", 10, 1), out);
    for (int i = 0; i < 90; ++i, ++next)
        shard.insert(entry(std::to_string(next), 10, next << 20U | next), out);
    CHECK(shard.find(1, "back") != nullptr);
}

TEST_CASE("an entry heavier than the whole is not kept, and pushes nothing out", "[cache]") {
    detail::memory_shard shard{1000, 0};
    detail::departed out;
    shard.insert(entry("small", 10, 1), out);
    CHECK_FALSE(shard.insert(entry("huge", 1001, 2), out));
    CHECK(shard.find(1, "small") != nullptr);
    CHECK(shard.size() == 1);
}
