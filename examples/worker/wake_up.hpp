// SPDX-License-Identifier: MIT
// Waiting until there may be work, or it is time to end.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include <honeydue/endpoint.hpp>
#include <honeydue/listener.hpp>

namespace worker {

/// Hears of work on a direct connection; without one there is only the time.
class wake_up {
public:
    /// Comes back when it listens, or cannot, which `silence` then tells the reason of.
    wake_up(honeydue::endpoint direct, std::chrono::milliseconds interval);

    /// Empty while it listens.
    [[nodiscard]] const std::string& silence() const noexcept { return silence_; }

    /// Until a notification, the interval's end, or a byte in `stop`. What came since the last time
    /// ends it at once.
    void wait(int stop);

private:
    void listen();
    [[nodiscard]] bool take_all();

    honeydue::endpoint direct_;
    std::chrono::milliseconds interval_;
    std::optional<honeydue::listener> ears_;
    std::string silence_;
};

}  // namespace worker
