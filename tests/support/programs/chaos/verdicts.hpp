// SPDX-License-Identifier: MIT
// What callers were told beside what the database holds: the judge of a chaos run. Knows no server.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace honeydue::chaos {

enum class told : std::uint8_t { committed, failed, unknown };

enum class form : std::uint8_t {
    single_write,
    atomically,
    atomically_with_token,
    atomically_serializable,
    transact,
    transact_commit_with,
    transact_with_token,
};
inline constexpr std::string_view form_names[] = {
    "one write",         "atomically",
    "atomically, token", "atomically, serializable",
    "transact",          "transact, commit_with",
    "transact, token",
};
inline constexpr std::size_t form_count = std::size(form_names);

struct transfer {
    std::int64_t id;
    form how;
    told outcome;
    std::chrono::milliseconds waited;
    std::chrono::milliseconds allowed;
    std::string why{};  // of one that is not committed
};

struct evidence {
    std::vector<transfer> transfers{};
    std::unordered_map<std::int64_t, int> kept{};  // rows of each transfer
    std::int64_t balance_before = 0;
    std::int64_t balance_after = 0;
    std::int64_t tokens_left = 0;           // by transactions that committed
    std::int64_t idle_in_transaction = 0;   // backends, when all is quiet
    std::uint64_t bystander_surprises = 0;  // answers that were not asked for
    std::uint64_t bystander_answers = 0;
    std::chrono::milliseconds pool_full_after{0};  // since the last fault ended
    std::chrono::milliseconds pool_full_within{0};
    std::string pool_then{};  // what it looked like when that was judged
};

struct finding {
    std::string promise;
    bool kept;
    std::string detail{};
};

inline bool leaves_token(form how) {
    return how == form::atomically_with_token || how == form::transact_with_token;
}

inline int rows_of(const evidence& seen, const transfer& one) {
    const auto found = seen.kept.find(one.id);
    return found == seen.kept.end() ? 0 : found->second;
}

// The promise, broken by those that `is_wrong` finds, of which `describe` tells the first.
template <class One, class Wrong, class Describe>
finding judge_each(const std::vector<One>& all, std::string promise, Wrong is_wrong,
                   Describe describe) {
    const auto wrong = std::ranges::count_if(all, is_wrong);
    if (wrong == 0) return {std::move(promise), true};
    return {
        std::move(promise), false,
        std::to_string(wrong) + ", the first: " + describe(*std::ranges::find_if(all, is_wrong))};
}

template <class Wrong>
finding judge(const evidence& seen, std::string promise, Wrong is_wrong) {
    return judge_each(seen.transfers, std::move(promise), is_wrong, [&](const transfer& one) {
        return "transfer " + std::to_string(one.id) + " (" +
               std::string{form_names[static_cast<std::size_t>(one.how)]} +
               "): " + std::to_string(rows_of(seen, one)) + " rows, waited " +
               std::to_string(one.waited.count()) + " ms; " + one.why;
    });
}

inline finding judge(std::string promise, bool kept, std::string detail) {
    return {std::move(promise), kept, kept ? std::string{} : std::move(detail)};
}

inline std::vector<finding> judge_transfers(const evidence& seen) {
    using namespace std::chrono_literals;
    return {
        judge(seen, "called committed: there exactly once",
              [&](const transfer& one) {
                  return one.outcome == told::committed && rows_of(seen, one) != 1;
              }),
        judge(seen, "called failed: not there",
              [&](const transfer& one) {
                  return one.outcome == told::failed && rows_of(seen, one) != 0;
              }),
        judge(seen, "called unknown: there at most once",
              [&](const transfer& one) {
                  return one.outcome == told::unknown && rows_of(seen, one) > 1;
              }),
        judge(seen, "nobody waited past the deadline + 1 s",
              [&](const transfer& one) { return one.waited > one.allowed + 1s; }),
    };
}

inline std::vector<finding> judge_all(const evidence& seen) {
    auto found = judge_transfers(seen);
    const auto with_token = std::ranges::count_if(seen.transfers, [&](const transfer& one) {
        return leaves_token(one.how) && rows_of(seen, one) == 1;
    });
    found.push_back(judge("money is neither made nor lost",
                          seen.balance_before == seen.balance_after,
                          std::to_string(seen.balance_before) + " before, " +
                              std::to_string(seen.balance_after) + " after"));
    found.push_back(judge("a token for each transfer that promised one, and no other",
                          seen.tokens_left == with_token,
                          std::to_string(with_token) + " transfers, " +
                              std::to_string(seen.tokens_left) + " tokens"));
    found.push_back(judge("no backend is left idle in transaction", seen.idle_in_transaction == 0,
                          std::to_string(seen.idle_in_transaction) + " are"));
    found.push_back(judge("bystanders see their own answers only",
                          seen.bystander_surprises == 0 && seen.bystander_answers > 0,
                          std::to_string(seen.bystander_surprises) + " surprises in " +
                              std::to_string(seen.bystander_answers)));
    found.push_back(judge(
        "the pool is as full as the server's limit lets it within the backoff cap and a handshake",
        seen.pool_full_after <= seen.pool_full_within,
        "after " + std::to_string(seen.pool_full_after.count()) + " ms; " + seen.pool_then));
    return found;
}

}  // namespace honeydue::chaos
