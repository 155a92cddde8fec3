// SPDX-License-Identifier: MIT
// What both servers need of a socket.
#include "listening.hpp"

#include <httplib.h>
#include <sys/socket.h>

#include <chrono>
#include <thread>

namespace api {

void set_reuse(int descriptor) {
    const int on = 1;
    ::setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
}

std::optional<std::uint16_t> bind_to(httplib::Server& http, const std::string& host,
                                     std::uint16_t port) {
    const int bound = port == 0                       ? http.bind_to_any_port(host)
                      : http.bind_to_port(host, port) ? port
                                                      : -1;
    if (bound <= 0) return std::nullopt;
    return static_cast<std::uint16_t>(bound);
}

void stop(httplib::Server& http, const std::atomic<bool>& ended) {
    while (!http.is_running() && !ended)
        std::this_thread::sleep_for(std::chrono::milliseconds{1});
    http.stop();
}

}  // namespace api
