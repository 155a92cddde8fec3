// SPDX-License-Identifier: MIT
// What a round trip is on a wire nobody can read: a burst of client bytes that was answered.
#pragma once

#include <cstdint>

namespace honeydue::support {

// A burst is what the client sent since the last bytes it was given. It counts when bytes of the
// server follow, once, however many pieces the answer comes in. What the client says last and
// nobody answers (Terminate, TLS close_notify) does not count, nor does a farewell of the server
// to a client that has closed.
class burst_counter {
public:
    void client_sent() noexcept {
        if (!closed_) waiting_ = true;
    }

    void client_was_answered() noexcept {
        if (waiting_) ++round_trips_;
        waiting_ = false;
    }

    void client_closed() noexcept {
        closed_ = true;
        waiting_ = false;
    }

    // A burst under way still counts when it is answered.
    void reset() noexcept { round_trips_ = 0; }

    std::uint64_t round_trips() const noexcept { return round_trips_; }

private:
    std::uint64_t round_trips_ = 0;
    bool waiting_ = false;
    bool closed_ = false;
};

}  // namespace honeydue::support
