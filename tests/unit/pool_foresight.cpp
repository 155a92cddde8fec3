// SPDX-License-Identifier: MIT
// Who is refused early, because his turn is not foreseen to come in time.
#include <chrono>

#include <catch2/catch_test_macros.hpp>

#include "pool_dialogue.hpp"

using namespace honeydue;
using namespace honeydue::test;

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
