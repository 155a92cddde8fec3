// SPDX-License-Identifier: MIT
// How the demo measures: round trips and bytes by the wire, time by the clock, and only while
// nothing else moves.
#pragma once

#include "report.hpp"
#include "wire_proxy.hpp"

#include <algorithm>
#include <chrono>
#include <functional>
#include <thread>
#include <vector>

namespace honeydue::demo {

using clock = std::chrono::steady_clock;

inline double milliseconds_since(clock::time_point begin) {
    return std::chrono::duration<double, std::milli>(clock::now() - begin).count();
}

inline double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

template <class Action>
double time_of(const Action& action) {
    const auto begin = clock::now();
    action();
    return milliseconds_since(begin);
}

// Until no byte has passed for `quiet`: what is counted afterwards belongs to who asked.
// Errors: server_error after ten seconds of traffic.
inline void wait_until_quiet(const support::wire_proxy& wire, std::chrono::milliseconds quiet) {
    const auto give_up = clock::now() + std::chrono::seconds(10) + quiet;
    auto last = wire.snapshot();
    auto since = clock::now();
    while (clock::now() - since < quiet) {
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
        const auto now = wire.snapshot();
        const auto moved = now - last;
        if (moved.bytes_to_server + moved.bytes_to_client + moved.connections == 0) continue;
        last = now;
        since = clock::now();
        if (since > give_up) throw support::server_error("the wire does not come to rest");
    }
}

// A pool that has rested for a second asks once, with nobody waiting, what it leads to.
constexpr std::chrono::milliseconds lull{1100};

struct measured_wire {
    const support::wire_proxy& wire;
    std::chrono::milliseconds rtt;

    // `action` answers how many rows it got. Errors: server_error when a connection is opened
    // meanwhile, for then the counts are not the request's alone.
    request_report measure(const char* name, int runs,
                           const std::function<std::size_t()>& action) const {
        request_report report{.name = name, .runs = runs};
        std::vector<double> walls;
        for (int run = 0; run < runs; ++run) {
            wait_until_quiet(wire, 2 * rtt + (run == 0 ? lull : std::chrono::milliseconds(50)));
            const auto before = wire.snapshot();
            walls.push_back(time_of([&] { report.rows = action(); }));
            const auto spent = wire.snapshot() - before;
            if (spent.connections != 0) {
                throw support::server_error(report.name + ": a connection was opened under it");
            }
            report.round_trips = std::max(report.round_trips, spent.round_trips);
            report.bytes = spent.bytes_to_server + spent.bytes_to_client;
        }
        report.wall_ms = median(walls);
        return report;
    }
};

}  // namespace honeydue::demo
