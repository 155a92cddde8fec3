// SPDX-License-Identifier: MIT
// SIGINT and SIGTERM as a pipe that can be read: what a program polls to learn that it is to end.
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <csignal>

namespace stop_pipe {

/// The signal handler's end, [1], and the end that waits. A byte in it is never taken out.
inline int ends[2] = {-1, -1};

inline void ask_to_stop(int) {
    const char byte = 0;
    [[maybe_unused]] const auto written = ::write(ends[1], &byte, 1);
}

/// False when there is no pipe to be had. SIGPIPE is ignored from then on.
inline bool catch_signals() {
    if (::pipe2(ends, O_CLOEXEC) != 0) return false;
    struct sigaction action {};
    action.sa_handler = ask_to_stop;
    action.sa_flags = SA_RESTART;
    std::signal(SIGPIPE, SIG_IGN);
    return ::sigaction(SIGINT, &action, nullptr) == 0 &&
           ::sigaction(SIGTERM, &action, nullptr) == 0;
}

/// Waits for as many milliseconds, or for ever when they are negative.
inline bool is_asked(int milliseconds = 0) {
    pollfd watched{ends[0], POLLIN, 0};
    return ::poll(&watched, 1, milliseconds) > 0;
}

}  // namespace stop_pipe
