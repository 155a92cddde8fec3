// SPDX-License-Identifier: MIT
// Linux's own header has more of tcp_info than the C library's, and the two exclude each other.
#include "bytes_sent.hpp"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstddef>

namespace honeydue {

std::optional<std::uint64_t> bytes_sent(int descriptor) noexcept {
    tcp_info counted{};
    socklen_t size = sizeof counted;
    constexpr auto needed = offsetof(tcp_info, tcpi_bytes_sent) + sizeof counted.tcpi_bytes_sent;
    if (::getsockopt(descriptor, IPPROTO_TCP, TCP_INFO, &counted, &size) != 0 || size < needed)
        return std::nullopt;
    return counted.tcpi_bytes_sent;
}

}  // namespace honeydue
