// SPDX-License-Identifier: MIT
// A TCP server that says back what it hears: the plainest thing to put behind the wire proxy.
#include "echo_server.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>
#include <array>
#include <cerrno>
#include <list>
#include <string>
#include <tuple>
#include <vector>

namespace honeydue::support {

namespace {

struct visitor {
    int descriptor;
    std::string unsaid{};
    bool gone = false;

    // Answers how many bytes were heard.
    std::size_t hear() {
        std::array<char, 65536> buffer;
        const auto count = ::recv(descriptor, buffer.data(), buffer.size(), MSG_DONTWAIT);
        gone = count == 0 || (count < 0 && errno != EAGAIN);
        if (count <= 0) return 0;
        unsaid.append(buffer.data(), static_cast<std::size_t>(count));
        return static_cast<std::size_t>(count);
    }

    void say() {
        const auto count =
            ::send(descriptor, unsaid.data(), unsaid.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
        if (count > 0) unsaid.erase(0, static_cast<std::size_t>(count));
    }
};

}  // namespace

echo_server::echo_server()
    : listening_(listen_on_free_port()),
      wake_(::eventfd(0, EFD_CLOEXEC)),
      thread_([this] { run(); }) {}

echo_server::~echo_server() {
    const std::uint64_t one = 1;
    std::ignore = ::write(wake_, &one, sizeof one);
    thread_.join();
    ::close(wake_);
    ::close(listening_.descriptor);
}

void echo_server::run() {
    std::list<visitor> visitors;
    for (;;) {
        std::vector<pollfd> polled{{wake_, POLLIN, 0}, {listening_.descriptor, POLLIN, 0}};
        for (const auto& each : visitors) {
            const auto events = each.unsaid.empty() ? POLLIN : POLLIN | POLLOUT;
            polled.push_back({each.descriptor, static_cast<short>(events), 0});
        }
        ::poll(polled.data(), polled.size(), -1);
        if (polled[0].revents != 0) break;
        auto ready = polled.begin() + 2;
        for (auto& each : visitors) {
            if ((ready++)->revents == 0) continue;
            if (const auto heard = each.hear(); heard > 0) {
                bytes_heard_ += heard;
                ++reads_;
            }
            if (!each.unsaid.empty()) each.say();
            if (each.gone) ::close(each.descriptor);
        }
        visitors.remove_if([](const visitor& each) { return each.gone; });
        const int descriptor = ::accept4(listening_.descriptor, nullptr, nullptr, SOCK_CLOEXEC);
        if (descriptor >= 0) visitors.push_back({descriptor});
    }
    for (const auto& each : visitors)
        ::close(each.descriptor);
}

}  // namespace honeydue::support
