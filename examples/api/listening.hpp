// SPDX-License-Identifier: MIT
// What both servers need of a socket, and of the HTTP library's end.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>

namespace httplib {
class Server;
}

namespace api {

/// Not SO_REUSEPORT, the library's choice: two servers would share a port in silence.
void set_reuse(int descriptor);

/// The port that was bound, the given one unless that is 0; nothing when it cannot be had.
[[nodiscard]] std::optional<std::uint16_t> bind_to(httplib::Server& http, const std::string& host,
                                                   std::uint16_t port);

/// Also before it runs: the library forgets a stop that comes that early. `ended` is said when it
/// does not run any more.
void stop(httplib::Server& http, const std::atomic<bool>& ended);

}  // namespace api
