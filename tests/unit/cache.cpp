// SPDX-License-Identifier: MIT
// A cache over memory alone, on one thread: a loader that does something in the middle stands for
// everybody who could have.
#include <honeydue/cache.hpp>
#include <honeydue/trace.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch_test_macros.hpp>

using namespace honeydue;
using namespace std::chrono_literals;

namespace {

using numbers = cache<int, std::vector<int>>;
using names = cache<std::string, std::optional<std::string>>;

struct counted {
    int calls = 0;
    std::vector<int> value{1, 2};

    auto loader() {
        return [this]() -> result<std::vector<int>> {
            ++calls;
            return value;
        };
    }
};

result<std::vector<int>> broken() { return fail(errc::connection_lost, "the wire is cut"); }

// How a transaction drives what it carries.
template <class Body>
void transaction_that_commits(Body&& body) {
    invalidations list;
    body(list);
    REQUIRE(list.before_commit());
    list.committed();
}

}  // namespace

TEST_CASE("a value is loaded once and then served from memory", "[cache]") {
    const memory_tier memory;
    numbers cache{"numbers", memory};
    counted db;
    const auto first = cache.get_or_load(7, db.loader());
    const auto second = cache.get_or_load(7, db.loader());
    REQUIRE(first);
    REQUIRE(second);
    CHECK(first->source() == cache_source::loaded);
    CHECK(second->source() == cache_source::memory);
    CHECK(**second == std::vector{1, 2});
    CHECK(first->share() == second->share());
    CHECK(db.calls == 1);
}

TEST_CASE("caches of one memory do not see each other's keys", "[cache]") {
    const memory_tier memory;
    numbers one{"one", memory};
    numbers other{"other", memory};
    counted db;
    CHECK(one.get_or_load(1, db.loader()));
    CHECK(other.get_or_load(1, db.loader())->source() == cache_source::loaded);
    CHECK(db.calls == 2);
}

TEST_CASE("a load that fails is not kept, and the next call loads again", "[cache]") {
    const memory_tier memory;
    numbers cache{"numbers", memory};
    counted db;
    const auto failed = cache.get_or_load(1, broken);
    REQUIRE_FALSE(failed);
    CHECK(failed.error().code() == errc::connection_lost);
    CHECK(cache.get_or_load(1, db.loader())->source() == cache_source::loaded);
}

TEST_CASE("what a loader throws is an error and leaves nothing under way", "[cache]") {
    const memory_tier memory;
    numbers cache{"numbers", memory};
    counted db;
    const auto failed = cache.get_or_load(
        1, []() -> result<std::vector<int>> { throw std::runtime_error("boom"); });
    REQUIRE_FALSE(failed);
    CHECK(failed.error().message().find("boom") != std::string::npos);
    CHECK(cache.get_or_load(1, db.loader()));
}

TEST_CASE("a commit drops the value, a rollback keeps it", "[cache]") {
    const memory_tier memory;
    numbers cache{"numbers", memory};
    counted db;
    REQUIRE(cache.get_or_load(1, db.loader()));
    {
        invalidations list;
        list.add(cache, 1);
        REQUIRE(list.before_commit());
        list.rolled_back();
    }
    CHECK(cache.get_or_load(1, db.loader())->source() == cache_source::memory);
    transaction_that_commits([&](invalidations& list) { list.add(cache, 1); });
    CHECK(cache.get_or_load(1, db.loader())->source() == cache_source::loaded);
}

TEST_CASE("an invalidated value lives as long as its last reader, however often it was hit",
          "[cache]") {
    const memory_tier memory;
    numbers cache{"numbers", memory};
    counted db;
    const std::weak_ptr<const std::vector<int>> value = cache.get_or_load(1, db.loader())->share();
    for (int i = 0; i < 10; ++i)
        CHECK(cache.get_or_load(1, db.loader())->share() == value.lock());
    {
        const auto held = cache.get_or_load(1, db.loader())->share();
        cache.invalidate(1);
        CHECK(*held == std::vector{1, 2});
        CHECK_FALSE(value.expired());
    }
    CHECK(value.expired());
}

TEST_CASE("a savepoint that is undone takes its invalidations along", "[cache]") {
    const memory_tier memory;
    numbers cache{"numbers", memory};
    counted db;
    REQUIRE(cache.get_or_load(1, db.loader()));
    REQUIRE(cache.get_or_load(2, db.loader()));
    transaction_that_commits([&](invalidations& list) {
        list.add(cache, 1);
        const auto savepoint = list.mark();
        list.add(cache, 2);
        list.rollback_to(savepoint);
    });
    CHECK(cache.get_or_load(1, db.loader())->source() == cache_source::loaded);
    CHECK(cache.get_or_load(2, db.loader())->source() == cache_source::memory);
}

TEST_CASE("a value that was invalidated while it was loaded is returned and not kept", "[cache]") {
    const memory_tier memory;
    numbers cache{"numbers", memory};
    counted db;
    const auto old = cache.get_or_load(1, [&]() -> result<std::vector<int>> {
        cache.invalidate(1);
        return std::vector{0};
    });
    CHECK(old->source() == cache_source::loaded);
    CHECK(cache.get_or_load(1, db.loader())->source() == cache_source::loaded);
    CHECK(memory.stats().poisoned == 1);
}

TEST_CASE("who comes after an invalidation does not join the load from before it", "[cache]") {
    const memory_tier memory;
    numbers cache{"numbers", memory};
    counted db;
    std::optional<cache_source> inner;
    REQUIRE(cache.get_or_load(1, [&]() -> result<std::vector<int>> {
        cache.invalidate(1);
        inner = cache.get_or_load(1, db.loader())->source();
        return std::vector{0};
    }));
    CHECK(inner == cache_source::loaded);
    CHECK(**cache.get_or_load(1, db.loader()) == std::vector{1, 2});
    CHECK(db.calls == 1);
}

TEST_CASE("an outcome nobody knows keeps a late COMMIT's old value out", "[cache]") {
    const memory_tier memory;
    numbers cache{"numbers", memory};
    counted db;
    REQUIRE(cache.get_or_load(1, db.loader()));
    {
        invalidations list;
        list.add(cache, 1);
        REQUIRE(list.before_commit());
        list.unknown();
    }
    CHECK(cache.get_or_load(1, db.loader())->source() == cache_source::loaded);
    CHECK(cache.get_or_load(1, db.loader())->source() == cache_source::loaded);
}

TEST_CASE("an outcome nobody knows keeps a late COMMIT's old value out of its tags, too",
          "[cache]") {
    const memory_tier memory;
    numbers cache{"numbers", memory};
    counted db;
    const cache_call call{.tags = {"t"}};
    {
        invalidations list;
        list.add_tag(cache, "t");
        REQUIRE(list.before_commit());
        list.unknown();
    }
    CHECK(cache.get_or_load(1, db.loader(), call)->source() == cache_source::loaded);
    CHECK(cache.get_or_load(1, db.loader(), call)->source() == cache_source::loaded);
    CHECK(cache.get_or_load(1, db.loader())->source() == cache_source::loaded);
}

TEST_CASE("a transaction that goes away without a verdict counts as unknown", "[cache]") {
    const memory_tier memory;
    numbers cache{"numbers", memory};
    counted db;
    REQUIRE(cache.get_or_load(1, db.loader()));
    {
        invalidations list;
        list.add(cache, 1);
        REQUIRE(list.before_commit());
    }
    CHECK(cache.get_or_load(1, db.loader())->source() == cache_source::loaded);
}

TEST_CASE("inside a transaction nothing is kept, and what it will change is not read", "[cache]") {
    const memory_tier memory;
    numbers cache{"numbers", memory};
    counted db;
    REQUIRE(cache.get_or_load(1, db.loader()));
    invalidations list;
    CHECK(cache.get_or_load(1, db.loader())->source() == cache_source::memory);
    list.add(cache, 1);
    CHECK(cache.get_or_load(1, db.loader())->source() == cache_source::bypass);
    CHECK(cache.get_or_load(2, db.loader())->source() == cache_source::bypass);
    CHECK(cache.get_or_load(2, db.loader())->source() == cache_source::bypass);
    list.rolled_back();
}

TEST_CASE("once its verdict is known a transaction is no longer inside", "[cache]") {
    const memory_tier memory;
    numbers cache{"numbers", memory};
    counted db;
    invalidations list;
    list.add(cache, 1);
    REQUIRE(list.before_commit());
    list.committed();
    CHECK(cache.get_or_load(1, db.loader())->source() == cache_source::loaded);
    CHECK(cache.get_or_load(1, db.loader())->source() == cache_source::memory);
}

TEST_CASE("a tag takes all its values with it, a clear everything", "[cache]") {
    const memory_tier memory;
    numbers cache{"numbers", memory};
    counted db;
    const cache_call tagged{.tags = {"residence:5"}};
    const auto source = [&](int key, const cache_call& call) {
        return cache.get_or_load(key, db.loader(), call)->source();
    };
    source(1, tagged);
    source(2, tagged);
    source(3, {});
    cache.invalidate_tag("residence:5");
    CHECK(source(1, tagged) == cache_source::loaded);
    CHECK(source(2, tagged) == cache_source::loaded);
    CHECK(source(3, {}) == cache_source::memory);
    cache.clear();
    CHECK(source(1, tagged) == cache_source::loaded);
    CHECK(source(3, {}) == cache_source::loaded);
}

TEST_CASE("a tag bumped during a load keeps its value out", "[cache]") {
    const memory_tier memory;
    numbers cache{"numbers", memory};
    counted db;
    const cache_call tagged{.tags = {"t"}};
    REQUIRE(cache.get_or_load(
        1,
        [&]() -> result<std::vector<int>> {
            cache.invalidate_tag("t");
            return std::vector{0};
        },
        tagged));
    CHECK(cache.get_or_load(1, db.loader(), tagged)->source() == cache_source::loaded);
}

TEST_CASE("an expired value stands in for a failed load, an invalidated one does not", "[cache]") {
    const memory_tier memory;
    numbers cache{"numbers", memory, {.memory_ttl = 0ms, .stale_for = 1h}};
    counted db;
    REQUIRE(cache.get_or_load(1, db.loader()));
    const auto old = cache.get_or_load(1, broken);
    REQUIRE(old);
    CHECK(old->source() == cache_source::stale);
    cache.invalidate(1);
    CHECK_FALSE(cache.get_or_load(1, broken));
}

TEST_CASE("an expired value stands in for a failed load of many keys", "[cache]") {
    const memory_tier memory;
    numbers cache{"numbers", memory, {.memory_ttl = 0ms, .stale_for = 1h}};
    counted db;
    REQUIRE(cache.get_or_load(1, db.loader()));
    const auto load =
        [](const std::vector<int>&) -> result<std::vector<std::pair<int, std::vector<int>>>> {
        return fail(errc::connection_lost, "the wire is cut");
    };
    const auto old = cache.get_or_load_many(std::vector{1}, load);
    REQUIRE(old);
    CHECK(old->at(0).source() == cache_source::stale);
    CHECK(*old->at(0) == std::vector{1, 2});
    CHECK_FALSE(cache.get_or_load_many(std::vector{1, 2}, load));
}

TEST_CASE("times without end are long, and overflow nothing", "[cache]") {
    const memory_tier memory;
    constexpr auto endless = std::chrono::milliseconds::max();
    numbers cache{
        "numbers", memory, {.memory_ttl = endless, .stale_for = endless, .wait_limit = endless}};
    counted db;
    REQUIRE(cache.get_or_load(1, db.loader()));
    CHECK(cache.get_or_load(1, db.loader())->source() == cache_source::memory);
}

TEST_CASE("nothing found is kept as such, within a bound of its own", "[cache]") {
    const memory_tier memory{{.max_bytes = 1 << 20, .negative_percent = 10, .shards = 1}};
    names cache{"names", memory};
    const auto known = [] { return result<std::optional<std::string>>{"Ada"}; };
    const auto unknown = [] { return result<std::optional<std::string>>{std::nullopt}; };
    REQUIRE(cache.get_or_load("ada", known));
    for (int i = 0; i < 20000; ++i)
        REQUIRE(cache.get_or_load("junk" + std::to_string(i), unknown));
    CHECK(cache.get_or_load("ada", known)->source() == cache_source::memory);
    const auto stats = memory.stats();
    CHECK(stats.negative_entries < 1000);
    CHECK(stats.negative_entries > 100);
    CHECK(stats.bytes < (1 << 20) * 11 / 10);
}

TEST_CASE("memory stays within its bytes and gives up what nobody asks for", "[cache]") {
    const memory_tier memory{{.max_bytes = 1 << 20, .shards = 1}};
    cache<int, std::string> texts{"texts", memory};
    for (int i = 0; i < 5000; ++i) {
        REQUIRE(texts.get_or_load(i, [] { return result<std::string>{std::string(1000, 'x')}; }));
        REQUIRE(texts.get_or_load(0, [] { return result<std::string>{std::string(1000, 'x')}; }));
    }
    const auto stats = memory.stats();
    CHECK(stats.bytes <= 1 << 20);
    CHECK(stats.evictions > 3000);
    CHECK(texts.get_or_load(0, [] { return result<std::string>{""}; })->source() ==
          cache_source::memory);
}

TEST_CASE("many keys are loaded by one call of the loader, and only the missing", "[cache]") {
    const memory_tier memory;
    numbers cache{"numbers", memory};
    counted db;
    REQUIRE(cache.get_or_load(2, db.loader()));
    std::vector<std::vector<int>> asked;
    const auto load = [&](const std::vector<int>& keys) {
        asked.push_back(keys);
        std::vector<std::pair<int, std::vector<int>>> found;
        for (const int key : keys) {
            if (key != 9) found.emplace_back(key, std::vector{key});
        }
        return result<std::vector<std::pair<int, std::vector<int>>>>{found};
    };
    const std::vector keys{1, 2, 3, 1, 9, 9};
    const auto all = cache.get_or_load_many(keys, load);
    REQUIRE(all);
    CHECK(asked == std::vector<std::vector<int>>{{1, 3, 9}});
    CHECK(*all->at(0) == std::vector{1});
    CHECK(all->at(1).source() == cache_source::memory);
    CHECK(*all->at(3) == std::vector{1});
    CHECK(all->at(4).share() == nullptr);
    CHECK(all->at(5).share() == nullptr);
    CHECK(asked.size() == 1);
    REQUIRE(cache.get_or_load_many(keys, load));
    CHECK(asked.back() == std::vector{9});
}

TEST_CASE("from a fraction of its life on a value is loaded anew, and the old one if that fails",
          "[cache]") {
    const memory_tier memory;
    numbers cache{"numbers", memory, {.refresh_from = 0}};
    counted db;
    REQUIRE(cache.get_or_load(1, db.loader()));
    CHECK(cache.get_or_load(1, broken)->source() == cache_source::memory);
    CHECK(cache.get_or_load(1, db.loader())->source() == cache_source::loaded);
    CHECK(db.calls == 2);
}

TEST_CASE("who observes is told of each call on a cache, once for each source", "[cache][trace]") {
    struct watcher : observer {
        std::vector<std::string> told;
        void on_cache(const cache_event& event) noexcept override {
            told.push_back(std::string{event.cache} + ' ' +
                           std::string{event.failure != nullptr ? "failed" : event.source} + ' ' +
                           std::to_string(event.keys));
        }
    };
    const memory_tier memory;
    numbers cache{"numbers", memory};
    counted db;
    REQUIRE(cache.get_or_load(1, db.loader()));
    watcher seen;
    const observation watching{seen};
    REQUIRE(cache.get_or_load(1, db.loader()));
    REQUIRE(cache.get_or_load(2, db.loader()));
    REQUIRE_FALSE(cache.get_or_load(3, broken));
    const std::vector keys{1, 2, 4};
    REQUIRE(cache.get_or_load_many(keys, [](const std::vector<int>& wanted) {
        std::vector<std::pair<int, std::vector<int>>> found;
        for (const int key : wanted)
            found.emplace_back(key, std::vector{key});
        return result<std::vector<std::pair<int, std::vector<int>>>>{found};
    }));
    CHECK(seen.told == std::vector<std::string>{"numbers memory 1", "numbers loaded 1",
                                                "numbers failed 1", "numbers memory 2",
                                                "numbers loaded 1"});
}
