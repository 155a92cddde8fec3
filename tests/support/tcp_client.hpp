// SPDX-License-Identifier: MIT
// A TCP client for tests of the wire itself: bytes out, bytes in, and how it ended.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

namespace honeydue::support {

class tcp_client {
public:
    // Errors: server_error when 127.0.0.1 refuses.
    explicit tcp_client(std::uint16_t port);
    ~tcp_client();

    tcp_client(const tcp_client&) = delete;
    tcp_client& operator=(const tcp_client&) = delete;

    // Blocks until everything is with the kernel.
    void send(std::string_view bytes);
    // Blocks until `count` bytes are there, or fewer when the connection ends first.
    std::string receive(std::size_t count);
    // Sends and reads at the same time, as much as is sent.
    std::string exchange(std::string_view bytes);
    // True when bytes, an end or an error can be read now.
    bool has_news() const;
    // errno of the last failure; 0 for none, and for an orderly end.
    int error() const noexcept { return error_; }

private:
    int descriptor_;
    std::atomic<int> error_ = 0;
};

}  // namespace honeydue::support
