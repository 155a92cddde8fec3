// SPDX-License-Identifier: MIT
// When the pool asks what it leads to.
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "pool_dialogue.hpp"

using namespace honeydue;
using namespace honeydue::test;

TEST_CASE("in a lull the connection used longest ago is asked what it leads to, once", "[pool]") {
    auto limits = sized(3, 3);
    limits.probes = true;
    dialogue with{limits};
    with.warm();
    with.give_back(with.borrow());
    with.pass(999ms);
    CHECK(with.heard(kind::probe).empty());
    CHECK(with.policy.wake_at() == with.now + 1ms);
    with.pass(1ms);
    CHECK(with.heard(kind::probe) == std::vector<slot_id>{0});
    CHECK(with.policy.count().probing == 1);
    CHECK(with.policy.count().open() == 3);
    with.hear();
    with.pass(10s);
    CHECK(with.heard(kind::probe).empty());
    with.policy.probed(0, with.now, with.said);
    CHECK(with.policy.count().idle == 3);
    with.pass(10s);
    CHECK(with.heard(kind::probe).empty());
}

TEST_CASE("a connection lost while it was asked is replaced, and another is asked", "[pool]") {
    auto limits = sized(2, 2);
    limits.probes = true;
    dialogue with{limits};
    with.warm();
    with.pass(1s);
    REQUIRE(with.heard(kind::probe).size() == 1);
    const slot_id asked = with.heard(kind::probe).front();
    with.hear();
    with.give_back(asked, condition::lost);
    CHECK(with.heard(kind::close) == std::vector{asked});
    with.pass(1s);
    CHECK(with.heard(kind::probe) == std::vector<slot_id>{1 - asked});
}

TEST_CASE("what was told of the peer is asked again after a purge", "[pool]") {
    auto limits = sized(4, 4);
    limits.probes = true;
    dialogue with{limits};
    with.warm();
    with.pass(1s);
    const slot_id asked = with.heard(kind::probe).front();
    with.policy.probed(asked, with.now, with.said);
    const slot_id a = with.borrow();
    const slot_id b = with.borrow();
    with.pass(10ms);
    with.give_back(a, condition::lost);
    with.pass(10ms);
    with.give_back(b, condition::lost);
    with.settle();
    with.pass(1s);
    CHECK(with.heard(kind::probe).size() == 1);
}

TEST_CASE("a pool that knows what it leads to does not ask after a purge either", "[pool]") {
    dialogue with{sized(3, 3)};
    with.warm();
    const slot_id a = with.borrow();
    const slot_id b = with.borrow();
    with.pass(10ms);
    with.give_back(a, condition::lost);
    with.give_back(b, condition::lost);
    with.settle();
    with.pass(1s);
    CHECK(with.heard(kind::probe).empty());
}

TEST_CASE("one that a purge met while it was asked is closed, whatever it says", "[pool]") {
    auto limits = sized(3, 3);
    limits.probes = true;
    dialogue with{limits};
    with.warm();
    with.pass(1s);
    const slot_id asked = with.heard(kind::probe).front();
    const slot_id a = with.borrow();
    const slot_id b = with.borrow();
    with.give_back(a, condition::lost);
    with.give_back(b, condition::lost);
    with.hear();
    with.policy.probed(asked, with.now, with.said);
    CHECK(with.hear() == pool_policy::actions{order_to_close(asked, eviction::generation)});
}
