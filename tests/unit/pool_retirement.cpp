// SPDX-License-Identifier: MIT
// The pool's decisions about connections that have grown old, or are not needed.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "pool_dialogue.hpp"

using namespace honeydue;
using namespace honeydue::test;

namespace {

/// Lifetimes of 100 s that differ by nothing.
pool_limits ageing(std::size_t max_open, std::size_t min_idle) {
    auto limits = sized(max_open, min_idle);
    limits.max_lifetime = 100s;
    limits.lifetime_jitter = 0;
    limits.max_idle_time = 0ms;
    return limits;
}

}  // namespace

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
    with.now += 1s;
    with.give_back(with.borrow());
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

TEST_CASE("the jitter takes a share of the lifetime, of which each has an even part", "[pool]") {
    auto limits = sized(25, 20);
    limits.max_lifetime = 1'000s;
    limits.lifetime_jitter = 25;
    limits.max_idle_time = 0ms;
    dialogue with{limits};
    with.warm();
    with.pass(740s);
    CHECK(with.hear().empty());
    with.pass(10s);
    with.settle();
    for (std::uint64_t part = 1; part <= 20; ++part) {
        with.pass(12'500ms);
        with.settle();
        const auto retired = with.policy.count().retired_for_age;
        CHECK(retired + 1 >= part);
        CHECK(retired <= part + 1);
    }
    CHECK(with.policy.count().retired_for_age == 20);
}

TEST_CASE("two pools that were opened together do not retire together", "[pool]") {
    auto limits = sized(25, 20);
    limits.max_idle_time = 0ms;
    dialogue one{limits, 1};
    dialogue other{limits, 2};
    one.warm();
    other.warm();
    one.pass(0ms);
    other.pass(0ms);
    CHECK(one.policy.wake_at() != other.policy.wake_at());
}

TEST_CASE("a successor is dialled two handshakes before the old one's time", "[pool]") {
    dialogue with{ageing(2, 1)};
    with.warm();
    const auto lead = 2 * with.policy.count().handshake;
    REQUIRE(lead > 1s);
    with.pass(100s - lead - 1ms);
    CHECK(with.hear().empty());
    CHECK(with.policy.wake_at() == with.now + 1ms);
    with.pass(1ms);
    CHECK(with.heard(kind::dial).size() == 1);
}

TEST_CASE("of a short life the successor takes a quarter at most", "[pool]") {
    auto limits = ageing(2, 1);
    limits.max_lifetime = 1s;
    dialogue with{limits};
    with.warm();
    with.pass(749ms);
    CHECK(with.hear().empty());
    with.pass(1ms);
    CHECK(with.heard(kind::dial).size() == 1);
}

TEST_CASE("one that is due has one successor, however much room there is", "[pool]") {
    dialogue with{ageing(6, 1)};
    with.warm();
    const slot_id old = with.borrow();
    with.give_back(old);
    with.pass(100s);
    const auto dials = with.heard(kind::dial);
    REQUIRE(dials.size() == 1);
    with.hear();
    with.pass(1s);
    CHECK(with.hear().empty());
    with.dialled(dials.front());
    CHECK(with.hear() == pool_policy::actions{order_to_close(old, eviction::lifetime)});
}

TEST_CASE("one on loan that has its successor is not due again", "[pool]") {
    dialogue with{ageing(3, 1)};
    with.warm();
    with.borrow();
    with.pass(100s);
    with.settle();
    REQUIRE(with.policy.count().retired_for_age == 1);
    with.pass(1s);
    CHECK(with.hear().empty());
    CHECK(with.policy.count().retired_for_age == 1);
}

TEST_CASE("a successor whose dial failed is dialled again when the pause is over", "[pool]") {
    dialogue with{ageing(3, 1)};
    with.warm();
    with.pass(100s);
    REQUIRE(with.heard(kind::dial).size() == 1);
    with.failed(with.heard(kind::dial).front());
    with.hear();
    with.pass(1ms);
    CHECK(with.hear().empty());
    const auto pause = with.policy.wake_at() - with.now;
    CHECK(pause < 100ms);
    with.now += pause;
    with.pass(0ms);
    CHECK(with.heard(kind::dial).size() == 1);
}

TEST_CASE("after a failure one successor is dialled for all that are due", "[pool]") {
    dialogue with{ageing(10, 5)};
    with.warm();
    with.pass(100s);
    const auto dials = with.heard(kind::dial);
    REQUIRE(dials.size() == 5);
    with.hear();
    for (const slot_id one : dials)
        with.failed(one);
    with.pass(1s);
    CHECK(with.heard(kind::dial).size() == 1);
}

TEST_CASE("one on loan that is to go is nobody's successor", "[pool]") {
    dialogue with{ageing(6, 2)};
    with.warm();
    with.borrow();
    with.borrow();
    with.pass(100s);
    const auto dials = with.heard(kind::dial);
    REQUIRE(dials.size() == 2);
    with.dialled(dials[0]);
    CHECK(with.policy.count().retired_for_age == 1);
    with.dialled(dials[1]);
    CHECK(with.policy.count().retired_for_age == 2);
}

TEST_CASE("without room for a successor a connection lives to its full age", "[pool]") {
    dialogue with{ageing(1, 1)};
    with.warm();
    with.pass(99'999ms);
    CHECK(with.hear().empty());
    CHECK(with.policy.wake_at() == with.now + 1ms);
    with.pass(1ms);
    CHECK(with.heard(kind::close).size() == 1);
}

TEST_CASE("without room for a successor one on loan is kept for who waits when it comes back",
          "[pool]") {
    dialogue with{ageing(1, 1)};
    with.warm();
    const slot_id only = with.borrow();
    with.pass(100s);
    const waiter_id waits = with.wait();
    with.give_back(only);
    CHECK(with.hear() == pool_policy::actions{{kind::lend, only, waits}});
}

TEST_CASE("while somebody waits no idle connection goes without a successor", "[pool]") {
    dialogue with{ageing(2, 2)};
    with.warm();
    with.now += 1s;
    REQUIRE(with.acquire(with.now).verdict == admission::waits);  // for one that has answered since
    const slot_id closing = with.heard(kind::close).front();
    with.policy.closed(closing, with.now, with.said);
    with.hear();
    with.pass(100s);
    CHECK(with.hear().empty());
    with.dialled(closing);
    CHECK(with.policy.count().lent == 1);
}

TEST_CASE("all that were idle for too long above the floor go at once", "[pool]") {
    auto limits = sized(3, 1);
    limits.max_lifetime = 0ms;
    limits.max_idle_time = 240s;
    dialogue with{limits};
    with.warm();
    with.borrow();
    with.wait();
    with.wait();
    with.settle();
    for (const slot_id one : std::vector<slot_id>{0, 1, 2})
        with.give_back(one);
    with.pass(240s);
    CHECK(with.heard(kind::close) == std::vector<slot_id>{0, 1});
    CHECK(with.policy.count().retired_idle == 2);
}
