// SPDX-License-Identifier: MIT
// SIGINT and SIGTERM as a request to stop in good order; a second one ends the program at once.
#pragma once

#include <atomic>
#include <stop_token>

namespace cli {

/// To be made before any other thread is. Lives as long as the program.
class stop_signals {
public:
    stop_signals();

    [[nodiscard]] std::stop_token token() const { return stop_.get_token(); }

    /// 128 and the signal when there was one, else the code given.
    [[nodiscard]] int exit_code(int code) const;

private:
    std::stop_source stop_;
    static std::atomic<int> received;
};

}  // namespace cli
