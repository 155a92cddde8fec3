// SPDX-License-Identifier: MIT
// The database of the chaos run: registers in shared memory that count their commits and remember
// when each happened, and the judge of every read.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace chaos {

inline constexpr std::chrono::milliseconds window{2000};
inline constexpr std::chrono::milliseconds trust{1500};
inline constexpr std::chrono::milliseconds bound{3000};  // the larger of both, and a second
inline constexpr std::chrono::milliseconds calm_after_a_fault{1500};
inline constexpr std::size_t registers = 8;

using moment = std::int64_t;  // nanoseconds since boot, the same for all processes
moment now();

// Version n replaced version n - 1 at moments[n % size].
struct versioned {
    std::atomic<std::uint64_t> version{0};
    std::array<std::atomic<moment>, 65536> moments{};

    std::uint64_t read() const { return version.load(); }
    std::uint64_t commit();
    // When the version was replaced, 0 while it is the newest.
    moment replaced_at(std::uint64_t old) const;
};

struct board {
    int descriptor = -1;
    std::atomic<bool> over{false};
    std::array<versioned, registers> all{};
    std::atomic<std::uint64_t> reads{0};
    std::array<std::atomic<std::uint64_t>, 5> by_source{};
    std::atomic<std::uint64_t> failed{0};
    std::atomic<std::uint64_t> commits{0};
    std::atomic<std::uint64_t> refused{0};
    std::atomic<std::uint64_t> rolled_back{0};
    std::atomic<std::uint64_t> unknown{0};
    std::atomic<std::int64_t> worst_age_ms{0};
    std::atomic<std::uint64_t> violations{0};
    std::array<char, 256> first{};

    // A read that began then and brought this version.
    void judge(std::size_t which, std::uint64_t version, moment began, std::uint64_t own,
               const char* source);
};

// In memory that survives exec by its descriptor.
board* make_board();
board* look_at_board(int descriptor);

}  // namespace chaos
