// SPDX-License-Identifier: MIT
// Ctrl-C for programs of several threads: it is waited for, and interrupts nothing.
#pragma once

#include <algorithm>
#include <chrono>
#include <csignal>
#include <ctime>

namespace honeydue::support {

// Made before the first thread, so that every thread has the signals blocked.
class interruption {
public:
    interruption() {
        ::sigemptyset(&all_);
        for (const int signal : {SIGINT, SIGTERM, SIGHUP})
            ::sigaddset(&all_, signal);
        ::sigprocmask(SIG_BLOCK, &all_, nullptr);
    }

    void wait() const {
        int signal = 0;
        ::sigwait(&all_, &signal);
    }

    // True when one has come before then.
    bool wait_until(std::chrono::steady_clock::time_point then) const {
        using std::chrono::nanoseconds;
        do {
            const auto left =
                std::max(nanoseconds{then - std::chrono::steady_clock::now()}, nanoseconds{0});
            const timespec span{.tv_sec = left.count() / 1'000'000'000,
                                .tv_nsec = left.count() % 1'000'000'000};
            if (::sigtimedwait(&all_, nullptr, &span) > 0) return true;
        } while (std::chrono::steady_clock::now() < then);
        return false;
    }

private:
    sigset_t all_;
};

}  // namespace honeydue::support
