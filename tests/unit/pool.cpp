// SPDX-License-Identifier: MIT
// The pool's decisions as dialogues on a virtual clock: who is lent what, and who waits.
#include <algorithm>
#include <random>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "pool_dialogue.hpp"

using namespace honeydue;
using namespace honeydue::test;

TEST_CASE("warm-up dials the floor all at once", "[pool]") {
    dialogue with{sized(25, 20)};
    with.policy.open(with.now, with.said);
    CHECK(with.heard(kind::dial).size() == 20);
}

TEST_CASE("the connection used last is lent first", "[pool]") {
    dialogue with{sized(3, 3)};
    with.warm();
    const slot_id a = with.borrow();
    const slot_id b = with.borrow();
    with.give_back(a);
    with.give_back(b);
    CHECK(with.borrow() == b);
    CHECK(with.borrow() == a);
}

TEST_CASE("a waiter is served before a newcomer, and waiters in the order they came", "[pool]") {
    dialogue with{sized(1, 1)};
    with.warm();
    const slot_id only = with.borrow();
    const waiter_id first = with.wait();
    const waiter_id second = with.wait();
    with.give_back(only);
    CHECK(with.hear() == pool_policy::actions{{kind::lend, only, first}});
    with.wait();  // the newcomer finds nothing idle
    with.give_back(only);
    CHECK(with.hear() == pool_policy::actions{{kind::lend, only, second}});
}

TEST_CASE("a waiter takes whichever comes first, and the new connection goes idle", "[pool]") {
    dialogue with{sized(2, 1)};
    with.warm();
    const slot_id lent = with.borrow();
    const waiter_id waits = with.wait();
    const auto dials = with.heard(kind::dial);
    REQUIRE(dials.size() == 1);
    with.hear();
    with.give_back(lent);
    CHECK(with.hear() == pool_policy::actions{{kind::lend, lent, waits}});
    with.dialled(dials.front());
    CHECK(with.policy.count().idle == 1);
}

TEST_CASE("a waiter that gives up leaves its dial running", "[pool]") {
    dialogue with{sized(2, 1)};
    with.warm();
    with.borrow();
    const waiter_id waits = with.wait();
    const auto dials = with.heard(kind::dial);
    CHECK(with.policy.give_up(waits));
    CHECK_FALSE(with.policy.give_up(waits));
    with.hear();
    with.dialled(dials.front());
    CHECK(with.hear().empty());
    CHECK(with.policy.count().idle == 1);
    CHECK(with.policy.count().waiting == 0);
}

TEST_CASE("a waiter that was served in the moment it gives up is told so", "[pool]") {
    dialogue with{sized(1, 1)};
    with.warm();
    const slot_id only = with.borrow();
    const waiter_id waits = with.wait();
    with.give_back(only);
    CHECK_FALSE(with.policy.give_up(waits));
}

TEST_CASE("a full queue turns callers away at once", "[pool]") {
    auto limits = sized(1, 1);
    limits.queue = 2;
    dialogue with{limits};
    with.warm();
    with.borrow();
    with.wait();
    with.wait();
    CHECK(with.acquire().verdict == admission::overloaded);
}

TEST_CASE("an open transaction is rolled back before the connection is lent again", "[pool]") {
    dialogue with{sized(1, 1)};
    with.warm();
    const slot_id only = with.borrow();
    const waiter_id waits = with.wait();
    with.give_back(only, condition::in_transaction);
    CHECK(with.hear() == pool_policy::actions{{kind::roll_back, only}});
    with.policy.rolled_back(only, with.now, with.said);
    CHECK(with.hear() == pool_policy::actions{{kind::lend, only, waits}});
}

TEST_CASE("a doubtful connection is never lent again", "[pool]") {
    dialogue with{sized(1, 1)};
    with.warm();
    const slot_id only = with.borrow();
    with.give_back(only, condition::doubtful);
    CHECK(with.hear() == pool_policy::actions{order_to_close(only, eviction::doubtful)});
    CHECK(with.acquire().verdict == admission::waits);
}

TEST_CASE("a connection kept on loan is warned about once a loan", "[pool]") {
    auto limits = sized(2, 2);
    limits.leak_after = 60s;
    dialogue with{limits};
    with.warm();
    const slot_id kept = with.borrow();
    with.pass(59s);
    CHECK(with.heard(kind::warn_held).empty());
    CHECK(with.policy.wake_at() <= with.now + 1s);
    with.pass(1s);
    CHECK(with.heard(kind::warn_held) == std::vector{kept});
    with.hear();
    with.pass(60s);
    CHECK(with.heard(kind::warn_held).empty());
    with.give_back(kept);
    REQUIRE(with.borrow() == kept);
    with.pass(60s);
    CHECK(with.heard(kind::warn_held) == std::vector{kept});
    CHECK(with.policy.count().held_too_long == 2);
}

TEST_CASE("without a time for it nothing kept on loan is warned about", "[pool]") {
    dialogue with{sized(1, 1)};
    with.warm();
    with.borrow();
    with.pass(24h);
    CHECK(with.heard(kind::warn_held).empty());
}

TEST_CASE("a connection is never lent twice nor forgotten, whatever happens in whatever order",
          "[pool]") {
    std::minstd_rand random{7};
    const auto pick = [&](std::size_t below) { return static_cast<std::size_t>(random() % below); };
    auto limits = sized(6, 3);
    limits.max_lifetime = 20s;
    limits.max_idle_time = 10s;
    dialogue with{limits};
    with.policy.open(with.now, with.said);
    std::vector<slot_id> lent;
    std::vector<slot_id> connecting;
    std::vector<slot_id> closing;
    std::vector<slot_id> rolling;
    const auto take = [&](std::vector<slot_id>& from) {
        const auto at = from.begin() + static_cast<std::ptrdiff_t>(pick(from.size()));
        const slot_id one = *at;
        from.erase(at);
        return one;
    };
    for (int step = 0; step < 200'000; ++step) {
        with.now += std::chrono::milliseconds{pick(50)};
        switch (pick(9)) {
            case 0:
            case 1:
                if (const auto got = with.acquire(); got.verdict == admission::lent)
                    lent.push_back(got.slot);
                break;
            case 2:
            case 3:
                if (!lent.empty()) {
                    with.give_back(take(lent), pick(8) == 0 ? static_cast<condition>(pick(4))
                                                            : condition::clean);
                }
                break;
            case 4:
                if (!connecting.empty())
                    pick(5) == 0 ? with.failed(take(connecting)) : with.dialled(take(connecting));
                break;
            case 5:
                if (!closing.empty()) with.policy.closed(take(closing), with.now, with.said);
                break;
            case 6:
                if (!rolling.empty()) with.policy.rolled_back(take(rolling), with.now, with.said);
                break;
            case 7:
                if (with.last_waiter > 0)
                    (void)with.policy.give_up(with.last_waiter - pick(with.last_waiter));
                break;
            default:
                with.pass(0ms);
        }
        for (const pool_action& one : with.hear()) {
            if (one.what == kind::dial) connecting.push_back(one.slot);
            if (one.what == kind::close) closing.push_back(one.slot);
            if (one.what == kind::roll_back) rolling.push_back(one.slot);
            if (one.what == kind::lend) lent.push_back(one.slot);
        }
        const auto seen = with.policy.count();
        auto unique = lent;
        std::ranges::sort(unique);
        if (std::ranges::adjacent_find(unique) != unique.end() || seen.lent != lent.size() ||
            seen.connecting != connecting.size() || seen.closing != closing.size() ||
            seen.rolling_back != rolling.size() || seen.open() + seen.connecting > 6 ||
            (seen.idle > 0 && seen.waiting > 0)) {
            FAIL("step " << step << ": " << seen.lent << " lent, " << lent.size() << " known");
        }
    }
    CHECK(with.policy.count().retired_for_age > 0);
}

TEST_CASE("three who wait in vain leave no trace, and what comes back later goes idle", "[pool]") {
    dialogue with{sized(1, 1)};
    with.warm();
    const slot_id held = with.borrow();
    const std::vector<waiter_id> waiting{with.wait(), with.wait(), with.wait()};
    for (const waiter_id one : waiting)
        CHECK(with.policy.give_up(one));
    CHECK(with.policy.count().waiting == 0);
    with.give_back(held);
    CHECK(with.hear().empty());
    CHECK(with.policy.count().idle == 1);
}

TEST_CASE("how long connections were held is added up as they come back", "[pool]") {
    dialogue with{sized(2, 2)};
    with.warm();
    const slot_id first = with.borrow();
    with.now += 3s;
    const slot_id second = with.borrow();
    with.now += 2s;
    with.give_back(first);
    CHECK(with.policy.count().use == 5s);
    with.give_back(second);
    CHECK(with.policy.count().use == 7s);
}

TEST_CASE("the time of a rollback is no part of the loan before it", "[pool]") {
    dialogue with{sized(1, 1)};
    with.warm();
    const slot_id only = with.borrow();
    with.now += 3s;
    with.give_back(only, condition::in_transaction);
    with.now += 2s;
    with.policy.rolled_back(only, with.now, with.said);
    CHECK(with.policy.count().use == 3s);
}

TEST_CASE("a connection that is handed on is warned about anew", "[pool]") {
    auto limits = sized(1, 1);
    limits.leak_after = 60s;
    dialogue with{limits};
    with.warm();
    const slot_id only = with.borrow();
    with.wait();
    with.pass(60s);
    with.give_back(only);
    with.hear();
    with.pass(60s);
    CHECK(with.heard(kind::warn_held) == std::vector{only});
}

TEST_CASE("the oldest loan is known as long as it lasts", "[pool]") {
    dialogue with{sized(3, 3)};
    with.warm();
    const slot_id newer = with.borrow();
    with.now += 1s;
    const auto since = with.now;
    const slot_id oldest = with.borrow();
    with.give_back(newer);
    with.now += 1s;
    REQUIRE(with.borrow() == newer);
    CHECK(with.policy.count().lent_longest_since == since);
    with.give_back(oldest);
    CHECK(with.policy.count().lent_longest_since == with.now);
    with.give_back(newer);
    CHECK(with.policy.count().lent_longest_since == dialogue::time_point::max());
}
