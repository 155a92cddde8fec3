// SPDX-License-Identifier: MIT
// What the API's tests share: servers behind a wire that counts, and an HTTP client without
// comfort.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "support/plain_client.hpp"
#include "support/programs/demo/api_process.hpp"
#include "support/programs/demo/measure.hpp"
#include "support/programs/demo/stack.hpp"
#include "support/tcp_client.hpp"

namespace honeydue::support {

/// Seeded once for the whole program: migrations of other tests would be in the way.
inline demo::stack& servers() {
    static const auto made = [] {
        auto stack = std::make_unique<demo::stack>(std::chrono::milliseconds{0});
        demo::migrate_and_seed(*stack);
        if (test_environment::shared().row() == test_row::direct) {
            stack->wire.set_target(stack->postgres.port());
        }
        return stack;
    }();
    return *made;
}

inline environment_variables variables() {
    auto all = variables_for(servers().far());
    all["DB_MAX_OPEN_CONNS"] = "25";
    all["DB_MAX_IDLE_CONNS"] = "20";
    return all;
}

struct reply {
    int status = 0;  // 0: the connection broke
    std::string head{};
    std::string body{};

    std::string code() const {
        const auto parsed = nlohmann::json::parse(body, nullptr, false);
        return parsed.is_discarded() || !parsed.contains("error") ? "" : parsed["error"]["code"];
    }

    nlohmann::json json() const { return nlohmann::json::parse(body); }

    /// Of the rows under `name`.
    std::vector<std::int64_t> keys(const char* name) const {
        const auto page = json();
        std::vector<std::int64_t> all;
        for (const auto& one : page.at(name))
            all.push_back(one.at("id").get<std::int64_t>());
        return all;
    }
    std::vector<std::int64_t> tasks() const { return keys("tasks"); }

    /// The value of a header field; empty when it is not there.
    std::string field(const std::string& name) const {
        const auto at = head.find("\r\n" + name + ": ");
        if (at == std::string::npos) return "";
        const auto from = at + name.size() + 4;
        return head.substr(from, std::min(head.find("\r\n", from), head.size()) - from);
    }
};

/// An answer that ends before its length is none: the connection broke under it. 304 tells none.
inline reply read_reply(const std::string& text) {
    constexpr std::string_view length = "Content-Length: ";
    const auto end = text.find("\r\n\r\n");
    const auto at = text.find(length);
    if (!text.starts_with("HTTP/1.1 ") || end == std::string::npos) return {};
    std::string body = text.substr(end + 4);
    const int status = std::stoi(text.substr(9, 3));
    if (status == 304) return {status, text.substr(0, end), std::move(body)};
    if (at > end || body.size() != std::stoul(text.substr(at + length.size()))) return {};
    return {status, text.substr(0, end), std::move(body)};
}

inline reply request(std::uint16_t port, const std::string& line, const std::string& fields) {
    tcp_client client(port);
    client.send(line + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + fields + "\r\n");
    return read_reply(client.receive(1 << 20));
}

/// What announces a body.
inline std::string body_fields(const std::string& body) {
    return "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\n";
}

/// With a body, unless it is null.
inline reply send(std::uint16_t port, const std::string& line, const std::string& token,
                  const nlohmann::json& body = {}, const std::string& fields = "") {
    const std::string text = body.is_null() ? "" : body.dump();
    tcp_client client(port);
    client.send(
        line + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Token " +
        token + "\r\n" + fields + (body.is_null() ? "" : body_fields(text)) + "\r\n" + text);
    return read_reply(client.receive(1 << 20));
}

inline reply get_tasks(std::uint16_t port, const std::string& token,
                       const std::string& query = "") {
    return request(port, "GET /api/tasks/" + query, "Authorization: Token " + token + "\r\n");
}

/// What the API costs on the wire for one request; the pool's one question is to have passed.
inline std::uint64_t round_trips_of(const std::function<void()>& ask) {
    const auto& wire = servers().wire;
    demo::wait_until_quiet(wire, std::chrono::milliseconds{100});
    const auto before = wire.snapshot();
    ask();
    return (wire.snapshot() - before).round_trips;
}

/// Of user n, as examples/reference/seed.sql makes it.
inline const std::string token_expression =
    "substr(encode(sha256(convert_to('honeydue-token-' || u.id, 'UTF8')), 'hex'), 1, 40)";

inline std::string token_of(int user) {
    plain_client client(servers().postgres.as_user());
    return client
        .execute("select " + token_expression +
                 " from auth_user u where id = " + std::to_string(user))
        .at(0)
        .at(0);
}

}  // namespace honeydue::support
