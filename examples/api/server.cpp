// SPDX-License-Identifier: MIT
// The HTTP server around the routes: threads, limits and the line of log each request leaves.
#include "server.hpp"

#include <httplib.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <chrono>

#include "framing.hpp"
#include "listening.hpp"
#include "request_log.hpp"
#include "routes.hpp"

namespace api {

namespace {

constexpr std::size_t fewest_threads = 64;
constexpr std::size_t most_waiting = 200;
// The library listens with a backlog of 5: two hundred clients at once would wait for their second
// SYN.
constexpr int backlog = 512;

/// What the header that this request alone has says; empty where it is not, or is there twice.
std::string only_header(const httplib::Request& request, const char* name) {
    return request.get_header_value_count(name) == 1 ? request.get_header_value(name)
                                                     : std::string{};
}

void begin(const httplib::Request& request) {
    auto& made = begin_request(request.method, request.path, only_header(request, "traceparent"));
    made.round_trips = store::round_trips_of_this_thread();
}

void finish(const httplib::Response& response, const watcher& told) {
    auto served = end_request();
    if (!served) return;
    served->took = std::chrono::steady_clock::now() - served->at;
    served->round_trips = store::round_trips_of_this_thread() - served->round_trips;
    served->status = response.status;
    log_request(*served);
    if (told) told(*served);
}

void set_handlers(httplib::Server& http, const store& from, const watcher& told) {
    using httplib::Request;
    using httplib::Response;
    http.set_pre_routing_handler([&from](const Request& request, Response& answer) {
        using handled = httplib::Server::HandlerResponse;
        begin(request);
        return is_answered_early(from, request, answer) ? handled::Handled : handled::Unhandled;
    });
    // Also asked where the library gives up, without having asked anybody else.
    http.set_error_handler([&from](const Request& request, Response& answer) {
        if (request_of_this_thread() == nullptr) begin(request);
        if (!is_answered(answer)) answer_given_up(from, request, answer);
    });
    http.set_exception_handler(refuse_thrown);
    http.set_post_routing_handler([](const Request&, Response& answer) {
        answer.set_header("X-Request-Id", request_of_this_thread()->id);
        answer.set_header("Vary", "Accept-Encoding, Authorization");
        // The library says 0 of what is left out. Source: RFC 9110, section 8.6.
        if (answer.status == 304) answer.headers.erase("Content-Length");
    });
    http.set_logger([told](const Request&, const Response& answer) { finish(answer, told); });
}

}  // namespace

struct server::state {
    httplib::Server http;
    std::size_t threads;
    int listener = -1;
    std::atomic<bool> ended = false;
};

server::server(const store& from, const watcher& told) : state_{std::make_unique<state>()} {
    // A client that is kept alive has a thread for itself. Who has one waits in the pool's queue,
    // first come, first served; who has none waits until another is silent for a second.
    const std::size_t threads =
        std::max(from.max_open() + std::min(8 * from.max_open(), most_waiting), fewest_threads);
    state_->threads = threads;
    auto& http = state_->http;
    http.new_task_queue = [threads] { return new httplib::ThreadPool(threads); };
    http.set_payload_max_length(largest_body);
    http.set_read_timeout(std::chrono::seconds{5});
    http.set_write_timeout(std::chrono::seconds{5});
    http.set_keep_alive_timeout(1);
    http.set_tcp_nodelay(true);
    http.set_socket_options([state = state_.get()](int descriptor) {
        set_reuse(descriptor);
        state->listener = descriptor;
    });
    set_handlers(http, from, told);
    add_routes(http, from);
}

server::~server() = default;

std::optional<std::uint16_t> server::bind(const std::string& host, std::uint16_t port) {
    const auto bound = bind_to(state_->http, host, port);
    if (bound) ::listen(state_->listener, backlog);
    return bound;
}

bool server::serve() {
    const bool ended_well = state_->http.listen_after_bind();
    state_->ended = true;
    return ended_well;
}

void server::stop() { api::stop(state_->http, state_->ended); }

std::size_t server::threads() const noexcept { return state_->threads; }

}  // namespace api
