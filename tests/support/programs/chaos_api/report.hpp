// SPDX-License-Identifier: MIT
// What a run of the replicas found: as tables for people, as JSON for programs.
#pragma once

#include "../chaos/report.hpp"
#include "judge.hpp"

#include <cstdio>
#include <string>
#include <vector>

namespace honeydue::chaos {

struct struck_fault {
    fault_kind kind;
    moment ended;
    moment next;  // when the one after it struck, or its lull was over
};

struct api_report {
    std::uint64_t seed = 0;
    std::int64_t seconds = 0;
    std::string servers{};
    strikes struck{};
    std::vector<struck_fault> faults{};  // without the cuts
    api_evidence seen{};
    std::vector<finding> findings{};
};

// Of every fault of the kind: how long after it, and before the next, one was told of a failure.
inline milliseconds longest_failure(const api_report& of, fault_kind kind) {
    milliseconds longest{0};
    for (const struck_fault& one : of.faults) {
        if (one.kind == kind)
            longest = std::max(longest, last_failure(of.seen.answers, one.ended, one.next));
    }
    return longest;
}

inline nlohmann::ordered_json faults_as_json(const api_report& of) {
    nlohmann::ordered_json all;
    for (std::size_t i = 0; i < fault_names.size(); ++i) {
        const auto kind = static_cast<fault_kind>(i);
        all[std::string{fault_names[i]}] = {{"times", of.struck[i]},
                                            {"last_failure_ms", longest_failure(of, kind).count()}};
    }
    return all;
}

inline nlohmann::ordered_json lulls_as_json(const api_evidence& of) {
    auto all = nlohmann::ordered_json::array();
    for (const lull& one : of.lulls)
        all.push_back(last_failure(of.answers, one.fault_ended, one.over).count());
    return all;
}

inline nlohmann::ordered_json statuses_as_json(const api_evidence& of) {
    std::map<int, std::size_t> counts;
    for (const answer_seen& one : of.answers)
        ++counts[one.status];
    nlohmann::ordered_json all;
    for (const auto& [status, count] : counts)
        all[status == 0 ? "none" : std::to_string(status)] = count;
    return all;
}

inline nlohmann::ordered_json completions_as_json(const api_evidence& of) {
    const auto count = [&](told outcome) {
        return std::ranges::count(of.completions, outcome, &completion_asked::outcome);
    };
    return {{"done", count(told::committed)},
            {"already_completed", count(told::failed)},
            {"unknown", count(told::unknown)},
            {"kept", of.completions_kept.size()}};
}

inline nlohmann::ordered_json as_json(const api_report& report) {
    const api_evidence& seen = report.seen;
    std::size_t moves = 0;
    for (const series& one : seen.recurring)
        moves += one.completions;
    return {{"seed", report.seed},
            {"seconds", report.seconds},
            {"servers", report.servers},
            {"answers", statuses_as_json(seen)},
            {"completions", completions_as_json(seen)},
            {"moved_on", moves},
            {"residences", seen.homes.size()},
            {"reads", seen.reads.reads()},
            {"stale_reads", seen.reads.stale()},
            {"oldest_stale_read_ms", seen.reads.oldest().count()},
            {"unfenced_commits", seen.unfenced_commits},
            {"faults", faults_as_json(report)},
            {"last_failure_of_each_lull_ms", lulls_as_json(seen)},
            {"promises", as_json(report.findings)}};
}

inline void print_table(const api_report& report) {
    const auto told = as_json(report);
    std::printf("\n%s; seed %llu, %lld s\n\n", report.servers.c_str(),
                static_cast<unsigned long long>(report.seed),
                static_cast<long long>(report.seconds));
    for (const char* name : {"answers", "completions", "moved_on", "residences", "reads",
                             "stale_reads", "oldest_stale_read_ms", "unfenced_commits"})
        std::printf("  %-28s %s\n", name, told[name].dump().c_str());
    std::printf("\n  %-34s %5s %26s\n", "faults", "times", "last failure after it, ms");
    for (const auto& [name, of] : told["faults"].items())
        std::printf("  %-34s %5s %26s\n", name.c_str(), of["times"].dump().c_str(),
                    of["last_failure_ms"].dump().c_str());
    std::printf("\n  last failure after each storm, ms: %s\n",
                told["last_failure_of_each_lull_ms"].dump().c_str());
    print(report.findings);
}

}  // namespace honeydue::chaos
