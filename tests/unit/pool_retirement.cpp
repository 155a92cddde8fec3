// SPDX-License-Identifier: MIT
// The pool's decisions about connections that have grown old, or are not needed.
#include <algorithm>
#include <chrono>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "pool_dialogue.hpp"

using namespace honeydue;
using namespace honeydue::test;

TEST_CASE("connections born together retire apart, and each only when its successor is there",
          "[pool]") {
    auto limits = sized(25, 20);
    limits.max_lifetime = 1h;
    limits.max_idle_time = 0ms;
    dialogue with{limits};
    with.warm();
    std::size_t retired_at_once = 0;
    std::size_t retired = 0;
    for (int step = 0; step < 90 * 12; ++step) {
        const auto before = with.policy.count().retired_for_age;
        with.pass(5s);
        with.settle();
        CHECK(with.policy.count().idle >= 19);
        const auto now_retired = with.policy.count().retired_for_age - before;
        retired += now_retired;
        retired_at_once = std::max<std::size_t>(retired_at_once, now_retired);
    }
    CHECK(retired >= 20);
    CHECK(retired_at_once <= 2);
}

TEST_CASE("an aged connection is kept until the new one is made", "[pool]") {
    auto limits = sized(2, 1);
    limits.max_lifetime = 100s;
    dialogue with{limits};
    with.warm();
    with.pass(100s);
    const auto dials = with.heard(kind::dial);
    REQUIRE(dials.size() == 1);
    CHECK(with.heard(kind::close).empty());
    with.hear();
    with.dialled(dials.front());
    CHECK(with.heard(kind::close).size() == 1);
    CHECK(with.policy.count().idle == 1);
}

TEST_CASE("without room for a successor an aged connection goes in an idle moment", "[pool]") {
    auto limits = sized(1, 1);
    limits.max_lifetime = 100s;
    dialogue with{limits};
    with.warm();
    const slot_id only = with.borrow();
    const waiter_id waits = with.wait();
    with.pass(100s);
    with.give_back(only);
    CHECK(with.hear() == pool_policy::actions{{kind::lend, only, waits}});
    with.give_back(only);
    with.pass(0s);
    CHECK(with.hear() == pool_policy::actions{order_to_close(only, eviction::lifetime)});
    with.policy.closed(only, with.now, with.said);
    CHECK(with.heard(kind::dial).size() == 1);
}

TEST_CASE("an aged connection on loan is replaced meanwhile and closed as it comes back",
          "[pool]") {
    auto limits = sized(2, 1);
    limits.max_lifetime = 100s;
    dialogue with{limits};
    with.warm();
    const slot_id aged = with.borrow();
    with.pass(100s);
    with.settle();
    with.give_back(aged);
    CHECK(with.hear() == pool_policy::actions{order_to_close(aged, eviction::lifetime)});
    CHECK(with.policy.count().idle == 1);
}

TEST_CASE("what is above the floor goes when unused, the floor stays", "[pool]") {
    auto limits = sized(4, 2);
    limits.max_lifetime = 0ms;
    limits.max_idle_time = 240s;
    dialogue with{limits};
    with.warm();
    std::vector<slot_id> lent{with.borrow(), with.borrow()};
    const waiter_id third = with.wait();
    const auto dials = with.heard(kind::dial);
    with.hear();
    with.dialled(dials.front());
    CHECK(with.hear() == pool_policy::actions{{kind::lend, dials.front(), third}});
    lent.push_back(dials.front());
    for (const slot_id one : lent)
        with.give_back(one);
    CHECK(with.hear().empty());  // nothing is closed on return for being surplus
    with.pass(239s);
    CHECK(with.hear().empty());
    with.pass(1s);
    CHECK(with.hear() == pool_policy::actions{order_to_close(lent.front(), eviction::idle)});
}

TEST_CASE("zero means never for both ages", "[pool]") {
    auto limits = sized(4, 0);
    limits.max_lifetime = 0ms;
    limits.max_idle_time = 0ms;
    dialogue with{limits};
    with.warm();
    with.pass(24h * 365);
    CHECK(with.hear().empty());
    CHECK(with.policy.wake_at() == dialogue::time_point::max());
}

TEST_CASE("of many that are due together, on loan or not, one goes for each that has come",
          "[pool]") {
    auto limits = sized(25, 20);
    limits.max_lifetime = 100s;
    limits.lifetime_jitter = 0;
    dialogue with{limits};
    with.warm();
    std::vector<slot_id> lent;
    for (int i = 0; i < 15; ++i)
        lent.push_back(with.borrow());
    with.pass(100s);
    const auto dials = with.heard(kind::dial);
    REQUIRE(dials.size() == 5);
    with.hear();
    for (std::size_t i = 0; i < dials.size(); ++i) {
        with.dialled(dials[i]);
        CHECK(with.policy.count().retired_for_age == i + 1);
    }
    for (const slot_id one : lent)
        with.give_back(one);
    CHECK(with.policy.count().idle >= 20 - 1);
}
