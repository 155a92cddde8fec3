// SPDX-License-Identifier: MIT
// A cache over memory alone, asked by many threads at once.
#include <honeydue/cache.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch_test_macros.hpp>

using namespace honeydue;

namespace {

/// Less than nothing has no weight.
struct heavy {
    int grams = 0;
};

}  // namespace

template <>
struct honeydue::cache_codec<heavy> {
    static constexpr type_print print(type_print to) { return to.add("heavy"); }
    static void encode(const heavy& value, cache_writer& to) { to.integer(value.grams); }
    static void decode(cache_reader& from, heavy& out) {
        out.grams = from.integer<int>();
        if (out.grams < 0) throw std::length_error{"less than nothing"};
    }
    static std::size_t owned(const heavy& value) {
        if (value.grams < 0) throw std::length_error{"less than nothing"};
        return static_cast<std::size_t>(value.grams);
    }
};

namespace {

constexpr int keys = 8;
constexpr int readers = 3;
constexpr int rounds = 3000;

// The versions that a database would hold, and those whose invalidation has returned.
struct registers {
    std::array<std::atomic<int>, keys> written{};
    std::array<std::atomic<int>, keys> known{};
    std::atomic<int> reads{0};
    std::atomic<int> hits{0};
    std::atomic<int> stale{0};
    std::atomic<bool> over{false};
};

using numbers = cache<int, int>;

void read(registers& of, numbers& cache, std::size_t key) {
    const int floor = of.known[key];
    const auto got = cache.get_or_load(static_cast<int>(key),
                                       [&]() -> result<int> { return of.written[key].load(); });
    ++of.reads;
    of.hits += got->source() == cache_source::memory ? 1 : 0;
    of.stale += **got < floor ? 1 : 0;
}

// Key 0 is asked for most, as in life.
void read_on(registers& of, numbers& cache) {
    for (std::size_t at = 0; !of.over; ++at)
        read(of, cache, at % 2 == 0 ? 0 : at / 2 % keys);
}

void write(registers& of, numbers& cache, int round) {
    const auto key = static_cast<std::size_t>(round % 5 == 0 ? 0 : round % keys);
    const int version = ++of.written[key];
    cache.invalidate(static_cast<int>(key));
    of.known[key] = version;
    const int before = of.hits;
    while (round % 10 == 0 && of.hits < before + 20)
        std::this_thread::yield();
}

}  // namespace

TEST_CASE("no reader on any thread sees what was invalidated before it asked", "[cache]") {
    const memory_tier memory;
    numbers cache{"numbers", memory};
    registers all;
    std::vector<std::thread> threads;
    for (int i = 0; i < readers; ++i)
        threads.emplace_back([&] { read_on(all, cache); });
    for (int round = 0; round < rounds; ++round)
        write(all, cache, round);
    all.over = true;
    for (auto& thread : threads)
        thread.join();
    CHECK(all.stale == 0);
    CHECK(all.hits > rounds);
    CHECK(memory.stats().hits == static_cast<std::uint64_t>(all.hits));
}

TEST_CASE("who joins a load of many that has no answer for its key loads it for itself",
          "[cache]") {
    const memory_tier memory;
    numbers cache{"numbers", memory};
    std::thread other;
    std::optional<result<cached<int>>> joined;
    const auto load = [&](const std::vector<int>&) -> result<std::vector<std::pair<int, int>>> {
        other =
            std::thread{[&] { joined = cache.get_or_load(5, []() -> result<int> { return 50; }); }};
        while (cache.stats().joined == 0)
            std::this_thread::yield();
        return std::vector<std::pair<int, int>>{{1, 10}};
    };
    const auto all = cache.get_or_load_many(std::vector{1, 5}, load);
    other.join();
    REQUIRE(all);
    CHECK(*all->at(0) == 10);
    CHECK(all->at(1).share() == nullptr);
    REQUIRE(*joined);
    CHECK(***joined == 50);
}

TEST_CASE("a leader that runs out of its own time does not fail those who wait with many keys",
          "[cache]") {
    const memory_tier memory;
    numbers cache{"numbers", memory};
    std::thread other;
    std::optional<result<std::vector<cached<int>>>> joined;
    std::vector<std::vector<int>> asked;
    const auto load = [&](const std::vector<int>& wanted) {
        asked.push_back(wanted);
        std::vector<std::pair<int, int>> found;
        for (const int key : wanted)
            found.emplace_back(key, 10 * key);
        return result<std::vector<std::pair<int, int>>>{found};
    };
    const auto hasty = cache.get_or_load(5, [&]() -> result<int> {
        other = std::thread{[&] { joined = cache.get_or_load_many(std::vector{4, 5, 6}, load); }};
        while (cache.stats().joined == 0)
            std::this_thread::yield();
        return fail(errc::deadline, "the leader's own");
    });
    other.join();
    CHECK_FALSE(hasty);
    REQUIRE(*joined);
    CHECK(*(*joined)->at(1) == 50);
    CHECK(asked == std::vector<std::vector<int>>{{4, 6}, {5}});
}

TEST_CASE("readers, evictions and invalidations together leave every value whole", "[cache]") {
    const memory_tier memory{{.max_bytes = 64 << 10, .shards = 1}};
    cache<int, std::string> texts{"texts", memory};
    std::atomic<int> wrong{0};
    std::vector<std::thread> threads;
    for (int thread = 0; thread < readers; ++thread) {
        threads.emplace_back([&, thread] {
            for (int round = 0; round < rounds; ++round) {
                const int key = round % 3 == 0 ? round * readers + thread : round % 10;
                const auto letter = static_cast<char>('a' + key % 26);
                const auto got = texts.get_or_load(
                    key, [&] { return result<std::string>{std::string(300, letter)}; });
                wrong += **got == std::string(300, letter) ? 0 : 1;
                if (round % 50 == 0) texts.invalidate(round % 10);
            }
        });
    }
    for (auto& thread : threads)
        thread.join();
    CHECK(wrong == 0);
    CHECK(memory.stats().evictions > 0);
    CHECK(memory.stats().hits > 0);
    CHECK(memory.stats().bytes <= 64 << 10);
}

TEST_CASE("what a value's codec throws is its caller's, and leaves nothing under way", "[cache]") {
    const memory_tier memory;
    cache<int, heavy> cache{"heavy", memory};
    const auto of = [](int grams) { return [grams]() -> result<heavy> { return heavy{grams}; }; };
    CHECK_THROWS_AS(cache.get_or_load(1, of(-1)), std::length_error);
    CHECK(cache
              .get_or_load(1, of(7),
                           {.until = std::chrono::steady_clock::now() + std::chrono::hours{1}})
              ->source() == cache_source::loaded);
    const auto many = [](const std::vector<int>& wanted) {
        std::vector<std::pair<int, heavy>> found;
        for (const int key : wanted)
            found.emplace_back(key, heavy{key == 3 ? -1 : 7});
        return result<std::vector<std::pair<int, heavy>>>{found};
    };
    CHECK_THROWS_AS(cache.get_or_load_many(std::vector{2, 3, 4}, many), std::length_error);
    CHECK(cache.get_or_load(2, of(7))->source() == cache_source::loaded);
    CHECK(cache.get_or_load(4, of(7))->source() == cache_source::loaded);
}
