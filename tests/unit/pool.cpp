// SPDX-License-Identifier: MIT
// The pool's decisions as dialogues on a virtual clock, its configuration, and Go's durations.
#include <honeydue/pool.hpp>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "go_duration.hpp"
#include "handshake_error.hpp"
#include "pool_policy.hpp"
#include "warm_up.hpp"

using namespace honeydue;
using namespace std::chrono_literals;
using kind = pool_action::kind;

namespace {

/// A policy, its clock, and the side that does what it says.
struct dialogue {
    using time_point = pool_policy::time_point;

    explicit dialogue(const pool_limits& limits) : policy{limits, 1} {}

    pool_policy policy;
    time_point now{std::chrono::hours{1}};
    pool_policy::actions said;
    waiter_id last_waiter = 0;

    /// What was said since the last time.
    pool_policy::actions hear() { return std::exchange(said, {}); }

    [[nodiscard]] std::vector<slot_id> heard(kind what) const {
        std::vector<slot_id> slots;
        for (const pool_action& one : said) {
            if (one.what == what) slots.push_back(one.slot);
        }
        return slots;
    }

    pool_policy::admitted acquire(time_point proven_since = time_point::min()) {
        return policy.acquire({.who = ++last_waiter, .proven_since = proven_since}, now, said);
    }
    slot_id borrow() {
        const auto admitted = acquire();
        REQUIRE(admitted.verdict == admission::lent);
        return admitted.slot;
    }
    waiter_id wait() {
        REQUIRE(acquire().verdict == admission::waits);
        return last_waiter;
    }
    void give_back(slot_id slot, condition how = condition::clean) {
        policy.give_back(slot, how, now, said);
    }
    void dialled(slot_id slot) { policy.dialled(slot, now, said); }
    void failed(slot_id slot, dial_fault why = dial_fault::other) {
        policy.dial_failed(slot, why, now, said);
    }
    void pass(std::chrono::milliseconds time) {
        now += time;
        policy.tick(now, said);
    }

    /// Opens the pool, and lets every dial and close come true at once.
    void warm() {
        policy.open(now, said);
        settle();
    }
    void settle() {
        for (auto todo = hear(); !todo.empty(); todo = hear()) {
            for (const pool_action& one : todo) {
                if (one.what == kind::dial) dialled(one.slot);
                if (one.what == kind::close) policy.closed(one.slot, now, said);
            }
        }
    }
};

pool_limits sized(std::size_t max_open, std::size_t min_idle) {
    pool_limits limits;
    limits.max_open = max_open;
    limits.min_idle = min_idle;
    limits.queue = 8 * max_open;
    limits.leak_after = 0ms;
    limits.probes = false;
    return limits;
}

}  // namespace

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

TEST_CASE("no more dials are under way than callers wait, and never above the ceiling", "[pool]") {
    dialogue with{sized(3, 0)};
    with.warm();
    with.borrow();
    with.wait();
    CHECK(with.heard(kind::dial).size() == 1);
    with.wait();
    with.wait();
    CHECK(with.heard(kind::dial).size() == 2);
    CHECK(with.policy.count().connecting == 2);
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
    CHECK(with.hear() == pool_policy::actions{{kind::close, dead}});
    with.policy.closed(dead, with.now, with.said);
    CHECK(with.heard(kind::dial).size() == 1);
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
    CHECK(with.hear() == pool_policy::actions{{kind::close, only}});
    CHECK(with.acquire().verdict == admission::waits);
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
    with.now += 1s;
    REQUIRE(with.acquire(with.now).verdict == admission::waits);
    const waiter_id retry = with.last_waiter;
    const auto closing = with.heard(kind::close);
    REQUIRE(closing.size() == 1);
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
    with.now += 2s;
    with.give_back(b, condition::lost);
    CHECK(with.policy.count().purged == 0);
}

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
    CHECK(with.hear() == pool_policy::actions{{kind::close, only}});
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
    CHECK(with.hear() == pool_policy::actions{{kind::close, aged}});
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
    CHECK(with.hear() == pool_policy::actions{{kind::close, lent.front()}});
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

TEST_CASE("after a failure there is one prober, later each time, and success lets more and more in",
          "[pool]") {
    dialogue with{sized(8, 8)};
    with.policy.open(with.now, with.said);
    const auto all = with.heard(kind::dial);
    with.hear();
    with.now += 100ms;
    for (const slot_id one : all)
        with.failed(one);
    CHECK(with.hear().empty());  // eight failures, one wave: nothing is dialled at once

    std::chrono::nanoseconds waited{};
    for (int failure = 0; failure < 12; ++failure) {
        const auto next = with.policy.wake_at();
        waited = next - with.now;
        CHECK(waited > 0ns);
        CHECK(waited <= 15s);
        with.now = next;
        with.policy.tick(with.now, with.said);
        const auto probe = with.heard(kind::dial);
        REQUIRE(probe.size() == 1);
        with.hear();
        with.now += 10ms;
        with.failed(probe.front());
    }
    with.now = with.policy.wake_at();
    with.policy.tick(with.now, with.said);
    with.dialled(with.heard(kind::dial).front());
    CHECK(with.heard(kind::dial).size() == 3);  // the prober, then two
    with.hear();
}

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
    with.policy.close(with.said);
    CHECK(with.hear() == pool_policy::actions{{kind::refuse, 0, waits}, {kind::close, dials[1]}});
    CHECK(with.acquire().verdict == admission::closed);
    with.give_back(lent);
    CHECK(with.hear() == pool_policy::actions{{kind::close, lent}});
}

TEST_CASE("the server's limit lowers what is opened, and quiet raises it again one by one",
          "[pool]") {
    dialogue with{sized(20, 10)};
    with.warm();
    CHECK(with.policy.count().effective_max == 20);
    for (int i = 0; i < 14; ++i)
        with.acquire();
    const auto dials = with.heard(kind::dial);
    REQUIRE(dials.size() == 4);
    with.now += 5ms;
    for (const slot_id slot : dials) {
        with.failed(slot, dial_fault::limit);
        with.now += 1ms;
    }
    CHECK(with.policy.count().effective_max == 14);  // four refusals at once are one
    with.hear();
    with.pass(29s);
    for (const slot_id slot : with.heard(kind::dial))
        with.dialled(slot);
    CHECK(with.policy.count().effective_max == 14);
    with.pass(1'004ms);
    CHECK(with.policy.count().effective_max == 15);
    for (int i = 0; i < 10; ++i)
        with.pass(30s);
    CHECK(with.policy.count().effective_max == 20);
}

TEST_CASE("at the server's limit the pool dials no further, whoever waits", "[pool]") {
    dialogue with{sized(3, 2)};
    with.warm();
    with.borrow();
    with.borrow();
    with.wait();
    const auto dials = with.heard(kind::dial);
    REQUIRE(dials.size() == 1);
    with.hear();
    with.failed(dials.front(), dial_fault::limit);
    with.pass(20s);
    CHECK(with.heard(kind::dial).empty());
    with.pass(10s);
    CHECK(with.heard(kind::dial).size() == 1);
}

TEST_CASE("a pool that uses little of what it may does not raise it", "[pool]") {
    dialogue with{sized(20, 2)};
    with.warm();
    for (int i = 0; i < 3; ++i)
        with.acquire();
    with.failed(with.heard(kind::dial).front(), dial_fault::limit);
    with.pass(100s);
    CHECK(with.policy.count().effective_max == 14);
}

TEST_CASE("the server's limit is never taken for less than two connections", "[pool]") {
    dialogue with{sized(2, 0)};
    with.policy.open(with.now, with.said);
    with.failed(with.heard(kind::dial).front(), dial_fault::limit);
    CHECK(with.policy.count().effective_max == 2);
    dialogue alone{sized(1, 0)};
    alone.policy.open(alone.now, alone.said);
    alone.failed(alone.heard(kind::dial).front(), dial_fault::limit);
    CHECK(alone.policy.count().effective_max == 1);
}

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

TEST_CASE("a warm-up is warm when all are there", "[pool]") {
    const warm_up::time_point start{1h};
    warm_up warming{2, start, 10s};
    warming.dialled(start + 1s);
    CHECK(warming.look(start + 1s) == warm_up::verdict::goes_on);
    warming.dialled(start + 2s);
    CHECK(warming.look(start + 2s) == warm_up::verdict::warm);
    CHECK(warming.report() == "requested=2 warmed=2 failed=0 first_ms=1000 all_ms=2000");
}

TEST_CASE("a warm-up with some failures is partly warm, and says why", "[pool]") {
    const warm_up::time_point start{1h};
    warm_up warming{3, start, 10s};
    warming.dialled(start + 1s);
    warming.failed({errc::connect, "cannot reach a:1"});
    CHECK(warming.look(start + 1s) == warm_up::verdict::goes_on);
    warming.dialled(start + 1s);
    CHECK(warming.look(start + 1s) == warm_up::verdict::partly);
    CHECK(warming.report().find("requested=3 warmed=2") != std::string::npos);
    CHECK(warming.report().find("cannot reach a:1") != std::string::npos);
}

TEST_CASE("a warm-up goes on while a server may still come up, until its time is over", "[pool]") {
    const warm_up::time_point start{1h};
    warm_up warming{1, start, 10s};
    for (int i = 0; i < 5; ++i)
        warming.failed({errc::connect, "cannot reach a:1"});
    CHECK(warming.look(start + 9s) == warm_up::verdict::goes_on);
    CHECK(warming.look(start + 10s) == warm_up::verdict::failed);
}

TEST_CASE("a permanent failure ends a warm-up at once, and is the one reported", "[pool]") {
    const warm_up::time_point start{1h};
    const errc code = GENERATE(errc::authentication, errc::tls, errc::configuration);
    warm_up warming{20, start, 10s};
    warming.dialled(start);
    warming.failed({code, "for good"});
    warming.failed({errc::connect, "cannot reach a:1"});
    CHECK(warming.look(start) == warm_up::verdict::failed);
    CHECK(warming.why()->message() == "for good");
}

TEST_CASE("durations are read as Go reads them", "[pool]") {
    struct reading {
        const char* text;
        std::chrono::nanoseconds value;
    };
    // Of Go's own table, src/time/time_test.go.
    const auto one = GENERATE(values<reading>({
        {"0", 0s},
        {"5s", 5s},
        {"30s", 30s},
        {"1478s", 1478s},
        {"-5s", -5s},
        {"+5s", 5s},
        {"-0", 0s},
        {"+0", 0s},
        {"5.0s", 5s},
        {"5.6s", 5600ms},
        {"5.s", 5s},
        {".5s", 500ms},
        {"1.0s", 1s},
        {"1.00s", 1s},
        {"1.004s", 1004ms},
        {"1.0040s", 1004ms},
        {"100.00100s", 100'001ms},
        {"10ns", 10ns},
        {"11us", 11us},
        {"12\u00b5s", 12us},
        {"12\u03bcs", 12us},
        {"13ms", 13ms},
        {"14s", 14s},
        {"15m", 15min},
        {"16h", 16h},
        {"3h30m", 210min},
        {"10.5s4m", 4min + 10500ms},
        {"-2m3.4s", -(2min + 3400ms)},
        {"1h2m3s4ms5us6ns", 1h + 2min + 3s + 4ms + 5us + 6ns},
        {"39h9m14.425s", 39h + 9min + 14425ms},
        {"52763797000ns", 52763797000ns},
        {"0.3333333333333333333h", 20min},
        {"9007199254740993ns", 9007199254740993ns},
        {"9223372036854775807ns", 9223372036854775807ns},
        {"9223372036854775.807us", 9223372036854775807ns},
        {"9223372036s854ms775us807ns", 9223372036854775807ns},
        {"-9223372036854775807ns", -9223372036854775807ns},
        {"0.100000000000000000000h", 6min},
        {"0.830103483285477580700h", 49min + 48s + 372539827ns},
        {"1800s", 30min},
        {"0s", 0s},
        {"1h30m", 90min},
        {"1.5h", 90min},
        {"300ms", 300ms},
    }));
    CAPTURE(one.text);
    CHECK(parse_go_duration(one.text) == one.value);
}

TEST_CASE("what Go does not read as a duration is refused", "[pool]") {
    const auto* text = GENERATE(
        "", "3", "-", "s", ".", "-.", ".s", "+.s", "1d", " 5s", "5s ", "5 s", "1800", "30min",
        "1e3s", "9223372036854775810ns", "9223372036854775808ns", "-9223372036854775809ns",
        "9223372036854776us", "3000000h", "0x5s", "\x85\x85", "5S", "1h-30m");
    CAPTURE(text);
    CHECK_FALSE(parse_go_duration(text));
}

namespace {

/// Sets variables for the length of a test, over an environment that has none of ours.
class environment {
public:
    environment() {
        for (const char* one :
             {"DB_HOST", "DB_PORT", "POSTGRES_USER", "POSTGRES_PASSWORD", "POSTGRES_DB",
              "DB_SSLMODE", "DB_SSLROOTCERT", "DATABASE_URL", "DB_MAX_OPEN_CONNS",
              "DB_MAX_IDLE_CONNS", "DB_MAX_LIFETIME", "DB_MAX_IDLE_TIME"}) {
            ::unsetenv(one);
        }
        set("DB_HOST", "db.example");
        set("POSTGRES_USER", "app");
        set("POSTGRES_PASSWORD", "s3cret");
        set("POSTGRES_DB", "honeyDue");
    }
    static void set(const char* name, const char* value) { ::setenv(name, value, 1); }
};

std::string complaint(const result<void>& checked) {
    return checked ? "" : checked.error().message();
}

}  // namespace

TEST_CASE("a pool's defaults are those of the service it replaces", "[pool]") {
    const environment variables;
    const auto config = pool_config::from_env();
    REQUIRE(config.check());
    CHECK(config.max_open == 25);
    CHECK(config.min_idle == 20);
    CHECK(config.max_lifetime == 1800s);
    CHECK(config.max_idle_time == 240s);
    CHECK(config.server.host == "db.example");
}

TEST_CASE("a pool reads its variables", "[pool]") {
    environment variables;
    variables.set("DB_MAX_OPEN_CONNS", "10");
    variables.set("DB_MAX_IDLE_CONNS", "5");
    variables.set("DB_MAX_LIFETIME", "1h30m");
    variables.set("DB_MAX_IDLE_TIME", "0s");
    const auto config = pool_config::from_env();
    REQUIRE(config.check());
    CHECK(config.max_open == 10);
    CHECK(config.min_idle == 5);
    CHECK(config.max_lifetime == 90min);
    CHECK(config.max_idle_time == 0s);
}

TEST_CASE("a small ceiling lowers the floor that nobody asked for", "[pool]") {
    environment variables;
    variables.set("DB_MAX_OPEN_CONNS", "3");
    const auto config = pool_config::from_env();
    REQUIRE(config.check());
    CHECK(config.min_idle == 3);
}

TEST_CASE(
    "a variable that cannot be is refused by its name, with the cure, and without the password",
    "[pool]") {
    struct wrong {
        const char* name;
        const char* value;
        const char* cure;
    };
    const auto one = GENERATE(values<wrong>({
        {"DB_MAX_LIFETIME", "1800", "such as 1800s"},
        {"DB_MAX_LIFETIME", "-5s", "0s for never"},
        {"DB_MAX_IDLE_TIME", "soon", "such as 1800s"},
        {"DB_MAX_IDLE_TIME", "1ns", "100ms or more"},
        {"DB_MAX_OPEN_CONNS", "many", "a whole number"},
        {"DB_MAX_OPEN_CONNS", "-1", "a whole number"},
        {"DB_MAX_OPEN_CONNS", "0", "1 to 1000"},
        {"DB_MAX_OPEN_CONNS", "1001", "1 to 1000"},
        {"DB_MAX_IDLE_CONNS", "2.5", "a whole number"},
        {"DB_MAX_IDLE_CONNS", "26", "DB_MAX_OPEN_CONNS"},
    }));
    environment variables;
    variables.set(one.name, one.value);
    const auto config = pool_config::from_env();
    const auto checked = config.check();
    REQUIRE_FALSE(checked);
    CHECK(checked.error().code() == errc::configuration);
    const std::string said = explain(checked.error());
    CAPTURE(said);
    CHECK(said.find(one.name) != std::string::npos);
    CHECK(said.find(one.cure) != std::string::npos);
    CHECK(said.find("s3cret") == std::string::npos);
    CHECK(pool::open(config).error().message() == checked.error().message());
}

TEST_CASE("a field out of bounds is refused by its name", "[pool]") {
    const environment variables;
    auto config = pool_config::from_env();
    SECTION("acquire_timeout") {
        config.acquire_timeout = 0ms;
        CHECK(complaint(config.check()).find("acquire_timeout") != std::string::npos);
    }
    SECTION("answer_timeout") {
        config.answer_timeout = 2h;
        CHECK(complaint(config.check()).find("answer_timeout") != std::string::npos);
    }
    SECTION("warm_up_timeout") {
        config.warm_up_timeout = -1ms;
        CHECK(complaint(config.check()).find("warm_up_timeout") != std::string::npos);
    }
    SECTION("leak_after") {
        config.leak_after = -1ms;
        CHECK(complaint(config.check()).find("leak_after") != std::string::npos);
    }
    SECTION("budget.server_limit") {
        config.budget = pool_budget{};
        CHECK(complaint(config.check()).find("budget.server_limit is 0") != std::string::npos);
    }
    SECTION("budget.reserved") {
        config.budget = pool_budget{.server_limit = 100, .reserved = 100'001};
        CHECK(complaint(config.check()).find("budget.reserved") != std::string::npos);
    }
    SECTION("budget.replicas") {
        config.budget = pool_budget{.server_limit = 100, .replicas = 0};
        CHECK(complaint(config.check()).find("budget.replicas is 0") != std::string::npos);
    }
    SECTION("budget.surge") {
        config.budget = pool_budget{.server_limit = 100, .surge = 10'001};
        CHECK(complaint(config.check()).find("budget.surge") != std::string::npos);
    }
    SECTION("lifetime_jitter") {
        config.lifetime_jitter = 91;
        CHECK(complaint(config.check()).find("lifetime_jitter") != std::string::npos);
    }
    SECTION("queue") {
        config.queue = 100'001;
        CHECK(complaint(config.check()).find("queue") != std::string::npos);
    }
    SECTION("max_lifetime") {
        config.max_lifetime = 5ms;
        CHECK(complaint(config.check()).find("max_lifetime") != std::string::npos);
    }
    SECTION("the endpoint's") {
        config.server.port = 0;
        CHECK(complaint(config.check()).find("port") != std::string::npos);
    }
}

TEST_CASE("a budget shares the server among replicas and those of a deployment", "[pool]") {
    const environment variables;
    auto config = pool_config::from_env();
    config.budget = pool_budget{.server_limit = 100, .replicas = 4};
    const auto settled = config.settled();
    REQUIRE(settled);
    CHECK(settled->max_open == 17);
    CHECK(settled->min_idle == 17);
    config.min_idle = 5;
    CHECK(config.settled()->min_idle == 5);
}

TEST_CASE("a budget that leaves no connection for a replica is refused", "[pool]") {
    const environment variables;
    auto config = pool_config::from_env();
    config.budget = pool_budget{.server_limit = 15, .reserved = 15};
    CHECK(complaint(config.check()).find("budget leaves nothing") != std::string::npos);
    config.budget = pool_budget{.server_limit = 20, .reserved = 15, .replicas = 5};
    CHECK(complaint(config.check()).find("budget leaves nothing") != std::string::npos);
    config.budget->surge = 0;
    CHECK(config.settled()->max_open == 1);
}

TEST_CASE("only the server's want of room counts as its limit", "[pool]") {
    const endpoint to{.host = "db", .user = "u", .database = "d"};
    const auto is_limit = [&](std::string_view said) {
        return is_connection_limit(handshake_error(to, handshake_phase::startup, said));
    };
    CHECK(is_limit("FATAL:  53300: sorry, too many clients already"));
    CHECK(is_limit("FATAL:  08P01: no more connections allowed (max_client_conn)"));
    CHECK(is_limit("FATAL:  08P01: client connections exceeded (max_user_client_connections)"));
    CHECK_FALSE(is_limit("FATAL:  57P03: the database system is starting up"));
    CHECK_FALSE(is_limit("Connection refused"));
}

TEST_CASE("a pool's numbers carry OpenTelemetry's names, and seconds for times", "[pool]") {
    pool_stats stats;
    stats.idle = 3;
    stats.in_use = 2;
    stats.ejected = 7;
    stats.tcp_round_trip = 220ms;
    const auto all = metrics(stats);
    const auto value = [&](std::string_view name, std::string_view attributes) {
        const auto found = std::ranges::find_if(all, [&](const metric& one) {
            return one.name == name && one.attributes == attributes;
        });
        REQUIRE(found != all.end());
        return found->value;
    };
    CHECK(value("db.client.connection.count", "db.client.connection.state=idle") == 3.0);
    CHECK(value("db.client.connection.count", "db.client.connection.state=used") == 2.0);
    CHECK(value("honeydue.pool.evictions", "reason=slow") == 7.0);
    CHECK(value("honeydue.pool.tcp_round_trip", "") == 0.22);
    CHECK(all.size() == metrics({}).size());
}
