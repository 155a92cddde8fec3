// SPDX-License-Identifier: MIT
// Ports of 127.0.0.1.
#pragma once

#include <cstdint>

namespace honeydue::support {

inline constexpr const char* loopback_address = "127.0.0.1";

// A port nobody listens on at this moment: another may take it first, so a server that cannot
// bind it tries again with a new one.
std::uint16_t free_port();

// A listening socket on a free port, close-on-exec and non-blocking.
struct listening_socket {
    int descriptor;
    std::uint16_t port;
};
listening_socket listen_on_free_port();
// The same on another address of the machine itself, such as 127.0.0.2; a port of zero is a free
// one.
listening_socket listen_on(const char* address, std::uint16_t port, int backlog);

}  // namespace honeydue::support
