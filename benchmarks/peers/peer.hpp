// SPDX-License-Identifier: MIT
// What the harness asks of a peer, line by line, whatever it is written in: the name of an
// operation on the standard input, and on the standard output one of
//
//   ready VERSIONS             once, when it is connected; or absent REASON
//   done ROWS SUM MICROSECONDS the operation's own time; SUM is of the ids it read
//   never REASON               it has no such operation
//   failed REASON
#pragma once

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <functional>
#include <iostream>
#include <map>
#include <string>

namespace honeydue::bench {

// Answers of different peers to the same operation must be equal.
struct answer {
    std::int64_t rows = 0;
    std::int64_t sum = 0;

    answer& operator+=(std::int64_t id) {
        ++rows;
        sum += id;
        return *this;
    }
};

using operations = std::map<std::string, std::function<answer()>>;

inline constexpr int warm_up_connections = 20;

inline void perform(const std::function<answer()>& operation) {
    const auto begin = std::chrono::steady_clock::now();
    const answer got = operation();
    const std::chrono::duration<double, std::micro> took = std::chrono::steady_clock::now() - begin;
    std::printf("done %lld %lld %.1f\n", static_cast<long long>(got.rows),
                static_cast<long long>(got.sum), took.count());
}

inline void serve(const std::string& versions, const operations& all) {
    std::printf("ready %s\n", versions.c_str());
    std::fflush(stdout);
    for (std::string name; std::getline(std::cin, name);) {
        const auto found = all.find(name);
        try {
            if (found == all.end()) {
                std::puts("never it has no such operation");
            } else {
                perform(found->second);
            }
        } catch (const std::exception& error) {
            std::printf("failed %s\n", error.what());
        }
        std::fflush(stdout);
    }
}

}  // namespace honeydue::bench
