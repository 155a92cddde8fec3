// SPDX-License-Identifier: MIT
// What the demo measured: as a table for people, as JSON for programs, and whether it keeps what
// is promised.
#pragma once

#include <unistd.h>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace honeydue::demo {

struct warm_up_report {
    std::size_t connections = 0;
    double milliseconds = 0;
    double one_handshake_ms = 0;

    double ratio() const { return milliseconds / one_handshake_ms; }
};

struct request_report {
    std::string name;
    std::uint64_t round_trips = 0;  // on the wire; the most of all runs
    double wall_ms = 0;             // median of the runs
    std::size_t rows = 0;
    std::uint64_t bytes = 0;  // on the wire, both ways
    int runs = 0;
};

struct promise {
    std::string text;
    bool kept;
};

struct demo_report {
    double rtt_ms = 0;
    std::string servers;
    warm_up_report warm_up;
    std::vector<request_report> requests;
    std::vector<promise> promises;
};

inline nlohmann::ordered_json as_json(const demo_report& report) {
    auto requests = nlohmann::ordered_json::array();
    for (const auto& one : report.requests) {
        requests.push_back({{"name", one.name},
                            {"round_trips", one.round_trips},
                            {"wall_ms", one.wall_ms},
                            {"rows", one.rows},
                            {"bytes", one.bytes},
                            {"runs", one.runs}});
    }
    auto promises = nlohmann::ordered_json::array();
    for (const auto& one : report.promises)
        promises.push_back({{"promise", one.text}, {"kept", one.kept}});
    return {{"rtt_ms", report.rtt_ms},
            {"servers", report.servers},
            {"warm_up",
             {{"connections", report.warm_up.connections},
              {"milliseconds", report.warm_up.milliseconds},
              {"one_handshake_ms", report.warm_up.one_handshake_ms},
              {"ratio_to_one_handshake", report.warm_up.ratio()}}},
            {"requests", requests},
            {"promises", promises}};
}

// False when it could not be written.
inline bool write_json(const demo_report& report, const std::filesystem::path& to) {
    std::error_code failure;
    std::filesystem::create_directories(to.parent_path(), failure);
    std::ofstream file(to);
    file << as_json(report).dump(2) << '\n';
    file.close();
    return !file.fail();
}

inline void print_promises(const std::vector<promise>& promises) {
    const bool colours = ::isatty(STDOUT_FILENO) == 1;
    for (const auto& one : promises) {
        const char* colour = !colours ? "" : one.kept ? "\033[32m" : "\033[1;31m";
        std::printf("  %s%-7s%s %s\n", colour, one.kept ? "kept" : "MISSED",
                    colours ? "\033[0m" : "", one.text.c_str());
    }
}

inline void print_table(const demo_report& report) {
    std::printf("\n%s, %.0f ms away\n\n", report.servers.c_str(), report.rtt_ms);
    std::printf("  %-20s %11s %9s %6s %8s\n", "request", "round trips", "wall ms", "rows", "bytes");
    for (const auto& one : report.requests) {
        std::printf("  %-20s %11llu %9.1f %6zu %8llu\n", one.name.c_str(),
                    static_cast<unsigned long long>(one.round_trips), one.wall_ms, one.rows,
                    static_cast<unsigned long long>(one.bytes));
    }
    std::printf("\n  warm-up: %zu connections in %.0f ms, one handshake in %.0f ms: ratio %.2f\n\n",
                report.warm_up.connections, report.warm_up.milliseconds,
                report.warm_up.one_handshake_ms, report.warm_up.ratio());
    print_promises(report.promises);
}

}  // namespace honeydue::demo
