// SPDX-License-Identifier: MIT
// The HTTP server around the routes: threads, limits and the line of log each request leaves.
#include "server.hpp"

#include <httplib.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <thread>

#include "routes.hpp"

namespace api {

namespace {

using clock = std::chrono::steady_clock;

constexpr std::size_t largest_body = 64 * 1024;
constexpr std::size_t fewest_threads = 64;
// The library listens with a backlog of 5: two hundred clients at once would wait for their second
// SYN.
constexpr int backlog = 512;

/// Where a request began. A request is served by one thread from its first byte to its last.
struct request_start {
    clock::time_point at = clock::now();
    std::uint64_t round_trips = store::round_trips_of_this_thread();
};
thread_local std::optional<request_start> started;

/// Decoded paths may hold anything: what would break the line is written %0A.
std::string printable(const std::string& path) {
    std::string text;
    for (const char c : path) {
        const auto code = static_cast<unsigned char>(c);
        char escaped[4] = {c, '\0'};
        if (code <= ' ' || code >= 127) std::snprintf(escaped, sizeof escaped, "%%%02X", code);
        text += escaped;
    }
    return text;
}

void log(const httplib::Request& request, const httplib::Response& response) {
    const request_start begun = started.value_or(request_start{});
    started.reset();
    const std::chrono::duration<double, std::milli> took = clock::now() - begun.at;
    const auto round_trips = store::round_trips_of_this_thread() - begun.round_trips;
    std::fprintf(stderr, "%s %s %d %.1f ms %llu round trip%s\n",
                 request.method.empty() ? "-" : printable(request.method).c_str(),
                 request.path.empty() ? "-" : printable(request.path).c_str(), response.status,
                 took.count(), static_cast<unsigned long long>(round_trips),
                 round_trips == 1 ? "" : "s");
}

/// Not SO_REUSEPORT, the library's choice: two servers would share a port in silence.
void set_reuse(int descriptor) {
    const int on = 1;
    ::setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
}

}  // namespace

struct server::state {
    httplib::Server http;
    std::size_t threads;
    int listener = -1;
    std::atomic<bool> ended = false;
};

server::server(const store& from) : state_{std::make_unique<state>()} {
    // A thread waits for its answer, so fewer threads than connections would leave some idle.
    const std::size_t threads = std::max(2 * from.max_open(), fewest_threads);
    state_->threads = threads;
    auto& http = state_->http;
    http.new_task_queue = [threads] { return new httplib::ThreadPool(threads); };
    http.set_payload_max_length(largest_body);
    http.set_read_timeout(std::chrono::seconds{5});
    http.set_write_timeout(std::chrono::seconds{5});
    // A connection kept open occupies a thread.
    http.set_keep_alive_timeout(1);
    http.set_tcp_nodelay(true);
    http.set_socket_options([state = state_.get()](int descriptor) {
        set_reuse(descriptor);
        state->listener = descriptor;
    });
    http.set_pre_routing_handler(
        [&from](const httplib::Request& request, httplib::Response& answer) {
            using handled = httplib::Server::HandlerResponse;
            started.emplace();
            return is_answered_early(from, request, answer) ? handled::Handled : handled::Unhandled;
        });
    http.set_logger(log);
    add_routes(http, from);
}

server::~server() = default;

std::optional<std::uint16_t> server::bind(const std::string& host, std::uint16_t port) {
    auto& http = state_->http;
    const int bound = port == 0                       ? http.bind_to_any_port(host)
                      : http.bind_to_port(host, port) ? port
                                                      : -1;
    if (bound <= 0) return std::nullopt;
    ::listen(state_->listener, backlog);
    return static_cast<std::uint16_t>(bound);
}

bool server::serve() {
    const bool ended_well = state_->http.listen_after_bind();
    state_->ended = true;
    return ended_well;
}

void server::stop() {
    // The library forgets a stop that comes before it runs.
    while (!state_->http.is_running() && !state_->ended)
        std::this_thread::sleep_for(std::chrono::milliseconds{1});
    state_->http.stop();
}

std::size_t server::threads() const noexcept { return state_->threads; }

}  // namespace api
