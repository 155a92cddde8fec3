// SPDX-License-Identifier: MIT
// Counts operator new for one benchmark program. Included by exactly one file of it.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>

namespace honeydue::bench {
inline std::atomic<std::size_t> allocations{0};
}  // namespace honeydue::bench

// Inlined, g++ -O3 takes free() for the wrong partner of a new it did not see replaced.
[[gnu::noinline]] void* operator new(std::size_t size) {
    honeydue::bench::allocations.fetch_add(1, std::memory_order_relaxed);
    if (void* made = std::malloc(size)) return made;
    throw std::bad_alloc{};
}
[[gnu::noinline]] void operator delete(void* made) noexcept { std::free(made); }
[[gnu::noinline]] void operator delete(void* made, std::size_t /*size*/) noexcept {
    std::free(made);
}
