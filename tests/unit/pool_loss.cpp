// SPDX-License-Identifier: MIT
// The pool's decisions about connections that are dead, lost or silent, and about retries.
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "pool_dialogue.hpp"

using namespace honeydue;
using namespace honeydue::test;

TEST_CASE("who was lent a dead connection goes before those who wait", "[pool]") {
    dialogue with{sized(2, 2)};
    with.warm();
    const slot_id dead = with.borrow();
    const slot_id other = with.borrow();
    const waiter_id waits = with.wait();
    with.policy.found_dead(dead, with.now, with.said);
    const waiter_id again = ++with.last_waiter;
    REQUIRE(with.policy.acquire({.who = again, .stands = standing::returning}, with.now, with.said)
                .verdict == admission::waits);
    with.hear();
    with.give_back(other);
    CHECK(with.hear() == pool_policy::actions{{kind::lend, other, again}});
    CHECK(with.policy.count().waiting == 1);
    CHECK(with.policy.give_up(waits));
}

TEST_CASE("a dead connection is closed, and the floor refilled without a caller's asking",
          "[pool]") {
    dialogue with{sized(5, 3)};
    with.warm();
    const slot_id dead = with.borrow();
    with.policy.found_dead(dead, with.now, with.said);
    CHECK(with.hear() == pool_policy::actions{order_to_close(dead, eviction::peer_closed)});
    with.policy.closed(dead, with.now, with.said);
    CHECK(with.heard(kind::dial).size() == 1);
}

TEST_CASE("a retry is lent only what has answered since", "[pool]") {
    dialogue with{sized(3, 3)};
    with.warm();
    const slot_id lost = with.borrow();
    const slot_id good = with.borrow();
    const auto failed_at = with.now += 1s;
    with.give_back(lost, condition::lost);
    SECTION("a connection that came back since will do") {
        with.now += 1s;
        with.give_back(good);
        const auto admitted = with.acquire(failed_at);
        CHECK(admitted.verdict == admission::lent);
        CHECK(admitted.slot == good);
    }
    SECTION("one that came back in that very moment will do") {
        with.give_back(good);
        CHECK(with.acquire(failed_at).verdict == admission::lent);
    }
    SECTION("idle ones will not, and others may still take them") {
        REQUIRE(with.acquire(failed_at).verdict == admission::waits);
        const waiter_id retry = with.last_waiter;
        CHECK(with.acquire().verdict == admission::lent);
        with.hear();
        with.now += 1s;
        with.give_back(good);
        CHECK(with.hear() == pool_policy::actions{{kind::lend, good, retry}});
    }
}

TEST_CASE("in a full pool of unproven connections the oldest makes room for a retry", "[pool]") {
    dialogue with{sized(2, 2)};
    with.warm();
    const slot_id oldest = 1 - with.borrow();
    with.give_back(1 - oldest);
    with.now += 1s;
    REQUIRE(with.acquire(with.now).verdict == admission::waits);
    const waiter_id retry = with.last_waiter;
    const auto closing = with.heard(kind::close);
    REQUIRE(closing == std::vector{oldest});
    with.hear();
    with.policy.closed(closing.front(), with.now, with.said);
    CHECK(with.hear() == pool_policy::actions{{kind::dial, closing.front()}});
    with.dialled(closing.front());
    CHECK(with.hear() == pool_policy::actions{{kind::lend, closing.front(), retry}});
}

TEST_CASE("one loss is that connection's own, two in a second purge what has not answered since",
          "[pool]") {
    dialogue with{sized(5, 5)};
    with.warm();
    const slot_id a = with.borrow();
    const slot_id b = with.borrow();
    with.now += 10s;
    with.give_back(a, condition::lost);
    CHECK(with.heard(kind::close).size() == 1);
    with.hear();
    with.now += 500ms;
    with.give_back(b, condition::lost);
    CHECK(with.heard(kind::close).size() == 4);
    CHECK(with.policy.count().purged == 3);
}

TEST_CASE("two losses far apart purge nothing", "[pool]") {
    dialogue with{sized(5, 5)};
    with.warm();
    const slot_id a = with.borrow();
    const slot_id b = with.borrow();
    with.now += 10s;
    with.give_back(a, condition::lost);
    with.now += 1'001ms;
    with.give_back(b, condition::lost);
    CHECK(with.policy.count().purged == 0);
}

TEST_CASE("two that fell silent in a second purge what has not answered since, as losses do",
          "[pool]") {
    dialogue with{sized(4, 4)};
    with.warm();
    const slot_id a = with.borrow();
    const slot_id b = with.borrow();
    with.now += 10s;
    with.give_back(a, condition::silent);
    CHECK(with.hear() == pool_policy::actions{order_to_close(a, eviction::silent)});
    with.now += 500ms;
    with.give_back(b, condition::silent);
    CHECK(with.policy.count().silent == 2);
    CHECK(with.policy.count().purged == 2);
    CHECK(with.policy.count().idle == 0);
}

TEST_CASE("two doubtful ones are nobody else's trouble", "[pool]") {
    dialogue with{sized(4, 4)};
    with.warm();
    const slot_id a = with.borrow();
    const slot_id b = with.borrow();
    with.now += 10s;
    with.give_back(a, condition::doubtful);
    with.give_back(b, condition::doubtful);
    CHECK(with.policy.count().purged == 0);
    CHECK(with.policy.count().idle == 2);
}

TEST_CASE("one on loan that a purge met is closed as it comes back, whatever its answer",
          "[pool]") {
    dialogue with{sized(3, 3)};
    with.warm();
    const slot_id a = with.borrow();
    const slot_id b = with.borrow();
    const slot_id c = with.borrow();
    with.now += 10s;
    with.give_back(a, condition::lost);
    with.give_back(b, condition::lost);
    with.hear();
    with.give_back(c);
    CHECK(with.hear() == pool_policy::actions{order_to_close(c, eviction::generation)});
}

TEST_CASE("a loss is measured against the one before it, not against the first ever", "[pool]") {
    dialogue with{sized(5, 5)};
    with.warm();
    const std::vector<slot_id> lent{with.borrow(), with.borrow(), with.borrow()};
    with.now += 10s;
    with.give_back(lent[0], condition::lost);
    with.now += 10s;
    with.give_back(lent[1], condition::lost);
    CHECK(with.policy.count().purged == 0);
    with.now += 1s;
    with.give_back(lent[2], condition::lost);
    CHECK(with.policy.count().purged == 2);
}

TEST_CASE("what answered in the moment of the first loss survives the purge", "[pool]") {
    dialogue with{sized(3, 3)};
    with.warm();
    const slot_id a = with.borrow();
    const slot_id b = with.borrow();
    const slot_id sound = with.borrow();
    with.now += 10s;
    with.give_back(sound);
    with.give_back(a, condition::lost);
    with.now += 500ms;
    with.give_back(b, condition::lost);
    CHECK(with.policy.count().purged == 0);
    CHECK(with.borrow() == sound);
}

TEST_CASE("one that a purge met in its rollback is closed when that has ended", "[pool]") {
    dialogue with{sized(3, 3)};
    with.warm();
    const slot_id a = with.borrow();
    const slot_id b = with.borrow();
    const slot_id c = with.borrow();
    with.now += 10s;
    with.give_back(c, condition::in_transaction);
    with.give_back(a, condition::lost);
    with.give_back(b, condition::lost);
    with.hear();
    with.policy.rolled_back(c, with.now, with.said);
    CHECK(with.hear() == pool_policy::actions{order_to_close(c, eviction::generation)});
}

TEST_CASE("who leaves for two reasons leaves for the first", "[pool]") {
    auto limits = sized(3, 0);
    limits.max_lifetime = 100s;
    dialogue with{limits};
    with.warm();
    const slot_id a = with.borrow();
    with.wait();
    with.wait();
    const auto others = with.heard(kind::dial);
    REQUIRE(others.size() == 2);
    with.settle();
    with.pass(100s);
    with.give_back(a, condition::lost);
    with.give_back(others[0], condition::lost);
    with.hear();
    with.give_back(others[1]);
    CHECK(with.hear() == pool_policy::actions{order_to_close(others[1], eviction::lifetime)});
}

TEST_CASE("each way of not being kept has its name and its count", "[pool]") {
    dialogue with{sized(4, 4)};
    with.warm();
    const auto comes_back = [&](condition how, eviction why) {
        const slot_id one = with.borrow();
        with.hear();
        with.now += 1h;
        with.give_back(one, how);
        CHECK(with.hear() == pool_policy::actions{order_to_close(one, why)});
    };
    comes_back(condition::lost, eviction::lost);
    comes_back(condition::doubtful, eviction::doubtful);
    comes_back(condition::unserved, eviction::unserved);
    with.policy.found_dead(with.borrow(), with.now, with.said);
    const auto seen = with.policy.count();
    CHECK(seen.lost == 1);
    CHECK(seen.doubtful == 1);
    CHECK(seen.unserved == 1);
    CHECK(seen.found_dead == 1);
}

TEST_CASE("a retry has nothing closed for it where a connection is coming", "[pool]") {
    dialogue with{sized(2, 2)};
    with.policy.open(with.now, with.said);
    with.dialled(with.heard(kind::dial).front());
    with.now += 1s;
    REQUIRE(with.acquire(with.now).verdict == admission::waits);
    CHECK(with.heard(kind::close).empty());
}

TEST_CASE("a retry has nothing closed for it where there is room for another", "[pool]") {
    dialogue with{sized(2, 1)};
    with.warm();
    with.now += 1s;
    REQUIRE(with.acquire(with.now).verdict == admission::waits);
    CHECK(with.heard(kind::close).empty());
    CHECK(with.heard(kind::dial).size() == 1);
}
