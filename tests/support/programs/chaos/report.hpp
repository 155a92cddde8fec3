// SPDX-License-Identifier: MIT
// What a chaos run found: as tables for people, as JSON for programs.
#pragma once

#include "schedule.hpp"
#include "verdicts.hpp"

#include "program.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace honeydue::chaos {

// How often each kind of fault struck.
using strikes = std::array<int, fault_names.size()>;

struct run_report {
    std::uint64_t seed = 0;
    std::int64_t seconds = 0;
    std::string servers{};
    strikes struck{};
    evidence seen{};
    std::vector<finding> findings{};
};

inline nlohmann::ordered_json as_json(const strikes& struck) {
    nlohmann::ordered_json faults;
    for (std::size_t i = 0; i < fault_names.size(); ++i)
        faults[std::string{fault_names[i]}] = struck[i];
    return faults;
}

inline nlohmann::ordered_json as_json(const std::vector<finding>& findings) {
    auto promises = nlohmann::ordered_json::array();
    for (const finding& one : findings)
        promises.push_back({{"promise", one.promise}, {"kept", one.kept}, {"detail", one.detail}});
    return promises;
}

inline void print(const std::vector<finding>& findings) {
    std::printf("\n");
    for (const finding& one : findings) {
        std::printf("  %-7s %s%s%s\n", one.kept ? "kept" : "BROKEN", one.promise.c_str(),
                    one.kept ? "" : ": ", one.detail.c_str());
    }
}

// Writes the report and says where; the program's exit code. Errors: server_error.
inline int conclude(const nlohmann::ordered_json& report, const std::filesystem::path& to,
                    const std::vector<finding>& findings) {
    std::error_code failure;
    std::filesystem::create_directories(to.parent_path(), failure);
    std::ofstream file(to);
    file << report.dump(2) << '\n';
    file.close();
    if (file.fail()) throw support::server_error(to.native() + " cannot be written");
    std::printf("\n  %s\n", to.c_str());
    return std::ranges::all_of(findings, &finding::kept) ? EXIT_SUCCESS : EXIT_FAILURE;
}

struct form_summary {
    std::array<std::size_t, 3> outcomes{};  // as `told` counts
    std::int64_t median_ms = 0;
    std::int64_t p99_ms = 0;
    std::int64_t most_ms = 0;
};

inline form_summary summary_of(const evidence& seen, form how) {
    form_summary found;
    std::vector<std::int64_t> waits;
    for (const transfer& one : seen.transfers) {
        if (one.how != how) continue;
        ++found.outcomes[static_cast<std::size_t>(one.outcome)];
        waits.push_back(one.waited.count());
    }
    if (waits.empty()) return found;
    std::ranges::sort(waits);
    found.median_ms = waits[waits.size() / 2];
    found.p99_ms = waits[waits.size() * 99 / 100];
    found.most_ms = waits.back();
    return found;
}

inline nlohmann::ordered_json as_json(const run_report& report) {
    auto transfers = nlohmann::ordered_json::array();
    for (std::size_t i = 0; i < form_count; ++i) {
        const auto of = summary_of(report.seen, static_cast<form>(i));
        transfers.push_back({{"form", form_names[i]},
                             {"committed", of.outcomes[0]},
                             {"failed", of.outcomes[1]},
                             {"unknown", of.outcomes[2]},
                             {"median_ms", of.median_ms},
                             {"p99_ms", of.p99_ms},
                             {"most_ms", of.most_ms}});
    }
    return {{"seed", report.seed},
            {"seconds", report.seconds},
            {"servers", report.servers},
            {"transfers", transfers},
            {"faults", as_json(report.struck)},
            {"bystander_answers", report.seen.bystander_answers},
            {"pool_full_after_ms", report.seen.pool_full_after.count()},
            {"promises", as_json(report.findings)}};
}

inline void print_table(const run_report& report) {
    std::printf("\n%s; seed %llu, %lld s\n\n", report.servers.c_str(),
                static_cast<unsigned long long>(report.seed),
                static_cast<long long>(report.seconds));
    std::printf("  %-26s %10s %8s %8s %10s %8s %8s\n", "transfers", "committed", "failed",
                "unknown", "median ms", "p99 ms", "most ms");
    for (std::size_t i = 0; i < form_count; ++i) {
        const auto of = summary_of(report.seen, static_cast<form>(i));
        std::printf("  %-26s %10zu %8zu %8zu %10lld %8lld %8lld\n", form_names[i].data(),
                    of.outcomes[0], of.outcomes[1], of.outcomes[2],
                    static_cast<long long>(of.median_ms), static_cast<long long>(of.p99_ms),
                    static_cast<long long>(of.most_ms));
    }
    std::printf("\n");
    for (std::size_t i = 0; i < fault_names.size(); ++i)
        std::printf("  %-34s %4d times\n", fault_names[i].data(), report.struck[i]);
    print(report.findings);
}

}  // namespace honeydue::chaos
