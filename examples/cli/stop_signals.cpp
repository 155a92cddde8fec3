// SPDX-License-Identifier: MIT
// Signals as a request to stop: see the header.
#include "stop_signals.hpp"

#include <unistd.h>

#include <csignal>
#include <thread>

namespace cli {

std::atomic<int> stop_signals::received{0};

stop_signals::stop_signals() {
    sigset_t wanted;
    sigemptyset(&wanted);
    sigaddset(&wanted, SIGINT);
    sigaddset(&wanted, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &wanted, nullptr);
    std::thread{[wanted, stop = stop_]() mutable {
        for (int signal = 0; sigwait(&wanted, &signal) == 0;) {
            if (received.exchange(signal) != 0) ::_exit(128 + signal);
            stop.request_stop();
        }
    }}.detach();
}

int stop_signals::exit_code(int code) const {
    return code != 0 && received != 0 ? 128 + received : code;
}

}  // namespace cli
