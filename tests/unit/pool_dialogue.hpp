// SPDX-License-Identifier: MIT
// A conversation with the pool's policy on a virtual clock.
#pragma once

#include <chrono>
#include <cstdint>
#include <utility>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "pool_policy.hpp"

namespace honeydue::test {

using namespace std::chrono_literals;
using kind = pool_action::kind;

/// A policy, its clock, and the side that does what it says.
struct dialogue {
    using time_point = pool_policy::time_point;

    explicit dialogue(const pool_limits& limits, std::uint32_t seed = 1) : policy{limits, seed} {}

    pool_policy policy;
    time_point now{std::chrono::hours{1}};
    pool_policy::actions said;
    waiter_id last_waiter = 0;

    /// What was said since the last time.
    pool_policy::actions hear() { return std::exchange(said, {}); }

    [[nodiscard]] std::vector<slot_id> heard(kind what) const {
        std::vector<slot_id> slots;
        for (const pool_action& one : said) {
            if (one.what == what) slots.push_back(one.slot);
        }
        return slots;
    }

    pool_policy::admitted acquire(time_point proven_since = time_point::min()) {
        return policy.acquire({.who = ++last_waiter, .proven_since = proven_since}, now, said);
    }
    slot_id borrow() {
        const auto admitted = acquire();
        REQUIRE(admitted.verdict == admission::lent);
        return admitted.slot;
    }
    waiter_id wait() {
        REQUIRE(acquire().verdict == admission::waits);
        return last_waiter;
    }
    void give_back(slot_id slot, condition how = condition::clean) {
        policy.give_back(slot, how, now, said);
    }
    void dialled(slot_id slot) { policy.dialled(slot, now, said); }
    void failed(slot_id slot, dial_fault why = dial_fault::other) {
        policy.dial_failed(slot, why, now, said);
    }
    void pass(std::chrono::milliseconds time) {
        now += time;
        policy.tick(now, said);
    }

    /// Opens the pool, and lets every dial and close come true at once.
    void warm() {
        policy.open(now, said);
        settle();
    }
    void settle() {
        for (auto todo = hear(); !todo.empty(); todo = hear()) {
            for (const pool_action& one : todo) {
                if (one.what == kind::dial) dialled(one.slot);
                if (one.what == kind::close) policy.closed(one.slot, now, said);
            }
        }
    }
};

inline pool_limits sized(std::size_t max_open, std::size_t min_idle) {
    pool_limits limits;
    limits.max_open = max_open;
    limits.min_idle = min_idle;
    limits.queue = 8 * max_open;
    limits.leak_after = 0ms;
    limits.probes = false;
    return limits;
}

/// The order to close `slot`, for `why`.
inline pool_action order_to_close(slot_id slot, eviction why) {
    return {.what = pool_action::kind::close, .slot = slot, .why = why};
}

}  // namespace honeydue::test
