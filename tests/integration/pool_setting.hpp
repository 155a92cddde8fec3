// SPDX-License-Identifier: MIT
// What the pool's tests on real servers share.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include <catch2/catch_test_macros.hpp>

#include <honeydue/pool.hpp>

#include "reach.hpp"

namespace honeydue::support {

using namespace std::chrono_literals;
using clock_type = std::chrono::steady_clock;

inline pool_config quiet(const endpoint& to, std::size_t max_open = 5, std::size_t min_idle = 3) {
    pool_config config;
    config.server = to;
    config.max_open = max_open;
    config.min_idle = min_idle;
    config.log = [](std::string_view) {};
    return config;
}

/// The same without the one question a pool asks in its first lull, for who counts on the wire.
inline pool_config asks_nothing(const endpoint& to, std::size_t max_open = 5,
                                std::size_t min_idle = 3) {
    auto config = quiet(to, max_open, min_idle);
    config.leads_to = peer::unknown;
    return config;
}

inline std::int64_t number(const rows& from) {
    std::int64_t value = 0;
    REQUIRE(decode(from.at(0, 0), value) == codec_fault::none);
    return value;
}

inline statement reading(std::string sql) {
    return statement{std::move(sql), {}, {}, effect::reads};
}

inline deadline in(std::chrono::milliseconds time) { return clock_type::now() + time; }

/// Waits for what another thread brings about. False after so long.
inline bool comes_true(const auto& what, std::chrono::seconds longest = 10s) {
    const auto until = clock_type::now() + longest;
    while (clock_type::now() < until) {
        if (what()) return true;
        std::this_thread::sleep_for(5ms);
    }
    return what();
}

/// How many lines of a server's log hold one of the words.
inline int lines_with(const std::filesystem::path& log, std::initializer_list<const char*> words) {
    std::ifstream file{log};
    int count = 0;
    for (std::string line; std::getline(file, line);) {
        for (const char* one : words)
            count += line.find(one) == std::string::npos ? 0 : 1;
    }
    return count;
}

/// The log of the row's own server, PostgreSQL or the pooler.
inline std::filesystem::path row_log() {
    auto& servers = test_environment::shared();
    return servers.row() == test_row::direct ? servers.postgres().process().log()
                                             : servers.pgbouncer(servers.kind()).process().log();
}

}  // namespace honeydue::support
