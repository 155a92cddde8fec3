// SPDX-License-Identifier: MIT
// Accounts, and the ways to move money between them: each leaves one row that says it was done.
#pragma once

#include "verdicts.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <random>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <honeydue/batch.hpp>
#include <honeydue/pool.hpp>
#include <honeydue/transaction.hpp>

namespace honeydue::chaos {

inline constexpr int accounts = 64;
inline constexpr std::chrono::milliseconds patience{3'000};

// Without a key on the transfers: one done twice is to be seen. Whether the receiver is there is
// looked at when all else is done.
inline constexpr const char* bank_tables[] = {
    "create table chaos_account (id integer primary key, balance bigint not null)",
    "create table chaos_transfer (id bigint not null, amount bigint not null)",
    ("alter table chaos_transfer add to_id integer references chaos_account deferrable "
     "initially deferred"),
    "insert into chaos_account select n, 1000 from generate_series(1, 64) n",
};

struct order {
    std::int64_t id;
    int from;
    int to;
    std::int64_t amount;
    int noted_to;
};

// Every so many goes to nobody, which the server says at COMMIT, after each statement was well.
inline constexpr std::int64_t astray = 41;
inline constexpr std::int64_t regretted = 37;

inline order draw(std::int64_t id, std::mt19937_64& random) {
    const int from = static_cast<int>(random() % accounts) + 1;
    const int step = static_cast<int>(random() % (accounts - 1)) + 1;
    const int to = (from - 1 + step) % accounts + 1;
    return {id, from, to, static_cast<std::int64_t>(random() % 90), id % astray == 0 ? 0 : to};
}

inline statement take(const order& by) {
    return runtime(
        "update chaos_account set balance = balance - $2 where id = $1 returning balance >= 0",
        by.from, by.amount);
}
// An account that does not cover it fails the transfer.
inline statement take_what_is_there(const order& by) {
    return require(take(by), "an account that covers it");
}
inline statement give(const order& by) {
    return runtime("update chaos_account set balance = balance + $2 where id = $1", by.to,
                   by.amount);
}
inline statement note(const order& by) {
    return runtime("insert into chaos_transfer values ($1, $2, $3)", by.id, by.amount, by.noted_to);
}
inline statement all_in_one(const order& by) {
    return runtime(
        "with taken as (update chaos_account set balance = balance - $3 where id = $1), "
        "given as (update chaos_account set balance = balance + $3 where id = $2) "
        "insert into chaos_transfer values ($4, $3, $5)",
        by.from, by.to, by.amount, by.id, by.noted_to);
}

inline result<void> without_value(auto answer) {
    if (!answer) return tl::unexpected{std::move(answer.error())};
    return {};
}

inline result<void> in_steps(pool& db, const order& by, const transaction_options& how,
                             bool commit_with_last) {
    return transact(db, how, [&](transaction& tx) -> result<void> {
        const std::vector<statement> first{take_what_is_there(by)};
        if (auto taken = without_value(tx.run(first)); !taken) return taken;
        const std::vector<statement> second{give(by)};
        if (auto given = without_value(tx.run(second)); !given) return given;
        if (by.id % regretted == 0) return fail(errc::refused, "the customer has changed his mind");
        if (commit_with_last) return without_value(tx.commit_with(note(by)));
        const std::vector<statement> last{note(by)};
        return without_value(tx.run(last));
    });
}

inline result<void> perform(pool& db, const order& by, form how) {
    const transaction_options plain{.timeout = patience};
    const transaction_options token{.proof = commit_proof::token, .timeout = patience};
    const transaction_options strict{.isolation = isolation::serializable, .timeout = patience};
    const auto at_once = [&](const transaction_options& options) {
        return without_value(atomically(db, options, take_what_is_there(by), give(by), note(by)));
    };
    switch (how) {
        case form::single_write:
            return without_value(
                execute(db, all_in_one(by), std::chrono::steady_clock::now() + patience));
        case form::atomically:
            return at_once(plain);
        case form::atomically_with_token:
            return at_once(token);
        case form::atomically_serializable:
            return at_once(strict);
        case form::transact:
            return in_steps(db, by, plain, false);
        case form::transact_commit_with:
            return in_steps(db, by, plain, true);
        case form::transact_with_token:
            return in_steps(db, by, token, true);
    }
    return fail(errc::refused, "no such form");
}

inline told told_by(const result<void>& answer) {
    if (answer || answer.error().outcome() == outcome::ran) return told::committed;
    return answer.error().may_have_run() ? told::unknown : told::failed;
}

inline transfer timed(pool& db, const order& by, form how) {
    const auto begin = std::chrono::steady_clock::now();
    const auto answer = perform(db, by, how);
    const auto waited = std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::steady_clock::now() - begin);
    return {by.id,  how,      told_by(answer),
            waited, patience, answer ? std::string{} : explain(answer.error())};
}

// One customer, until told to stop.
inline std::vector<transfer> keep_transferring(pool& db, int customer, std::uint64_t seed,
                                               const std::atomic<bool>& stop) {
    std::mt19937_64 random{seed * 1'000 + static_cast<std::uint64_t>(customer)};
    std::vector<transfer> done;
    for (std::int64_t n = 1; !stop.load(); ++n) {
        const order by = draw(customer * std::int64_t{1'000'000'000} + n, random);
        done.push_back(timed(db, by, static_cast<form>(random() % form_count)));
        std::this_thread::sleep_for(std::chrono::milliseconds{10 + random() % 50});
    }
    return done;
}

}  // namespace honeydue::chaos
