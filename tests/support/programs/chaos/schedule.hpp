// SPDX-License-Identifier: MIT
// Which fault strikes when: all of it from one seed, so that a run can be had again.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace honeydue::chaos {

enum class fault_kind : std::uint8_t {
    kill_backends,
    cancel_backends,
    restart_fast,
    restart_immediate,
    restart_pooler,
    kill_pooler,
    pause_pooler,
    limit_pooler,
    reset_all,
    reset_in_request,
    reset_in_answer,
    blackhole_all,
    blackhole_some,
};

inline constexpr std::array<std::string_view, 13> fault_names = {
    "backends killed",
    "backends cancelled",
    "PostgreSQL restarted, fast",
    "PostgreSQL restarted, immediate",
    "PgBouncer restarted",
    "PgBouncer killed",
    "PgBouncer paused",
    "PgBouncer limited",
    "wire reset",
    "wire reset in a request",
    "wire reset in an answer",
    "wire blackholed",
    "wire blackholed in part",
};

inline constexpr std::string_view name(fault_kind kind) {
    return fault_names[static_cast<std::size_t>(kind)];
}

struct planned_fault {
    std::chrono::milliseconds at;  // from the start
    fault_kind kind;
    std::uint32_t magnitude;  // any number; what of it is used depends on the kind
};

// Cut a single connection in the middle of a message: cheap, and often.
inline constexpr std::array cuts = {fault_kind::reset_in_request, fault_kind::reset_in_answer};

inline bool is_cut(fault_kind kind) { return std::ranges::find(cuts, kind) != cuts.end(); }

// When it strikes, and its name.
inline std::string spelled(const planned_fault& one) {
    char line[80];
    std::snprintf(line, sizeof line, "%6.1f s  %s", static_cast<double>(one.at.count()) / 1000,
                  name(one.kind).data());
    return line;
}

inline std::vector<fault_kind> shuffled_deck(std::mt19937_64& random) {
    std::vector<fault_kind> deck;
    for (std::size_t i = 0; i < fault_names.size(); ++i) {
        const auto kind = static_cast<fault_kind>(i);
        if (!is_cut(kind)) deck.push_back(kind);
    }
    for (std::size_t i = deck.size(); i > 1; --i)
        std::swap(deck[i - 1], deck[random() % i]);
    return deck;
}

// Every kind once before any comes twice, and cuts all the while.
inline std::vector<planned_fault> plan_faults(std::uint64_t seed, std::chrono::milliseconds until) {
    using std::chrono::milliseconds;
    std::mt19937_64 random{seed};
    std::vector<planned_fault> plan;
    std::vector<fault_kind> deck;
    for (milliseconds at{2'000}; at < until; at += milliseconds{1'000 + random() % 2'500}) {
        if (deck.empty()) deck = shuffled_deck(random);
        plan.push_back({at, deck.back(), static_cast<std::uint32_t>(random())});
        deck.pop_back();
    }
    for (milliseconds at{500}; at < until; at += milliseconds{40 + random() % 160})
        plan.push_back({at, cuts[random() % cuts.size()], static_cast<std::uint32_t>(random())});
    std::ranges::stable_sort(plan, {}, &planned_fault::at);
    return plan;
}

}  // namespace honeydue::chaos
