// SPDX-License-Identifier: MIT
// The pool's decisions to dial: how many at a time, when again, and at the server's limit.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "pool_dialogue.hpp"

using namespace honeydue;
using namespace honeydue::test;

TEST_CASE("no more dials are under way than callers wait, and never above the ceiling", "[pool]") {
    dialogue with{sized(3, 0)};
    with.warm();
    with.borrow();
    with.wait();
    CHECK(with.heard(kind::dial).size() == 1);
    with.wait();
    with.wait();
    CHECK(with.heard(kind::dial).size() == 2);
    CHECK(with.policy.count().connecting == 2);
}

TEST_CASE("after a failure there is one prober, later each time, and success lets more and more in",
          "[pool]") {
    dialogue with{sized(8, 8)};
    with.policy.open(with.now, with.said);
    const auto all = with.heard(kind::dial);
    with.hear();
    with.now += 100ms;
    for (const slot_id one : all)
        with.failed(one);
    CHECK(with.hear().empty());  // eight failures, one wave: nothing is dialled at once

    std::chrono::nanoseconds waited{};
    for (int failure = 0; failure < 12; ++failure) {
        const auto next = with.policy.wake_at();
        waited = next - with.now;
        CHECK(waited > 0ns);
        CHECK(waited <= 15s);
        with.now = next;
        with.policy.tick(with.now, with.said);
        const auto probe = with.heard(kind::dial);
        REQUIRE(probe.size() == 1);
        with.hear();
        with.now += 10ms;
        with.failed(probe.front());
    }
    with.now = with.policy.wake_at();
    with.policy.tick(with.now, with.said);
    with.dialled(with.heard(kind::dial).front());
    const auto more = with.heard(kind::dial);
    REQUIRE(more.size() == 3);  // the prober, then two
    with.hear();
    with.dialled(more.back());
    CHECK(with.heard(kind::dial).size() == 3);  // beside the one under way: four
}

TEST_CASE("the server's limit lowers what is opened, and quiet raises it again one by one",
          "[pool]") {
    dialogue with{sized(20, 10)};
    with.warm();
    CHECK(with.policy.count().effective_max == 20);
    for (int i = 0; i < 14; ++i)
        with.acquire();
    const auto dials = with.heard(kind::dial);
    REQUIRE(dials.size() == 4);
    with.now += 5ms;
    for (const slot_id slot : dials) {
        with.failed(slot, dial_fault::limit);
        with.now += 1ms;
    }
    CHECK(with.policy.count().effective_max == 14);  // four refusals at once are one
    with.hear();
    with.pass(29s);
    for (const slot_id slot : with.heard(kind::dial))
        with.dialled(slot);
    CHECK(with.policy.count().effective_max == 14);
    with.pass(1'004ms);
    CHECK(with.policy.count().effective_max == 15);
    for (int i = 0; i < 10; ++i)
        with.pass(30s);
    CHECK(with.policy.count().effective_max == 20);
}

TEST_CASE("at the server's limit the pool dials no further, whoever waits", "[pool]") {
    dialogue with{sized(3, 2)};
    with.warm();
    with.borrow();
    with.borrow();
    with.wait();
    const auto dials = with.heard(kind::dial);
    REQUIRE(dials.size() == 1);
    with.hear();
    with.failed(dials.front(), dial_fault::limit);
    with.pass(20s);
    CHECK(with.heard(kind::dial).empty());
    with.pass(10s);
    CHECK(with.heard(kind::dial).size() == 1);
}

TEST_CASE("a pool that uses little of what it may does not raise it", "[pool]") {
    dialogue with{sized(20, 2)};
    with.warm();
    for (int i = 0; i < 3; ++i)
        with.acquire();
    with.failed(with.heard(kind::dial).front(), dial_fault::limit);
    with.pass(100s);
    CHECK(with.policy.count().effective_max == 14);
}

TEST_CASE("the server's limit is never taken for less than two connections", "[pool]") {
    dialogue with{sized(2, 0)};
    with.policy.open(with.now, with.said);
    with.failed(with.heard(kind::dial).front(), dial_fault::limit);
    CHECK(with.policy.count().effective_max == 2);
    dialogue alone{sized(1, 0)};
    alone.policy.open(alone.now, alone.said);
    alone.failed(alone.heard(kind::dial).front(), dial_fault::limit);
    CHECK(alone.policy.count().effective_max == 1);
}

TEST_CASE("what waiting will not cure is tried about once a minute", "[pool]") {
    dialogue with{sized(4, 2)};
    with.policy.open(with.now, with.said);
    const auto both = with.heard(kind::dial);
    with.hear();
    with.now += 100ms;
    for (const slot_id one : both)
        with.failed(one, dial_fault::permanent);
    int dials = 0;
    const auto end = with.now + 1h;
    for (;;) {
        with.now = with.policy.wake_at();
        if (with.now >= end) break;
        with.policy.tick(with.now, with.said);
        const auto probe = with.heard(kind::dial);
        REQUIRE(probe.size() == 1);
        ++dials;
        with.hear();
        with.failed(probe.front(), dial_fault::permanent);
    }
    CHECK(dials > 60);
    CHECK(dials < 240);
}

TEST_CASE("no backoff step sees a second dial, and the longest is fifteen seconds", "[pool]") {
    dialogue with{sized(25, 20)};
    with.warm();
    // The server goes: all are found dead, one after another.
    for (int i = 0; i < 20; ++i) {
        const slot_id dead = with.borrow();
        with.policy.found_dead(dead, with.now, with.said);
        with.policy.closed(dead, with.now, with.said);
    }
    auto under_way = with.heard(kind::dial);
    with.hear();
    with.now += 5ms;
    for (const slot_id one : under_way)
        with.failed(one);
    CHECK(with.policy.count().breaker == breaker::open);
    for (int step = 0; step < 30; ++step) {
        for (int i = 0; i < 3; ++i)
            with.acquire();  // callers do not make it dial
        CHECK(with.heard(kind::dial).empty());
        const auto pause = with.policy.wake_at() - with.now;
        CHECK(pause <= 15s);
        with.pass(std::chrono::duration_cast<std::chrono::milliseconds>(pause));
        const auto prober = with.heard(kind::dial);
        REQUIRE(prober.size() == 1);
        with.hear();
        with.failed(prober.front());
    }
}

TEST_CASE("the breaker is open while dials fail, half open once one succeeds, then closed",
          "[pool]") {
    dialogue with{sized(4, 4)};
    with.policy.open(with.now, with.said);
    CHECK(with.policy.count().breaker == breaker::closed);
    for (const slot_id one : with.heard(kind::dial))
        with.failed(one);
    CHECK(with.policy.count().breaker == breaker::open);
    with.hear();
    with.pass(15s);
    with.dialled(with.heard(kind::dial).front());
    CHECK(with.policy.count().breaker == breaker::half_open);
    with.settle();
    with.pass(1s);
    with.settle();
    CHECK(with.policy.count().idle == 4);
    CHECK(with.policy.count().breaker == breaker::closed);
}

TEST_CASE("a limit of ten is found in steps of three tenths, and the pool stays within it",
          "[pool]") {
    dialogue with{sized(25, 25)};
    with.policy.open(with.now, with.said);
    std::size_t taken = 0;
    for (int round = 0; round < 20; ++round) {
        const auto dials = with.heard(kind::dial);
        with.hear();
        with.now += 10ms;
        for (const slot_id one : dials) {
            if (taken < 10) {
                ++taken;
                with.dialled(one);
            } else {
                with.failed(one, dial_fault::limit);
            }
        }
        with.pass(1s);
    }
    CHECK(with.policy.count().open() == 10);
    CHECK(with.policy.count().effective_max <= 12);
}

TEST_CASE("a pooler that has no server is dialled no more often than one that is down", "[pool]") {
    dialogue with{sized(3, 3)};
    with.warm();
    int dials = 0;
    const auto end = with.now + 60s;
    while (with.now < end) {
        if (const auto got = with.acquire(); got.verdict == admission::lent)
            with.give_back(got.slot, condition::unserved);
        else
            (void)with.policy.give_up(with.last_waiter);
        dials += static_cast<int>(with.heard(kind::dial).size());
        with.settle();
        with.pass(20ms);
        dials += static_cast<int>(with.heard(kind::dial).size());
        with.settle();
    }
    CHECK(dials < 40);
    CHECK(with.policy.count().breaker == breaker::open);
    CHECK(with.policy.count().purged == 0);
}

TEST_CASE("one answered statement ends the pause that a pooler without a server made", "[pool]") {
    dialogue with{sized(4, 4)};
    with.warm();
    for (int i = 0; i < 3; ++i)
        with.give_back(with.borrow(), condition::unserved);
    with.settle();
    REQUIRE(with.policy.count().breaker == breaker::open);
    const slot_id last = with.borrow();
    with.policy.answered(last, 1ms);
    with.give_back(last);
    CHECK(with.policy.count().breaker == breaker::half_open);
    with.pass(0ms);
    CHECK(with.heard(kind::dial).size() == 1);
    with.settle();
    CHECK(with.policy.count().idle == 4);
}

TEST_CASE("a handshake is averaged: the newest counts for a quarter", "[pool]") {
    dialogue with{sized(1, 1)};
    REQUIRE(with.policy.count().handshake == 1500ms);  // as one far away is expected to take
    with.policy.open(with.now, with.said);
    with.now += 500ms;
    with.dialled(with.heard(kind::dial).front());
    CHECK(with.policy.count().handshake == 1250ms);
}

TEST_CASE("a success among failures ends the pause that these began", "[pool]") {
    dialogue with{sized(3, 3)};
    with.policy.open(with.now, with.said);
    const auto dials = with.heard(kind::dial);
    with.hear();
    with.now += 100ms;
    with.failed(dials[0]);
    CHECK(with.hear().empty());
    with.dialled(dials[1]);
    CHECK(with.heard(kind::dial).size() == 1);
}

TEST_CASE("when the last of a wave fails after the pause, the next is dialled at once", "[pool]") {
    dialogue with{sized(3, 3)};
    with.policy.open(with.now, with.said);
    const auto dials = with.heard(kind::dial);
    with.hear();
    with.now += 100ms;
    with.failed(dials[0]);
    with.pass(1s);
    with.failed(dials[1]);
    CHECK(with.hear().empty());
    with.failed(dials[2]);
    CHECK(with.heard(kind::dial).size() == 1);
}

TEST_CASE("however many are dialled, the breaker closes and dialling goes on", "[pool]") {
    dialogue with{sized(4, 1)};
    with.warm();
    for (int i = 0; i < 200; ++i) {
        with.give_back(with.borrow(), condition::doubtful);
        with.settle();
    }
    CHECK(with.policy.count().idle == 1);
    CHECK(with.policy.count().breaker == breaker::closed);
}

TEST_CASE("the first pause is a tenth of a second at most, and never none", "[pool]") {
    auto shortest = std::chrono::nanoseconds::max();
    std::chrono::nanoseconds longest{};
    for (std::uint32_t seed = 1; seed <= 200; ++seed) {
        dialogue with{sized(20, 20), seed};
        with.policy.open(with.now, with.said);
        for (const slot_id one : with.heard(kind::dial))
            with.failed(one);  // all in one moment: one failure
        const auto pause = with.policy.wake_at() - with.now;
        shortest = std::min(shortest, pause);
        longest = std::max(longest, pause);
    }
    CHECK(shortest >= 10ms);
    CHECK(longest <= 100ms);
    CHECK(longest > 90ms);
}

TEST_CASE("after three dozen failures the pauses are as long as ever", "[pool]") {
    std::chrono::nanoseconds all{};
    for (std::uint32_t seed = 1; seed <= 20; ++seed) {
        dialogue with{sized(1, 1), seed};
        with.policy.open(with.now, with.said);
        for (int failure = 0; failure < 36; ++failure) {
            const auto dial = with.heard(kind::dial);
            REQUIRE(dial.size() == 1);
            with.hear();
            with.now += 1ms;
            with.failed(dial.front());
            if (failure == 35) all += with.policy.wake_at() - with.now;
            with.now = with.policy.wake_at();
            with.policy.tick(with.now, with.said);
        }
    }
    CHECK(all / 20 > 5s);
}

TEST_CASE("loans of before a failure that come back unserved are no failure more", "[pool]") {
    dialogue with{sized(10, 10)};
    with.warm();
    std::vector<slot_id> lent;
    for (int i = 0; i < 10; ++i)
        lent.push_back(with.borrow());
    with.now += 1s;
    for (const slot_id one : lent) {
        with.now += 1ms;
        with.give_back(one, condition::unserved);
    }
    CHECK(with.policy.wake_at() - with.now <= 100ms);
}

TEST_CASE("a loan of before a failure that is over may still come back unserved", "[pool]") {
    dialogue with{sized(2, 1)};
    with.warm();
    const slot_id old = with.borrow();
    with.wait();
    with.now += 10ms;
    with.failed(with.heard(kind::dial).front());
    with.hear();
    with.pass(1s);
    with.dialled(with.heard(kind::dial).front());
    REQUIRE(with.policy.count().breaker != breaker::open);
    with.give_back(old, condition::unserved);
    CHECK(with.policy.count().breaker == breaker::open);
}

TEST_CASE("an answer ends the pause of a pooler without a server, and no later one", "[pool]") {
    dialogue with{sized(2, 2)};
    with.warm();
    with.give_back(with.borrow(), condition::unserved);
    const slot_id served = with.borrow();
    with.policy.answered(served, 1ms);
    REQUIRE(with.policy.count().breaker == breaker::half_open);
    for (const pool_action& one : with.hear()) {
        if (one.what == kind::close) with.policy.closed(one.slot, with.now, with.said);
    }
    with.failed(with.heard(kind::dial).front());
    with.policy.answered(served, 1ms);
    CHECK(with.policy.count().breaker == breaker::open);
}

TEST_CASE("a pool that uses half of what it may raises it", "[pool]") {
    dialogue with{sized(20, 7)};
    with.warm();
    for (int i = 0; i < 8; ++i)
        with.acquire();
    with.failed(with.heard(kind::dial).front(), dial_fault::limit);
    REQUIRE(with.policy.count().effective_max == 14);
    with.pass(30s);
    CHECK(with.policy.count().effective_max == 15);
}

TEST_CASE("a quiet while in which little was used is none, and begins anew", "[pool]") {
    dialogue with{sized(20, 2)};
    with.warm();
    for (int i = 0; i < 3; ++i)
        with.acquire();
    with.failed(with.heard(kind::dial).front(), dial_fault::limit);
    with.hear();
    with.pass(100s);
    with.settle();
    for (int i = 0; i < 4; ++i)
        with.acquire();
    with.settle();
    REQUIRE(with.policy.count().open() == 7);
    with.pass(29s);
    CHECK(with.policy.count().effective_max == 14);
    with.pass(1s);
    CHECK(with.policy.count().effective_max == 15);
}

TEST_CASE("a dial for a caller is one for the floor as well", "[pool]") {
    dialogue with{sized(5, 3)};
    with.warm();
    const slot_id a = with.borrow();
    const slot_id b = with.borrow();
    with.borrow();
    with.wait();
    with.wait();
    for (const slot_id one : with.heard(kind::dial))
        with.failed(one);
    with.hear();
    for (const slot_id one : {a, b}) {
        with.give_back(one, condition::doubtful);
        with.policy.closed(one, with.now, with.said);
    }
    with.hear();
    with.pass(1s);
    const auto prober = with.heard(kind::dial);
    REQUIRE(prober.size() == 1);
    with.hear();
    with.dialled(prober.front());  // one waits still, and the floor lacks one
    CHECK(with.heard(kind::dial).size() == 1);
}
