// SPDX-License-Identifier: MIT
// The last requests as server-sent events, for whoever looks at the live page.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>

#include "request_record.hpp"

namespace api {

/// Thread: any.
class live_feed {
public:
    /// Older ones are forgotten.
    static constexpr std::size_t kept = 200;

    void note(const request_record& served);

    /// The events behind the one of this number, as they are sent; waits for the first, but not
    /// longer than `wait`. `number` is the last one's then.
    [[nodiscard]] std::string behind(std::uint64_t& number, std::chrono::milliseconds wait);

    /// Nobody waits from then on.
    void close();
    [[nodiscard]] bool is_closed() const;

private:
    mutable std::mutex guard_;
    std::condition_variable news_;
    std::deque<std::string> events_;
    std::uint64_t last_ = 0;  ///< the newest one's number
    bool closed_ = false;
};

}  // namespace api
