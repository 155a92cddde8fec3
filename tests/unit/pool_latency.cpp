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

/// Five connections that answered eight times each, and the first slot took `first`.
void answer_all(dialogue& with, std::chrono::milliseconds first) {
    for (slot_id at = 0; at < 5; ++at) {
        for (int i = 0; i < 8; ++i)
            with.policy.answered(at, at == 0 ? first : 20ms);
    }
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

TEST_CASE("slower by less than 50 ms, or when many are slow, is no outlier", "[pool]") {
    dialogue with{sized(5, 5)};
    with.warm();
    SECTION("65 ms beside 20 ms is more than three times, but not much") { answer_all(with, 65ms); }
    SECTION("two of five are the server's doing: one at most goes") {
        answer_all(with, 200ms);
        for (int i = 0; i < 8; ++i)
            with.policy.answered(1, 100s);
    }
    use_first_last(with);
    with.pass(1s);
    CHECK(with.borrow() == 0);
}
