// SPDX-License-Identifier: MIT
// The listener of those who operate the API.
#include "operations.hpp"

#include <httplib.h>

#include <atomic>
#include <charconv>
#include <chrono>
#include <nlohmann/json.hpp>
#include <string_view>
#include <thread>

#include "debug_page.hpp"
#include "framing.hpp"
#include "listening.hpp"
#include "live_feed.hpp"
#include "metrics.hpp"

namespace api {

namespace {

using json = nlohmann::ordered_json;
using namespace std::chrono_literals;

constexpr std::size_t threads = 8;
/// Each occupies a thread; some are left for scrapers.
constexpr int most_streams = 4;

constexpr const char* policy =
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; connect-src "
    "'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

json as_json(const pool_state& of) {
    json slots = json::array();
    for (const auto& [state, since, latency, is_slow] : of.slots) {
        slots.push_back({{"state", state},
                         {"since_ms", since},
                         {"latency_ms", latency ? json(*latency) : json()},
                         {"is_slow", is_slow}});
    }
    return {{"max_open", of.max_open},
            {"idle", of.idle},
            {"in_use", of.in_use},
            {"connecting", of.connecting},
            {"waiting", of.waiting},
            {"breaker", of.breaker},
            {"round_trip_ms", of.round_trip_ms},
            {"last_dial_error", of.last_dial_error},
            {"slots", std::move(slots)}};
}

json as_json(const cache_state& of) {
    json each = json::array();
    for (const auto& [name, hits, loads, joined, unfenced] : of.each) {
        each.push_back({{"name", name},
                        {"shared_hits", hits},
                        {"loads", loads},
                        {"joined", joined},
                        {"unfenced_commits", unfenced}});
    }
    return {{"is_shared", of.is_shared},
            {"is_well", of.is_well},
            {"memory_hits", of.memory_hits},
            {"memory_misses", of.memory_misses},
            {"memory_entries", of.memory_entries},
            {"memory_bytes", of.memory_bytes},
            {"each", std::move(each)}};
}

std::uint64_t number_in(const std::string& text) {
    std::uint64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

/// A name that leads here may be another site's: its pages are not to read ours (DNS rebinding).
bool is_for_loopback(const httplib::Request& request) {
    std::string host = request.get_header_value("Host");
    const auto colon = host.rfind(':');
    if (colon != std::string::npos && host.find(']', colon) == std::string::npos)
        host.resize(colon);
    return is_loopback(host);
}

constexpr refusal wrong_host{403, "wrong_host",
                             "the live page is shown under this machine's own name only"};

/// Refuses what is none of this listener's business; it reads no body.
bool is_refused(live_page page, const httplib::Request& request, httplib::Response& to) {
    ignore_range(request);
    const bool is_reading = request.method == "GET" || request.method == "HEAD";
    const auto body = body_ahead(request, 0);
    if (!is_reading) {
        refuse_and_close(request, to, wrong_method);
        to.set_header("Allow", "GET, HEAD");
    } else if (!body) {
        refuse_and_close(request, to, body.error());
    } else if (page == live_page::loopback && !is_for_loopback(request)) {
        refuse(to, wrong_host);
    }
    return is_answered(to);
}

void set_handlers(httplib::Server& http, live_page page) {
    using httplib::Request;
    using httplib::Response;
    http.set_pre_routing_handler([page](const Request& request, Response& to) {
        using handled = httplib::Server::HandlerResponse;
        return is_refused(page, request, to) ? handled::Handled : handled::Unhandled;
    });
    http.set_error_handler([](const Request& request, Response& to) {
        if (!is_answered(to)) refuse_given_up(request, to);
    });
    http.set_exception_handler(refuse_thrown);
}

}  // namespace

bool is_loopback(const std::string& host) {
    if (host == "localhost" || host == "::1" || host == "[::1]") return true;
    constexpr std::string_view digits = "0123456789.";
    return host.starts_with("127.") && host.find_first_not_of(digits) == std::string::npos;
}

struct operations::state {
    state(const store& store_of, live_page wanted)
        : from{store_of}, page{wanted}, numbers{[this] { return from.readings(); }} {}

    void answer_metrics(httplib::Response& to) const {
        const auto text = numbers.text();
        if (text) return to.set_content(*text, "text/plain; version=0.0.4; charset=utf-8");
        to.status = 404;
        to.set_content("this program is built without prometheus-cpp\n", "text/plain");
    }

    [[nodiscard]] std::string condition() const {
        const json now{{"pool", as_json(from.pool())}, {"cache", as_json(from.caches())}};
        return "event: state\ndata: " + now.dump(-1, ' ', false, json::error_handler_t::replace) +
               "\n\n";
    }

    void answer_events(const httplib::Request& request, httplib::Response& to) {
        if (streams.fetch_add(1) >= most_streams) {
            --streams;
            to.status = 503;
            return to.set_content("four look at it already\n", "text/plain");
        }
        to.set_header("Cache-Control", "no-store");
        // The state, once a second at least, also finds out that nobody is there any more.
        to.set_chunked_content_provider(
            "text/event-stream",
            [this, last = number_in(request.get_header_value("Last-Event-ID"))](
                std::size_t, httplib::DataSink& sink) mutable {
                const std::string text = condition() + feed.behind(last, 1s);
                if (feed.is_closed()) sink.done();
                return feed.is_closed() || sink.write(text.data(), text.size());
            },
            [this](bool) { --streams; });
    }

    void add_page() {
        http.Get("/debug/", [](const httplib::Request&, httplib::Response& to) {
            to.set_header("Cache-Control", "no-store");
            to.set_header("Content-Security-Policy", policy);
            to.set_content(debug_page.data(), debug_page.size(), "text/html; charset=utf-8");
        });
        http.Get("/debug/events", [this](const httplib::Request& request, httplib::Response& to) {
            answer_events(request, to);
        });
    }

    const store& from;
    live_page page;
    metrics numbers;
    live_feed feed{};
    std::atomic<int> streams = 0;
    std::atomic<bool> ended = false;
    httplib::Server http{};
    std::thread serving{};
};

operations::operations(const store& from, live_page page)
    : state_{std::make_unique<state>(from, page)} {
    auto& http = state_->http;
    http.new_task_queue = [] { return new httplib::ThreadPool(threads); };
    http.set_payload_max_length(0);
    http.set_keep_alive_timeout(1);
    http.set_socket_options(set_reuse);
    set_handlers(http, page);
    http.Get("/metrics", [state = state_.get()](const httplib::Request&, httplib::Response& to) {
        state->answer_metrics(to);
    });
    if (page != live_page::off) state_->add_page();
}

operations::~operations() {
    state_->feed.close();
    if (!state_->serving.joinable()) return;
    stop(state_->http, state_->ended);
    state_->serving.join();
}

std::optional<std::uint16_t> operations::bind(const std::string& host, std::uint16_t port) {
    return bind_to(state_->http, host, port);
}

void operations::serve() {
    state_->serving = std::thread{[this] {
        state_->http.listen_after_bind();
        state_->ended = true;
    }};
}

void operations::note(const request_record& served) {
    state_->numbers.note(served);
    if (state_->page != live_page::off) state_->feed.note(served);
}

}  // namespace api
