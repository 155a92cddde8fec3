// SPDX-License-Identifier: MIT
// Registers in shared memory.
#include "register.hpp"

#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include <cstdio>
#include <new>
#include <stdexcept>

namespace chaos {

moment now() {
    timespec at{};
    ::clock_gettime(CLOCK_BOOTTIME, &at);
    return std::int64_t{at.tv_sec} * 1000000000 + at.tv_nsec;
}

std::uint64_t versioned::commit() {
    const auto made = version.fetch_add(1) + 1;
    moments[made % moments.size()] = now();
    return made;
}

moment versioned::replaced_at(std::uint64_t old) const {
    if (old >= version.load()) return 0;
    return moments[(old + 1) % moments.size()].load();
}

void board::judge(std::size_t which, std::uint64_t version, moment began, std::uint64_t own,
                  const char* source) {
    const auto replaced = all[which].replaced_at(version);
    const auto age = replaced == 0 || replaced > began ? 0 : (began - replaced) / 1000000;
    auto worst = worst_age_ms.load();
    while (age > worst && !worst_age_ms.compare_exchange_weak(worst, age)) {
    }
    const bool forgot_its_own = version < own;
    if (age <= bound.count() && !forgot_its_own) return;
    if (violations.fetch_add(1) != 0) return;
    std::snprintf(
        first.data(), first.size(),
        "register %zu, version %llu from %s, replaced %lld ms before; own %llu, newest %llu", which,
        static_cast<unsigned long long>(version), source, static_cast<long long>(age),
        static_cast<unsigned long long>(own), static_cast<unsigned long long>(all[which].read()));
}

board* make_board() {
    const int descriptor = ::memfd_create("chaos", 0);
    if (descriptor < 0 || ::ftruncate(descriptor, sizeof(board)) != 0) {
        throw std::runtime_error("no shared memory");
    }
    auto* const made = new (look_at_board(descriptor)) board{};
    made->descriptor = descriptor;
    return made;
}

board* look_at_board(int descriptor) {
    void* const memory =
        ::mmap(nullptr, sizeof(board), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    if (memory == MAP_FAILED) throw std::runtime_error("no shared memory");
    return static_cast<board*>(memory);
}

}  // namespace chaos
