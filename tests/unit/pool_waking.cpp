// SPDX-License-Identifier: MIT
// When a pool has itself woken, if nothing else happens: in time for what it has to do, and never
// for what it has seen already, or its thread would spin.
#include <chrono>
#include <random>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "pool_dialogue.hpp"

using namespace honeydue;
using namespace honeydue::test;

namespace {

constexpr auto never = dialogue::time_point::max();

/// Nothing in it grows old.
pool_limits ageless(std::size_t max_open, std::size_t min_idle) {
    auto limits = sized(max_open, min_idle);
    limits.max_lifetime = 0ms;
    limits.max_idle_time = 0ms;
    return limits;
}

/// Tells `with` what became of an order, or has something happen of itself.
class fate {
public:
    void step(dialogue& with) {
        for (const pool_action& one : with.hear()) {
            if (one.what == kind::lend)
                lent_.push_back(one.slot);
            else if (one.what != kind::warn_held)
                orders_.push_back(one);
        }
        with.now += std::chrono::milliseconds{pick(400)};
        if (pick(3) == 0) {
            if (const auto got = with.acquire(); got.verdict == admission::lent)
                lent_.push_back(got.slot);
        } else if (pick(2) == 0 && !lent_.empty()) {
            with.give_back(take(lent_),
                           pick(4) == 0 ? static_cast<condition>(pick(6)) : condition::clean);
        } else if (!orders_.empty()) {
            obey(with, take(orders_));
        }
    }

private:
    std::size_t pick(std::size_t below) { return random_() % below; }

    template <class T>
    T take(std::vector<T>& from) {
        const auto at = from.begin() + static_cast<std::ptrdiff_t>(pick(from.size()));
        const T one = *at;
        from.erase(at);
        return one;
    }

    void obey(dialogue& with, const pool_action& order) {
        if (order.what == kind::dial && pick(3) == 0)
            with.failed(order.slot, static_cast<dial_fault>(pick(2)));
        else if (order.what == kind::dial)
            with.dialled(order.slot);
        if (order.what == kind::close) with.policy.closed(order.slot, with.now, with.said);
        if (order.what == kind::roll_back) with.policy.rolled_back(order.slot, with.now, with.said);
        if (order.what == kind::probe) with.policy.probed(order.slot, with.now, with.said);
    }

    std::minstd_rand random_{11};
    std::vector<slot_id> lent_;
    std::vector<pool_action> orders_;
};

}  // namespace

TEST_CASE("after a tick the next waking is ahead, whatever has happened", "[pool]") {
    auto limits = sized(6, 3);
    limits.max_lifetime = 20s;
    limits.max_idle_time = 10s;
    limits.leak_after = 5s;
    limits.probes = true;
    dialogue with{limits};
    with.policy.open(with.now, with.said);
    fate next;
    for (int step = 0; step < 50'000; ++step) {
        next.step(with);
        with.pass(0ms);
        if (with.policy.wake_at() <= with.now) FAIL("step " << step);
    }
    CHECK(with.policy.count().retired_for_age > 0);
}

TEST_CASE("nothing is woken for while a successor or a prober is being dialled", "[pool]") {
    auto limits = ageless(2, 1);
    limits.max_lifetime = 100s;
    limits.lifetime_jitter = 0;
    dialogue with{limits};
    with.warm();
    with.pass(100s);
    REQUIRE(with.policy.count().connecting == 1);
    CHECK(with.policy.wake_at() == never);
    with.failed(with.heard(kind::dial).front());
    CHECK(with.policy.wake_at() <= with.now + 100ms);
    with.pass(1s);
    REQUIRE(with.policy.count().connecting == 1);
    CHECK(with.policy.wake_at() == never);
}

TEST_CASE("a loan that has outlived its connection's time wakes nobody", "[pool]") {
    auto limits = ageless(1, 1);
    limits.max_lifetime = 100s;
    dialogue with{limits};
    with.warm();
    const slot_id only = with.borrow();
    with.pass(100s);
    CHECK(with.policy.wake_at() == never);
    with.give_back(only);
    CHECK(with.heard(kind::close) == std::vector{only});
}

TEST_CASE("what is closing or closed is not woken for", "[pool]") {
    auto limits = ageless(1, 0);
    limits.max_lifetime = 100s;
    dialogue with{limits};
    with.warm();
    const slot_id only = with.borrow();
    with.pass(1s);
    REQUIRE(with.policy.wake_at() < never);
    with.give_back(only, condition::doubtful);
    CHECK(with.policy.wake_at() == never);
    with.policy.closed(only, with.now, with.said);
    CHECK(with.policy.wake_at() == never);
}

TEST_CASE("a loan is woken for when it has lasted too long, if there is such a time", "[pool]") {
    auto limits = ageless(1, 1);
    SECTION("there is") {
        limits.leak_after = 60s;
        dialogue with{limits};
        with.warm();
        with.pass(1s);
        with.borrow();
        CHECK(with.policy.wake_at() == with.now + 60s);
        with.pass(60s);
        CHECK(with.policy.wake_at() == never);
    }
    SECTION("there is none") {
        dialogue with{limits};
        with.warm();
        with.pass(1s);
        with.now += 1s;
        with.borrow();
        CHECK(with.policy.wake_at() == never);
    }
}

TEST_CASE("the one idle longest is woken for, if it is above the floor", "[pool]") {
    auto limits = ageless(2, 1);
    limits.max_idle_time = 240s;
    dialogue with{limits};
    with.warm();
    const slot_id first = with.borrow();
    with.wait();
    const slot_id second = with.heard(kind::dial).front();
    with.settle();
    with.pass(1s);
    with.give_back(first);
    const auto since = with.now;
    with.pass(1s);
    with.give_back(second);
    CHECK(with.policy.wake_at() == since + 240s);
    with.pass(239s);
    with.settle();
    REQUIRE(with.policy.count().idle == 1);
    CHECK(with.policy.wake_at() == never);
}

TEST_CASE("a question is woken for once, in the lull of the one idle longest", "[pool]") {
    auto limits = ageless(2, 2);
    limits.probes = true;
    dialogue with{limits};
    with.warm();
    with.pass(0ms);
    const auto since = with.now;
    with.now += 300ms;
    with.give_back(with.borrow());
    CHECK(with.policy.wake_at() == since + 1s);
    with.pass(700ms);
    REQUIRE(with.policy.count().probing == 1);
    CHECK(with.policy.wake_at() == never);
    with.policy.probed(with.heard(kind::probe).front(), with.now, with.said);
    CHECK(with.policy.wake_at() == never);
}

TEST_CASE("the end of a quiet while at the server's limit is woken for", "[pool]") {
    dialogue with{ageless(3, 2)};
    with.warm();
    with.borrow();
    with.borrow();
    with.wait();
    with.failed(with.heard(kind::dial).front(), dial_fault::limit);
    const auto since = with.now;
    with.pass(1s);
    CHECK(with.policy.wake_at() == since + 30s);
}
