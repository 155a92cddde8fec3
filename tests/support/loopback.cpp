// SPDX-License-Identifier: MIT
// Ports of 127.0.0.1.
#include "loopback.hpp"

#include "program.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace honeydue::support {

listening_socket listen_on(const char* at, std::uint16_t port, int backlog) {
    const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = ::inet_addr(at);
    address.sin_port = ::htons(port);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (descriptor < 0 || ::bind(descriptor, generic, size) != 0 ||
        ::listen(descriptor, backlog) != 0 || ::getsockname(descriptor, generic, &size) != 0) {
        throw server_error(std::string("no free port on ") + at +
                           ": is the loopback interface up?");
    }
    return {descriptor, ::ntohs(address.sin_port)};
}

listening_socket listen_on_free_port() { return listen_on(loopback_address, 0, SOMAXCONN); }

std::uint16_t free_port() {
    const auto taken = listen_on_free_port();
    ::close(taken.descriptor);
    return taken.port;
}

}  // namespace honeydue::support
