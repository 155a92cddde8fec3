// SPDX-License-Identifier: MIT
// A TCP server that says back what it hears: the plainest thing to put behind the wire proxy.
#pragma once

#include "loopback.hpp"

#include <atomic>
#include <cstdint>
#include <thread>

namespace honeydue::support {

// Serves from a thread of its own until destroyed.
class echo_server {
public:
    echo_server();
    ~echo_server();

    echo_server(const echo_server&) = delete;
    echo_server& operator=(const echo_server&) = delete;

    std::uint16_t port() const noexcept { return listening_.port; }
    std::uint64_t bytes_heard() const noexcept { return bytes_heard_; }
    // In how many pieces the bytes came.
    std::uint64_t reads() const noexcept { return reads_; }

private:
    void run();

    listening_socket listening_;
    int wake_;
    std::atomic<std::uint64_t> bytes_heard_ = 0;
    std::atomic<std::uint64_t> reads_ = 0;
    std::thread thread_;
};

}  // namespace honeydue::support
