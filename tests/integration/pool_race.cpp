// SPDX-License-Identifier: MIT
// Callers that give up in the very moment they are served, on the policy under a lock as the pool
// has it, with connections that are mere numbers.
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "pool_policy.hpp"

using namespace honeydue;
using namespace std::chrono_literals;

namespace {

pool_limits two_connections() {
    pool_limits limits;
    limits.max_open = 2;
    limits.min_idle = 2;
    limits.queue = 100;
    limits.probes = false;
    return limits;
}

/// The policy, and who was lent what. All under one lock.
class fake_pool {
public:
    fake_pool() : policy_{two_connections(), 1} {
        pool_policy::actions said;
        policy_.open(now(), said);
        for (const pool_action& one : said)
            policy_.dialled(one.slot, now(), said_);
    }

    /// Borrows, waiting as long as `patience`; gives back what it got. False when it gave up.
    bool borrow(std::chrono::nanoseconds patience) {
        std::unique_lock lock{guard_};
        const waiter_id who = ++last_;
        auto admitted = policy_.acquire({.who = who}, now(), said_);
        if (admitted.verdict == admission::waits) {
            waiting_.emplace(who, std::nullopt);
            lock.unlock();
            const auto until = now() + patience;
            while (now() < until) {
            }
            lock.lock();
            const bool gave_up = policy_.give_up(who);
            const auto served = waiting_.extract(who).mapped();
            // One or the other: never both, never neither.
            if (gave_up == served.has_value()) ++wrong;
            if (gave_up) return false;
            admitted.slot = served.value_or(0);
        }
        if (in_use_.at(admitted.slot).exchange(true)) ++wrong;
        lock.unlock();
        std::this_thread::yield();
        lock.lock();
        in_use_.at(admitted.slot) = false;
        policy_.give_back(admitted.slot, condition::clean, now(), said_);
        hand_over();
        return true;
    }

    [[nodiscard]] std::size_t idle() {
        const std::lock_guard lock{guard_};
        return policy_.count().idle;
    }

    std::atomic<int> wrong{0};

private:
    static pool_policy::time_point now() { return std::chrono::steady_clock::now(); }

    void hand_over() {
        for (const pool_action& one : said_) {
            if (one.what == pool_action::kind::lend) waiting_.at(one.waiter) = one.slot;
        }
        said_.clear();
    }

    std::mutex guard_;
    pool_policy policy_;
    pool_policy::actions said_;
    waiter_id last_ = 0;
    std::map<waiter_id, std::optional<slot_id>> waiting_;
    std::vector<std::atomic<bool>> in_use_ = std::vector<std::atomic<bool>>(2);
};

/// HONEYDUE_TEST_RACES, or few enough for every day.
int races() {
    const char* asked = std::getenv("HONEYDUE_TEST_RACES");
    return asked == nullptr ? 20'000 : std::stoi(asked);
}

}  // namespace

TEST_CASE("who gives up in the moment of hand-off either has the connection or has not",
          "[pool][race]") {
    fake_pool shared;
    const int each = races() / 4;
    std::atomic<int> given_up{0};
    std::vector<std::thread> callers;
    for (int t = 0; t < 4; ++t) {
        callers.emplace_back([&, t] {
            for (int i = 0; i < each; ++i) {
                if (!shared.borrow(std::chrono::nanoseconds{(i * 37 + t * 11) % 3000})) ++given_up;
            }
        });
    }
    for (auto& one : callers)
        one.join();
    CHECK(shared.wrong == 0);
    CHECK(shared.idle() == 2);
    CHECK(given_up > 0);
}
