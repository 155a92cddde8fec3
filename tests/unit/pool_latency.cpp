// SPDX-License-Identifier: MIT
// The pool's decisions about connections that answer more slowly than the others.
#include <algorithm>
#include <chrono>
#include <functional>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "pool_dialogue.hpp"

using namespace honeydue;
using namespace honeydue::test;

namespace {

void answer(dialogue& with, slot_id at, int times, std::chrono::milliseconds took) {
    for (int i = 0; i < times; ++i)
        with.policy.answered(at, took);
}

/// Five connections that answered eight times each, and the first slot took `first`.
void answer_all(dialogue& with, std::chrono::milliseconds first,
                std::chrono::milliseconds others = 20ms) {
    for (slot_id at = 0; at < 5; ++at)
        answer(with, at, 8, at == 0 ? first : others);
}

/// Five connections, none of which is known yet.
dialogue five() {
    dialogue with{sized(5, 5)};
    with.warm();
    return with;
}

/// Leaves slot 0 as the one used last.
void use_first_last(dialogue& with) {
    std::vector<slot_id> lent;
    for (int i = 0; i < 5; ++i)
        lent.push_back(with.borrow());
    std::ranges::sort(lent, std::greater{});
    for (const slot_id at : lent)
        with.give_back(at);
}

}  // namespace

TEST_CASE("a connection that answers far more slowly than the others is passed over, then closed",
          "[pool]") {
    dialogue with{sized(5, 5)};
    with.warm();
    answer_all(with, 200ms);
    use_first_last(with);
    with.pass(1s);
    for (int i = 0; i < 3; ++i) {
        CHECK(with.heard(kind::close).empty());
        CHECK(with.borrow() != 0);
    }
    CHECK(with.policy.count().ejected == 1);
    CHECK(with.heard(kind::close) == std::vector<slot_id>{0});
}

TEST_CASE("a slow connection is lent when nothing else is idle", "[pool]") {
    dialogue with{sized(5, 5)};
    with.warm();
    answer_all(with, 200ms);
    with.pass(1s);
    std::vector<slot_id> lent;
    for (int i = 0; i < 5; ++i)
        lent.push_back(with.borrow());
    CHECK(lent.back() == 0);
}

TEST_CASE("slow by a little, once, or like many others is no outlier", "[pool]") {
    dialogue with{sized(5, 5)};
    with.warm();
    SECTION("65 ms beside 20 ms is more than three times, but not much") { answer_all(with, 65ms); }
    SECTION("250 ms beside 100 ms is much, but not three times") { answer_all(with, 250ms, 100ms); }
    SECTION("two of five are the server's doing: one at most goes") {
        answer_all(with, 200ms);
        answer(with, 1, 8, 100s);
    }
    SECTION("one answer of 300 ms among many of 20 ms is an accident") {
        answer_all(with, 20ms);
        answer(with, 0, 1, 300ms);
    }
    SECTION("those that have not answered are no measure for the others") {
        answer(with, 0, 8, 60ms);
        answer(with, 1, 8, 55ms);
    }
    use_first_last(with);
    with.pass(1s);
    CHECK(with.borrow() == 0);
}

TEST_CASE("a connection is judged by its eighth answer, all of them counting", "[pool]") {
    dialogue with = five();
    answer_all(with, 20ms);
    with.give_back(with.borrow(), condition::doubtful);
    with.settle();  // the last slot's connection is a new one
    answer(with, 4, 7, 75ms);
    with.pass(1s);
    CHECK(with.borrow() == 4);
    with.give_back(4);
    answer(with, 4, 1, 75ms);
    with.pass(1s);
    CHECK(with.borrow() != 4);
}

TEST_CASE("connections are judged once a second", "[pool]") {
    dialogue with = five();
    use_first_last(with);
    with.pass(1s);
    answer_all(with, 200ms);
    with.pass(999ms);
    CHECK(with.borrow() == 0);
    with.give_back(0);
    with.pass(1ms);
    CHECK(with.borrow() != 0);
}

TEST_CASE("a connection that has become quick again is lent again", "[pool]") {
    dialogue with = five();
    answer_all(with, 200ms);
    use_first_last(with);
    with.pass(1s);
    answer(with, 0, 100, 20ms);
    answer(with, 1, 100, 30ms);  // the slowest now, though no outlier
    with.pass(1s);
    CHECK(with.borrow() == 0);
}

TEST_CASE("connections are judged on loan as they are idle", "[pool]") {
    dialogue with = five();
    answer_all(with, 200ms);
    for (int i = 0; i < 5; ++i)
        with.borrow();
    with.pass(1s);
    for (const slot_id at : std::vector<slot_id>{4, 3, 2, 1, 0})
        with.give_back(at);
    CHECK(with.borrow() != 0);
}

TEST_CASE("one that is being closed is not judged, and its place counts as one still", "[pool]") {
    dialogue with = five();
    answer_all(with, 200ms);
    answer(with, 1, 8, 100s);
    for (int i = 0; i < 5; ++i)
        with.borrow();
    with.give_back(1, condition::doubtful);
    for (const slot_id at : std::vector<slot_id>{4, 3, 2, 0})
        with.give_back(at);
    with.pass(1s);
    CHECK(with.borrow() != 0);
}

TEST_CASE("of slow connections alone the one used last is lent first", "[pool]") {
    dialogue with{sized(10, 10)};
    with.warm();
    for (slot_id at = 0; at < 10; ++at)
        answer(with, at, 8, at < 2 ? 200ms : 20ms);
    with.pass(1s);
    for (int i = 0; i < 8; ++i)
        CHECK(with.borrow() > 1);
    CHECK(with.borrow() == 1);
    CHECK(with.borrow() == 0);
}

TEST_CASE("nothing is held against the successor of a slow connection", "[pool]") {
    dialogue with = five();
    answer_all(with, 200ms);
    use_first_last(with);
    with.pass(1s);
    for (int i = 0; i < 3; ++i)
        with.borrow();
    REQUIRE(with.heard(kind::close) == std::vector<slot_id>{0});
    with.settle();
    with.pass(1s);
    CHECK(with.borrow() == 0);
}

TEST_CASE("a look at the places says of each what it is for, since when and how it answers",
          "[pool]") {
    dialogue with{sized(6, 5)};
    with.warm();
    answer_all(with, 200ms);
    with.pass(1s);
    const slot_id lent = with.borrow();
    with.now += 250ms;
    const auto seen = with.policy.look(with.now);
    REQUIRE(seen.size() == 6);
    CHECK(seen[lent].state == slot_state::in_use);
    CHECK(seen[lent].since == 250ms);
    CHECK(seen[lent].latency == 20ms);
    CHECK(seen[0].state == slot_state::idle);
    CHECK(seen[0].since == 1250ms);
    CHECK(seen[0].latency == 200ms);
    CHECK(seen[0].slow);
    CHECK(!seen[lent].slow);
    CHECK(seen[5].state == slot_state::empty);
    CHECK(seen[5].since == 0ms);
}

TEST_CASE("a place says nothing of a connection's answers before the first, nor after its end",
          "[pool]") {
    dialogue with{sized(1, 1)};
    with.policy.open(with.now, with.said);
    CHECK(with.policy.look(with.now)[0].state == slot_state::connecting);
    with.settle();
    CHECK(!with.policy.look(with.now)[0].latency);
    answer(with, 0, 1, 20ms);
    CHECK(with.policy.look(with.now)[0].latency == 20ms);
    with.give_back(with.borrow(), condition::doubtful);
    CHECK(with.policy.look(with.now)[0].state == slot_state::closing);
    with.policy.closed(0, with.now, with.said);
    CHECK(!with.policy.look(with.now)[0].latency);
}
