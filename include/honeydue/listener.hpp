// SPDX-License-Identifier: MIT
// NOTIFY, received: a direct connection that listens, connects again when it is lost, and says that
// something may have been missed.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <honeydue/connection.hpp>
#include <honeydue/endpoint.hpp>
#include <honeydue/error.hpp>

namespace honeydue {

/// What a listener hears.
struct heard {
    enum class kind : std::uint8_t {
        notification,
        gap,  ///< the connection was lost and made again: what was sent meanwhile is lost, so read
              ///< anew what the notifications are about
    };

    kind what = kind::notification;
    std::string channel{};
    std::string payload{};
    int process = 0;  ///< of the session that notified
};

/// Move-only; closing is its destructor. Thread: one at a time.
class listener {
public:
    /// Connects and listens on `channels`, whose names are taken as they are.
    /// Errors: as `connection::open`; refused, when a pooler is in between: LISTEN is dead behind
    /// it. Cost: 2 round trips beside the handshake.
    [[nodiscard]] static result<listener> open(const endpoint& to,
                                               std::vector<std::string> channels,
                                               deadline until = no_deadline);

    /// Waits for the next. A lost connection is made again, later each time up to 15 s, and then
    /// heard of as a gap. Errors: deadline; whatever connecting again cannot cure. Cost: none while
    /// the connection lasts.
    [[nodiscard]] result<heard> next(deadline until = no_deadline);

    /// For a poll loop of one's own: when it can be read, `next` has something to look at. What has
    /// been received already is not announced, so call `next` until it says deadline, then poll.
    /// Another after each reconnection; negative while there is no connection.
    [[nodiscard]] int fd() const noexcept { return connection_ ? connection_->fd() : -1; }

private:
    listener(endpoint to, std::vector<std::string> channels, connection opened) noexcept;

    [[nodiscard]] result<void> connect_again(deadline until);

    endpoint to_;
    std::vector<std::string> channels_;
    std::optional<connection> connection_;
    std::chrono::milliseconds pause_{};
    deadline not_before_{};
};

}  // namespace honeydue
