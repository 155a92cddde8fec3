// SPDX-License-Identifier: MIT
// Ports of 127.0.0.1.
#include "loopback.hpp"

#include "program.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace honeydue::support {

listening_socket listen_on_free_port() {
    const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (descriptor < 0 || ::bind(descriptor, generic, size) != 0 ||
        ::listen(descriptor, SOMAXCONN) != 0 || ::getsockname(descriptor, generic, &size) != 0) {
        throw server_error("no free port on 127.0.0.1: is the loopback interface up?");
    }
    return {descriptor, ::ntohs(address.sin_port)};
}

std::uint16_t free_port() {
    const auto taken = listen_on_free_port();
    ::close(taken.descriptor);
    return taken.port;
}

}  // namespace honeydue::support
