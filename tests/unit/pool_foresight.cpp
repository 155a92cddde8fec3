// SPDX-License-Identifier: MIT
// Who is refused early, because his turn is not foreseen to come in time.
#include <chrono>

#include <catch2/catch_test_macros.hpp>

#include "pool_dialogue.hpp"

using namespace honeydue;
using namespace honeydue::test;

namespace {

/// Has a loan last for `time`, and leaves that connection idle.
void lend_for(dialogue& with, std::chrono::milliseconds time) {
    const slot_id one = with.borrow();
    with.now += time;
    with.give_back(one);
}

}  // namespace

TEST_CASE("who could not be served in time is told at once", "[pool]") {
    dialogue with{sized(1, 1)};
    with.warm();
    const slot_id only = with.borrow();
    with.now += 400ms;
    with.give_back(only);  // a loan takes 400 ms
    with.borrow();
    const auto ask = [&](std::chrono::milliseconds patience) {
        return with.policy
            .acquire({.who = ++with.last_waiter, .until = with.now + patience}, with.now, with.said)
            .verdict;
    };
    CHECK(ask(399ms) == admission::hopeless);
    CHECK(with.policy.count().waiting == 0);
    CHECK(ask(400ms) == admission::waits);
    CHECK(ask(799ms) == admission::hopeless);  // the second in the queue
    CHECK(ask(800ms) == admission::waits);
    CHECK(with.policy.foreseen_wait(with.now) == 1200ms);
}

TEST_CASE("nobody is refused early before a loan has shown how long one takes", "[pool]") {
    dialogue with{sized(1, 1)};
    with.warm();
    with.borrow();
    const auto admitted = with.policy.acquire({.who = ++with.last_waiter, .until = with.now + 1ms},
                                              with.now, with.said);
    CHECK(admitted.verdict == admission::waits);
}

TEST_CASE("where one more connection may be dialled, the wait is no longer than a handshake",
          "[pool]") {
    dialogue with{sized(2, 1)};
    with.warm();
    const slot_id lent = with.borrow();
    with.now += 1h;
    with.give_back(lent);
    with.borrow();
    CHECK(with.policy.foreseen_wait(with.now) < 2s);
    with.wait();
    with.failed(with.heard(kind::dial).front());
    CHECK(with.policy.foreseen_wait(with.now) == 2h);  // the next dial has to wait too
}

TEST_CASE("who asks with his time already up is not told what is foreseen", "[pool]") {
    dialogue with{sized(1, 1)};
    with.warm();
    lend_for(with, 400ms);
    with.borrow();
    const auto late = with.policy.acquire({.who = ++with.last_waiter, .until = with.now - 1ms},
                                          with.now, with.said);
    CHECK(late.verdict == admission::waits);
}

TEST_CASE("how long a loan takes is averaged: one that is long counts for an eighth", "[pool]") {
    dialogue with{sized(1, 1)};
    with.warm();
    lend_for(with, 400ms);
    lend_for(with, 1'200ms);
    with.borrow();
    CHECK(with.policy.foreseen_wait(with.now) == 500ms);
}

TEST_CASE("two at work end a loan twice as often, be it by a rollback or by a question", "[pool]") {
    auto limits = sized(2, 2);
    limits.probes = true;
    dialogue with{limits};
    with.warm();
    lend_for(with, 400ms);
    SECTION("both are on loan") {
        with.borrow();
        with.borrow();
    }
    SECTION("one is rolled back") {
        const slot_id returned = with.borrow();
        with.now += 400ms;
        with.give_back(returned, condition::in_transaction);
        with.borrow();
    }
    SECTION("one is asked what it leads to") {
        with.pass(1s);
        REQUIRE(with.policy.count().probing == 1);
        with.borrow();
    }
    CHECK(with.policy.foreseen_wait(with.now) == 200ms);
}

TEST_CASE("a handshake is waited for only if loans end less soon", "[pool]") {
    dialogue with{sized(2, 1)};
    with.warm();
    lend_for(with, 10ms);
    with.borrow();
    CHECK(with.policy.foreseen_wait(with.now) == 10ms);
}

TEST_CASE("a connection that comes for nobody serves the next caller", "[pool]") {
    dialogue with{sized(2, 1)};
    with.warm();
    lend_for(with, 100s);
    with.borrow();
    const waiter_id waits = with.wait();
    REQUIRE(with.policy.count().connecting == 1);
    CHECK(with.policy.foreseen_wait(with.now) == 200s);  // it is the one's who waits
    CHECK(with.policy.give_up(waits));
    CHECK(with.policy.foreseen_wait(with.now) == with.policy.count().handshake);
}

TEST_CASE("while one dial proves the way, nobody is promised another", "[pool]") {
    dialogue with{sized(3, 1)};
    with.warm();
    lend_for(with, 100s);
    with.borrow();
    with.wait();
    with.failed(with.heard(kind::dial).front());
    with.pass(1s);
    REQUIRE(with.policy.count().connecting == 1);
    CHECK(with.policy.foreseen_wait(with.now) == 200s);
}

TEST_CASE("where nothing is at work, nothing is foreseen", "[pool]") {
    dialogue with{sized(1, 1)};
    with.warm();
    lend_for(with, 100s);
    with.give_back(with.borrow(), condition::doubtful);
    CHECK(with.policy.foreseen_wait(with.now) == 0ms);
}
