// SPDX-License-Identifier: MIT
// The other process of the cache's tests: cache_peer <url> <name space> <window ms> <trust ms>.
#include <honeydue/cache.hpp>
#include <honeydue/redis.hpp>

#include <unistd.h>
#include <chrono>
#include <iostream>
#include <sstream>
#include <string>
#include <thread>

namespace hd = honeydue;

namespace {

// What a later build makes of the same cache's values.
struct newer_text {
    std::string text;
    int more = 0;
};

using texts = hd::cache<int, std::string>;
using newer_texts = hd::cache<int, newer_text>;

struct caches {
    texts older;
    newer_texts newer;
};

void say(const std::string& line) { std::cout << line << std::endl; }

void get(texts& cache, int key, const std::string& value) {
    const auto got = cache.get_or_load(key, [&] { return hd::result<std::string>{value}; });
    say(got ? std::string{hd::name(got->source())} + ' ' + **got : hd::explain(got.error()));
}

void newer(newer_texts& cache, int key, const std::string& value) {
    const auto got = cache.get_or_load(key, [&] {
        return hd::result<newer_text>{newer_text{value, 1}};
    });
    say(got ? std::string{hd::name(got->source())} + ' ' + (*got)->text : hd::explain(got.error()));
}

void drop(newer_texts& cache, int key) {
    cache.invalidate(key);
    say("dropped");
}

void hang(texts& cache, int key) {
    static_cast<void>(cache.get_or_load(key, []() -> hd::result<std::string> {
        say("loading");
        for (;;)
            std::this_thread::sleep_for(std::chrono::hours{1});
    }));
}

// Its COMMIT would be here.
[[noreturn]] void die(const texts& cache, int key) {
    hd::invalidations list;
    list.add(cache, key);
    static_cast<void>(list.before_commit());
    ::_exit(1);
}

void obey(caches& of, const std::string& line) {
    std::istringstream words{line};
    std::string what;
    std::string value;
    int key = 0;
    words >> what >> key >> value;
    if (what == "get") get(of.older, key, value);
    if (what == "newer") newer(of.newer, key, value);
    if (what == "drop") drop(of.newer, key);
    if (what == "rejected") say(std::to_string(of.newer.stats().rejected));
    if (what == "hang") hang(of.older, key);
    if (what == "die") die(of.older, key);
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 5) return 2;
    const hd::memory_tier memory;
    auto tier = hd::redis_tier::open({.url = arguments[1],
                                      .name_space = arguments[2],
                                      .call_deadline = std::chrono::seconds{5},
                                      .window = std::chrono::milliseconds{std::stol(arguments[3])},
                                      .trust = std::chrono::milliseconds{std::stol(arguments[4])}});
    if (!tier) return 1;
    caches all{{"texts", memory, *tier}, {"texts", memory, *tier}};
    while (!tier->stats().backplane_trusted)
        std::this_thread::sleep_for(std::chrono::milliseconds{1});
    say("ready");
    for (std::string line; std::getline(std::cin, line);)
        obey(all, line);
}
