// SPDX-License-Identifier: MIT
// Bytes on their way: what goes in comes out in order, later, and as fast as it went in.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

namespace honeydue::support {

// Pure: the caller says what time it is.
class delay_line {
public:
    using clock = std::chrono::steady_clock;

    void push(std::string_view bytes, clock::time_point due) {
        // Order is kept when the delay is made shorter while bytes are under way.
        due = std::max(due, last_due_);
        last_due_ = due;
        buffered_ += bytes.size();
        chunks_.push_back({due, std::string(bytes)});
    }

    // Nothing follows the bytes pushed so far.
    void push_end(clock::time_point due) { end_ = std::max(due, last_due_); }

    // The oldest bytes when they are due, else an empty view. A view holds until the next call.
    std::string_view due_bytes(clock::time_point now) const {
        if (chunks_.empty() || chunks_.front().due > now) return {};
        return std::string_view(chunks_.front().bytes).substr(taken_);
    }

    // `count` of the due bytes have left.
    void take(std::size_t count) {
        taken_ += count;
        buffered_ -= count;
        if (taken_ < chunks_.front().bytes.size()) return;
        chunks_.pop_front();
        taken_ = 0;
    }

    bool is_at_end(clock::time_point now) const { return chunks_.empty() && end_ && *end_ <= now; }

    // When there will be something to do.
    std::optional<clock::time_point> next_due() const {
        return chunks_.empty() ? end_ : std::optional(chunks_.front().due);
    }

    std::size_t buffered() const noexcept { return buffered_; }

    void drop_everything() {
        chunks_.clear();
        taken_ = buffered_ = 0;
    }

private:
    struct chunk {
        clock::time_point due;
        std::string bytes;
    };

    std::deque<chunk> chunks_;
    std::size_t taken_ = 0;
    std::size_t buffered_ = 0;
    clock::time_point last_due_{};
    std::optional<clock::time_point> end_;
};

}  // namespace honeydue::support
