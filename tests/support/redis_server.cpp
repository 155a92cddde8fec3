// SPDX-License-Identifier: MIT
// A private Redis.
#include "redis_server.hpp"

#include "loopback.hpp"
#include "program.hpp"
#include "tcp_client.hpp"

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <thread>

namespace honeydue::support {

namespace {

constexpr auto start_limit = std::chrono::seconds(15);
constexpr int port_attempts = 5;

std::string server_name() {
    const char* const named = std::getenv("HONEYDUE_TEST_REDIS");
    return named == nullptr ? "redis-server" : named;
}

std::string line_from(tcp_client& client) {
    std::string line;
    while (!line.ends_with("\r\n")) {
        const auto next = client.receive(1);
        if (next.empty()) throw server_error("Redis hung up");
        line += next;
    }
    line.resize(line.size() - 2);
    return line;
}

// Source: the Redis serialization protocol, version 2.
std::string reply_from(tcp_client& client) {
    const auto head = line_from(client);
    if (head[0] != '$' && head[0] != '*') return head.substr(1);
    const auto size = std::stol(head.substr(1));
    if (size < 0) return "";
    if (head[0] == '$') {
        auto text = client.receive(static_cast<std::size_t>(size) + 2);
        return text.substr(0, static_cast<std::size_t>(size));
    }
    std::string all;
    for (long i = 0; i < size; ++i)
        all += reply_from(client) + '\n';
    return all;
}

}  // namespace

bool has_redis() { return !look_for_program(server_name()).empty(); }

redis_server::redis_server(redis_options options) : options_(std::move(options)) {
    const auto owner = unprivileged_user();
    keeper_ = std::make_unique<keeper>(
        std::make_unique<scratch_directory>(owner), owner,
        server_command{{find_program(server_name()).native(), "redis.conf"}, SIGTERM});
    if (options_.tls) certificates_ = make_certificates(keeper_->directory(), owner);
    for (int attempt = 0; attempt < port_attempts; ++attempt) {
        keeper_->directory().write("redis.conf", configuration());
        if (comes_up()) return;
        keeper_->stop();
    }
    throw server_error("Redis does not start: " + log_tail(keeper_->log()));
}

std::string redis_server::configuration() {
    port_ = free_port();
    std::string text = "port " + std::to_string(port_) + "\nbind 127.0.0.1\nsave \"\"\n";
    if (options_.tls) {
        tls_port_ = free_port();
        text += "tls-port " + std::to_string(tls_port_) + "\ntls-ca-cert-file " +
                certificates_.authority.native() + "\ntls-cert-file " +
                certificates_.certificate.native() + "\ntls-key-file " +
                certificates_.key.native() + "\ntls-auth-clients no\n";
    }
    for (const auto& line : options_.settings)
        text += line + "\n";
    return text;
}

bool redis_server::comes_up() {
    const auto until = std::chrono::steady_clock::now() + start_limit;
    keeper_->start();
    while (keeper_->is_running() && std::chrono::steady_clock::now() < until) {
        try {
            command({"PING"});
            return true;
        } catch (const server_error&) {
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
    }
    return false;
}

std::string redis_server::command(const std::vector<std::string>& words) const {
    tcp_client client(port_);
    std::string text = "*" + std::to_string(words.size()) + "\r\n";
    for (const auto& word : words)
        text += "$" + std::to_string(word.size()) + "\r\n" + word + "\r\n";
    client.send(text);
    return reply_from(client);
}

void redis_server::start() {
    if (!comes_up()) throw server_error("Redis does not come back: " + log_tail(keeper_->log()));
}

}  // namespace honeydue::support
