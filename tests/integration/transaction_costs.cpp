// SPDX-License-Identifier: MIT
// The table of docs/round_trips.md, counted on the wire.
#include <honeydue/batch.hpp>
#include <honeydue/query.hpp>
#include <honeydue/sql.hpp>
#include <honeydue/trace.hpp>
#include <honeydue/transaction.hpp>

#include <chrono>
#include <fstream>
#include <functional>
#include <map>
#include <string>
#include <thread>

#include <catch2/catch_test_macros.hpp>

#include "ledger.hpp"
#include "wire_proxy.hpp"

using namespace honeydue;
using namespace honeydue::support;
using namespace std::chrono_literals;

namespace {

std::map<std::string, std::uint64_t> costs_in_guide() {
    std::ifstream guide{HONEYDUE_SOURCE_DIR "/docs/round_trips.md"};
    std::map<std::string, std::uint64_t> costs;
    bool counted = false;
    for (std::string line; std::getline(guide, line);) {
        if (line == "| call | round trips |") counted = true;
        if (line.empty()) counted = counted && costs.empty();
        const auto end = line.rfind(" | ");
        const bool is_row =
            counted && line.size() > 5 && line[2] != 'c' && end != std::string::npos;
        if (is_row) costs[line.substr(2, end - 2)] = std::stoull(line.substr(end + 3));
    }
    return costs;
}

result<void> step(transaction& tx, const statement& one, const sending& how = {}) {
    auto received = tx.run(std::span{&one, 1}, how);
    if (!received) return tl::unexpected{std::move(received.error())};
    return {};
}

result<void> steps(transaction& tx, int count) {
    for (int n = 1; n <= count; ++n) {
        if (auto done = step(tx, ledger::pay(n, 1)); !done) return done;
    }
    return {};
}

result<void> last(transaction& tx) {
    return tx.commit_with(ledger::pay(4, 1)).map([](const rows&) {});
}

auto body_of(int count) {
    return [=](transaction& tx) -> result<void> {
        if (auto done = steps(tx, count); !done) return done;
        return last(tx);
    };
}

auto four(pool& db, const transaction_options& options) {
    return atomically(db, options, ledger::pay(1, 1), ledger::pay(2, 1), ledger::pay(3, 1),
                      ledger::pay(4, 1))
        .has_value();
}

using call = std::function<bool(pool&)>;

/// Each answers whether it ended as meant.
const std::map<std::string, call>& calls() {
    static const auto one = sql<"select 1">().reads().as<std::int32_t>();
    static const std::map<std::string, call> all{
        {"one select or one write", [](pool& db) { return execute(db, ledger::pay(1, 1)) == 1U; }},
        {"`together` of 3 reads", [](pool& db) { return together(db, one, one, one).has_value(); }},
        {"`batch` of 10",
         [](pool& db) {
             batch group;
             for (int n = 0; n < 10; ++n)
                 group.add(ledger::pay(1, 1));
             return group.run(db).has_value();
         }},
        {"`batch` of none", [](pool& db) { return batch{}.run(db).has_value(); }},
        {"`atomically` of 4", [](pool& db) { return four(db, {}); }},
        {"`atomically` of 4, serializable",
         [](pool& db) { return four(db, {.isolation = isolation::serializable}); }},
        {"`atomically` of 4, with a commit token",
         [](pool& db) { return four(db, {.proof = commit_proof::token}); }},
        {"`atomically` with `require`",
         [](pool& db) {
             const auto checked = require(sql<"select true">(), "the truth");
             return atomically(db, checked, ledger::pay(1, 1)).has_value();
         }},
        {"`transact`, empty body",
         [](pool& db) {
             return transact(db, [](transaction&) -> result<void> { return {}; }).has_value();
         }},
        {"`transact`, 1 step by `commit_with`",
         [](pool& db) { return transact(db, last).has_value(); }},
        {"`transact`, 3 steps, the last by `commit_with`",
         [](pool& db) { return transact(db, body_of(2)).has_value(); }},
        {"`transact`, 3 steps",
         [](pool& db) {
             return transact(db, [](transaction& tx) { return steps(tx, 3); }).has_value();
         }},
        {"`transact`, 3 steps in a savepoint, the last by `commit_with`",
         [](pool& db) {
             return transact(db,
                             [](transaction& tx) -> result<void> {
                                 auto inner = tx.savepoint([&] { return steps(tx, 2); });
                                 return inner ? last(tx) : inner;
                             })
                 .has_value();
         }},
        {"`transact`, `for_each`, then `commit_with`",
         [](pool& db) {
             return transact(db,
                             [](transaction& tx) -> result<void> {
                                 auto all_rows =
                                     for_each<std::int32_t>(tx, one, [](std::int32_t) {});
                                 return all_rows ? last(tx) : all_rows;
                             })
                 .has_value();
         }},
        {"`transact`, 2 steps and then an error",
         [](pool& db) {
             return !transact(db, [](transaction& tx) -> result<void> {
                         if (auto done = steps(tx, 2); !done) return done;
                         return fail(errc::refused, "not after all");
                     }).has_value();
         }},
        {"`transact`, 2 steps with deadlines of their own, then `commit_with`",
         [](pool& db) {
             return transact(db,
                             [](transaction& tx) -> result<void> {
                                 for (int n = 1; n <= 2; ++n) {
                                     const sending soon{std::chrono::steady_clock::now() + 5s};
                                     if (auto done = step(tx, ledger::pay(n, 1), soon); !done)
                                         return done;
                                 }
                                 return last(tx);
                             })
                 .has_value();
         }},
    };
    return all;
}

}  // namespace

TEST_CASE("the guide's table of costs is what the wire counts", "[transaction]") {
    ledger accounts;
    const auto costs = costs_in_guide();
    CHECK(costs.size() == calls().size());
    wire_proxy wire{test_environment::shared().port(), {.rtt = 20ms}};
    auto db = must(pool::open(asks_nothing(through(reach_row(), wire.port()), 2, 2)));
    for (const auto& [call, make] : calls()) {
        INFO(call);
        REQUIRE(costs.contains(call));
        const auto rolled_back = db.stats().rolled_back;
        const auto before = wire.snapshot();
        std::uint64_t waited = 0;
        {
            const round_trips counted;
            CHECK(make(db));
            waited = counted.count();
        }
        CHECK(waited == costs.at(call));
        // The pool's thread has its own, after a transaction that failed.
        while (db.stats().in_use > 0 || db.stats().open - db.stats().idle > 0)
            std::this_thread::sleep_for(1ms);
        const auto behind = db.stats().rolled_back - rolled_back;
        CHECK((wire.snapshot() - before).round_trips == costs.at(call) + behind);
    }
}
