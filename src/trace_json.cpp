// SPDX-License-Identifier: MIT
// Events as lines of JSON: each event has a struct whose members are the line's keys.
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <honeydue/json.hpp>
#include <honeydue/trace.hpp>

namespace honeydue {

namespace {

double seconds(std::chrono::duration<double> time) { return time.count(); }

std::optional<std::string> said_of(const error* failure) {
    if (failure == nullptr) return std::nullopt;
    return explain(*failure);
}

struct call_line {
    std::string event{};
    std::string server{};
    std::vector<std::string> sql{};
    std::int64_t statements = 0;
    std::int64_t round_trips = 0;
    std::int64_t rows = 0;
    std::int64_t bytes = 0;
    double queue = 0;
    double flight = 0;
    double decode = 0;
    std::optional<std::string> error{};
};

struct handshake_line {
    std::string event{};
    std::string server{};
    double resolve = 0;
    double tcp = 0;
    double tls = 0;
    double authentication = 0;
    std::optional<std::string> error{};
};

struct loan_line {
    std::string event{};
    std::string server{};
    double wait = 0;
    double use = 0;
    std::optional<std::string> error{};
};

struct eviction_line {
    std::string event{};
    std::string server{};
    std::string reason{};
};

struct pool_line {
    std::string event{};
    std::string server{};
    std::string breaker{};
    std::int64_t effective_max = 0;
    std::int64_t max_open = 0;
};

struct cache_line {
    std::string event{};
    std::string cache{};
    std::string source{};
    std::int64_t keys = 0;
    double took = 0;
    std::optional<std::string> error{};
};

}  // namespace

struct json_lines::writer {
    std::mutex guard;
    std::function<void(std::string_view)> write;

    template <class Line>
    void put(const Line& line) {
        std::string text;
        // Nothing in a line is out of JSON's range.
        static_cast<void>(detail::write_json(text, line));
        const std::lock_guard lock{guard};
        write(text);
    }
};

json_lines::json_lines(std::function<void(std::string_view)> write) : writer_{new writer} {
    writer_->write = std::move(write);
}
json_lines::~json_lines() = default;

void json_lines::on_call(const call_event& event) noexcept {
    writer_->put(call_line{.event = "call",
                           .server = std::string{event.server},
                           .sql = {event.texts.begin(), event.texts.end()},
                           .statements = static_cast<std::int64_t>(event.statements),
                           .round_trips = static_cast<std::int64_t>(event.round_trips),
                           .rows = static_cast<std::int64_t>(event.rows),
                           .bytes = static_cast<std::int64_t>(event.bytes),
                           .queue = seconds(event.queue),
                           .flight = seconds(event.flight),
                           .decode = seconds(event.decode),
                           .error = said_of(event.failure)});
}

void json_lines::on_handshake(const handshake_event& event) noexcept {
    writer_->put(handshake_line{.event = "handshake",
                                .server = std::string{event.server},
                                .resolve = seconds(event.resolve),
                                .tcp = seconds(event.tcp),
                                .tls = seconds(event.tls),
                                .authentication = seconds(event.authentication),
                                .error = said_of(event.failure)});
}

void json_lines::on_loan(const loan_event& event) noexcept {
    writer_->put(loan_line{.event = "loan",
                           .server = std::string{event.server},
                           .wait = seconds(event.wait),
                           .use = seconds(event.use),
                           .error = said_of(event.failure)});
}

void json_lines::on_eviction(const eviction_event& event) noexcept {
    writer_->put(eviction_line{.event = "eviction",
                               .server = std::string{event.server},
                               .reason = std::string{name(event.why)}});
}

void json_lines::on_pool(const pool_event& event) noexcept {
    writer_->put(pool_line{.event = "pool",
                           .server = std::string{event.server},
                           .breaker = std::string{name(event.breaker)},
                           .effective_max = static_cast<std::int64_t>(event.effective_max),
                           .max_open = static_cast<std::int64_t>(event.max_open)});
}

void json_lines::on_cache(const cache_event& event) noexcept {
    writer_->put(cache_line{.event = "cache",
                            .cache = std::string{event.cache},
                            .source = std::string{event.source},
                            .keys = static_cast<std::int64_t>(event.keys),
                            .took = seconds(event.took),
                            .error = said_of(event.failure)});
}

}  // namespace honeydue
