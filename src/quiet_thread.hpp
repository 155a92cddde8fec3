// SPDX-License-Identifier: MIT
// Threads of a library: signals are the program's, so none is delivered here.
#pragma once

#include <csignal>
#include <thread>
#include <utility>

namespace honeydue {

/// Starts a thread that takes no signals. Errors: throws std::system_error, as std::thread does.
template <class Work>
[[nodiscard]] std::thread quiet_thread(Work&& work) {
    struct no_signals {
        sigset_t before{};
        no_signals() noexcept {
            sigset_t all;
            ::sigfillset(&all);
            ::pthread_sigmask(SIG_BLOCK, &all, &before);
        }
        no_signals(const no_signals&) = delete;
        no_signals& operator=(const no_signals&) = delete;
        ~no_signals() { ::pthread_sigmask(SIG_SETMASK, &before, nullptr); }
    };
    const no_signals inherited;
    return std::thread{std::forward<Work>(work)};
}

}  // namespace honeydue
