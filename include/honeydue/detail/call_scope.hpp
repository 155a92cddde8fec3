// SPDX-License-Identifier: MIT
// Where a call begins and ends for those who observe: a verb holds one, and so does an executor by
// itself; the outermost on a thread tells.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string_view>

#include <honeydue/error.hpp>

namespace honeydue::detail {

/// How many observe.
extern std::atomic<int> observer_count;

/// Cost: a relaxed load when nobody observes.
[[nodiscard]] inline bool is_observed() noexcept {
    return observer_count.load(std::memory_order_relaxed) != 0;
}

/// Thread: the one that made it. Executors tell what they know of the call while it lives.
class call_scope {
public:
    call_scope() noexcept {
        if (is_observed()) open();
    }
    call_scope(const call_scope&) = delete;
    call_scope& operator=(const call_scope&) = delete;
    ~call_scope() {
        if (opened_) close();
    }

private:
    void open() noexcept;
    void close() noexcept;

    bool opened_ = false;
};

/// For executors. Without an open call on this thread they do nothing.
void note_queue(std::chrono::nanoseconds waited) noexcept;
void note_rows(std::uint64_t count, std::uint64_t bytes) noexcept;
void note_server(std::string_view server) noexcept;
/// Null for a call that went well.
void note_failure(const error* why) noexcept;

}  // namespace honeydue::detail
