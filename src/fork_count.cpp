// SPDX-License-Identifier: MIT
// A number that the C library raises in each child.
#include "fork_count.hpp"

#include <pthread.h>

#include <atomic>

namespace honeydue {

namespace {

std::atomic<std::uint64_t> count{0};

}  // namespace

std::uint64_t forks() noexcept {
    static const int registered =
        ::pthread_atfork(nullptr, nullptr, [] { count.fetch_add(1, std::memory_order_relaxed); });
    static_cast<void>(registered);
    return count.load(std::memory_order_relaxed);
}

}  // namespace honeydue
