// SPDX-License-Identifier: MIT
// The pool's decisions at its end.
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "pool_dialogue.hpp"

using namespace honeydue;
using namespace honeydue::test;

namespace {

constexpr auto never = dialogue::time_point::max();

}  // namespace

TEST_CASE(
    "closing refuses those who wait, closes what is idle or connecting, and what is lent as it "
    "comes back",
    "[pool]") {
    dialogue with{sized(2, 2)};
    with.policy.open(with.now, with.said);
    const auto dials = with.heard(kind::dial);
    with.dialled(dials[0]);
    const slot_id lent = with.borrow();
    const waiter_id waits = with.wait();
    with.hear();
    with.policy.close(never, with.said);
    CHECK(with.hear() == pool_policy::actions{{kind::refuse, 0, waits},
                                              order_to_close(dials[1], eviction::closing)});
    CHECK(with.acquire().verdict == admission::closed);
    CHECK_FALSE(with.policy.give_up(waits));
    CHECK(with.policy.count().waiting == 0);
    CHECK(with.policy.count().closing == 1);
    with.policy.closed(dials[1], with.now, with.said);
    CHECK(with.hear().empty());  // nothing is dialled in its place
    with.give_back(lent);
    CHECK(with.hear() == pool_policy::actions{order_to_close(lent, eviction::closing)});
}

TEST_CASE("ten in use, five waiting and three connecting are all seen to when the pool closes",
          "[pool]") {
    dialogue with{sized(13, 10)};
    with.warm();
    std::vector<slot_id> lent;
    for (int i = 0; i < 10; ++i)
        lent.push_back(with.borrow());
    for (int i = 0; i < 5; ++i)
        with.wait();
    REQUIRE(with.policy.count().connecting == 3);
    with.hear();
    with.policy.close(with.now + 5s, with.said);
    CHECK(with.heard(kind::refuse).size() == 5);
    CHECK(with.heard(kind::close).size() == 3);
    with.settle();
    CHECK_FALSE(with.policy.is_over());
    for (const slot_id one : lent)
        with.give_back(one);
    CHECK(with.heard(kind::close).size() == 10);
    with.settle();
    CHECK(with.policy.is_over());
}

TEST_CASE("what is on loan at the end of the drain is cut off, once, and closed as it comes back",
          "[pool]") {
    dialogue with{sized(3, 3)};
    with.warm();
    const slot_id quick = with.borrow();
    const slot_id slow = with.borrow();
    with.policy.close(with.now + 5s, with.said);
    with.settle();
    CHECK(with.policy.wake_at() == with.now + 5s);
    with.pass(4s);
    with.give_back(quick);
    with.settle();
    with.pass(999ms);
    CHECK(with.hear().empty());
    CHECK_FALSE(with.policy.is_over());
    with.pass(1ms);
    CHECK(with.hear() == pool_policy::actions{{kind::cut_off, slow}});
    CHECK(with.policy.is_over());
    with.pass(1h);
    CHECK(with.hear().empty());
    with.give_back(slow, condition::lost);
    CHECK(with.heard(kind::close) == std::vector{slow});
}

TEST_CASE("a rollback may end while the pool drains, and no longer", "[pool]") {
    dialogue with{sized(2, 2)};
    with.warm();
    const slot_id first = with.borrow();
    const slot_id second = with.borrow();
    with.give_back(first, condition::in_transaction);
    with.give_back(second, condition::in_transaction);
    with.hear();
    with.policy.close(with.now + 5s, with.said);
    CHECK(with.hear().empty());
    with.policy.rolled_back(first, with.now, with.said);
    CHECK(with.hear() == pool_policy::actions{order_to_close(first, eviction::closing)});
    with.pass(5s);
    CHECK(with.hear() == pool_policy::actions{order_to_close(second, eviction::closing)});
}

TEST_CASE("an open transaction that comes back to a closed pool is not rolled back but closed",
          "[pool]") {
    dialogue with{sized(1, 1)};
    with.warm();
    const slot_id only = with.borrow();
    with.policy.close(with.now + 5s, with.said);
    with.give_back(only, condition::in_transaction);
    CHECK(with.hear() == pool_policy::actions{order_to_close(only, eviction::closing)});
}

TEST_CASE("a dial that succeeds although the pool has closed is closed", "[pool]") {
    dialogue with{sized(1, 1)};
    with.policy.open(with.now, with.said);
    const slot_id late = with.heard(kind::dial).front();
    with.policy.close(never, with.said);
    with.hear();
    with.dialled(late);
    CHECK(with.hear() == pool_policy::actions{order_to_close(late, eviction::closing)});
}

TEST_CASE("a question may be answered while the pool drains, and no longer", "[pool]") {
    auto limits = sized(1, 1);
    limits.probes = true;
    dialogue with{limits};
    with.warm();
    with.pass(1s);
    const slot_id asked = with.heard(kind::probe).front();
    with.hear();
    with.policy.close(with.now + 5s, with.said);
    CHECK(with.hear().empty());
    with.pass(5s);
    CHECK(with.hear() == pool_policy::actions{order_to_close(asked, eviction::closing)});
}

TEST_CASE("a pool without a connection is not over before it is closed", "[pool]") {
    dialogue with{sized(1, 1)};
    CHECK_FALSE(with.policy.is_over());
    with.policy.close(never, with.said);
    CHECK(with.policy.is_over());
}
