// SPDX-License-Identifier: MIT
// A TCP client for tests of the wire itself: bytes out, bytes in, and how it ended.
#include "tcp_client.hpp"

#include "program.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <thread>

namespace honeydue::support {

tcp_client::tcp_client(std::uint16_t port)
    : descriptor_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = ::htons(port);
    address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
    if (::connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        throw server_error("nobody listens on port " + std::to_string(port));
    }
}

tcp_client::~tcp_client() { ::close(descriptor_); }

void tcp_client::send(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto count = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (count < 0) {
            error_ = errno;
            return;
        }
        bytes.remove_prefix(static_cast<std::size_t>(count));
    }
}

std::string tcp_client::receive(std::size_t wanted) {
    std::string received;
    std::array<char, 65536> buffer;
    while (received.size() < wanted) {
        const auto most = std::min(buffer.size(), wanted - received.size());
        const auto count = ::recv(descriptor_, buffer.data(), most, 0);
        if (count < 0) error_ = errno;
        if (count <= 0) break;
        received.append(buffer.data(), static_cast<std::size_t>(count));
    }
    return received;
}

std::string tcp_client::exchange(std::string_view bytes) {
    std::thread sender([this, bytes] { send(bytes); });
    auto received = receive(bytes.size());
    sender.join();
    return received;
}

bool tcp_client::has_news() const {
    pollfd socket{descriptor_, POLLIN, 0};
    return ::poll(&socket, 1, 0) > 0;
}

}  // namespace honeydue::support
