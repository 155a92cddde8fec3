// SPDX-License-Identifier: MIT
// Readers and a writer over one cache.
#include "worker.hpp"

#include <honeydue/cache.hpp>
#include <honeydue/redis.hpp>

#include <sys/prctl.h>
#include <algorithm>
#include <csignal>
#include <cstdint>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace hd = honeydue;

namespace chaos {

namespace {

using versions = hd::cache<std::size_t, std::uint64_t>;
using std::chrono::milliseconds;

constexpr int readers = 3;

struct office {
    board& shared;
    versions& cache;
    std::array<std::atomic<std::uint64_t>, registers> own{};  // committed here and returned
};

void sleep(std::mt19937& random, int most_microseconds) {
    const auto span = std::uniform_int_distribution<int>{0, most_microseconds}(random);
    std::this_thread::sleep_for(std::chrono::microseconds{span});
}

void read_one(office& of, std::mt19937& random) {
    const auto which = random() % registers;
    const auto own = of.own[which].load();
    const auto began = now();
    const auto got = of.cache.get_or_load(which, [&]() -> hd::result<std::uint64_t> {
        sleep(random, 2000);
        const auto version = of.shared.all[which].read();
        sleep(random, 5000);
        return version;
    });
    if (!got) {
        ++of.shared.failed;
        return;
    }
    ++of.shared.reads;
    ++of.shared.by_source[static_cast<std::size_t>(got->source())];
    of.shared.judge(which, **got, began, own, hd::name(got->source()).data());
}

// How its COMMIT ends is drawn: mostly well, at times never known.
void write_one(office& of, std::mt19937& random) {
    const auto which = random() % registers;
    hd::invalidations list;
    list.add(of.cache, which);
    if (!list.before_commit()) {
        list.rolled_back();
        ++of.shared.refused;
        return;
    }
    const auto luck = random() % 100;
    sleep(random, 2000);
    if (luck < 10) {
        list.rolled_back();
        ++of.shared.rolled_back;
        return;
    }
    const auto version = of.shared.all[which].commit();
    sleep(random, 2000);
    if (luck < 13) {
        list.unknown();
        ++of.shared.unknown;
        return;
    }
    list.committed();
    ++of.shared.commits;
    auto known = of.own[which].load();
    while (known < version && !of.own[which].compare_exchange_weak(known, version)) {
    }
}

template <class Step>
void repeat(office& of, int most_pause, Step step) {
    std::mt19937 random{std::random_device{}()};
    while (!of.shared.over) {
        step(of, random);
        sleep(random, most_pause);
    }
}

}  // namespace

int work(int port, board& shared) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    const hd::memory_tier memory{{.max_bytes = 1 << 20}};
    auto tier = hd::redis_tier::open({.url = "redis://127.0.0.1:" + std::to_string(port),
                                      .name_space = "chaos",
                                      .lease = milliseconds{1000},
                                      .window = window,
                                      .trust = trust});
    if (!tier) return 1;
    versions cache{"versions", memory, *tier, {.unfenced = hd::unfenced_commit::refused}};
    office of{shared, cache};
    std::vector<std::thread> staff;
    for (int i = 0; i < readers; ++i)
        staff.emplace_back([&] { repeat(of, 2000, read_one); });
    staff.emplace_back([&] { repeat(of, 60000, write_one); });
    for (auto& one : staff)
        one.join();
    return 0;
}

}  // namespace chaos
