// SPDX-License-Identifier: MIT
// One connection to Redis: commands in one write, their replies before one deadline, or the
// connection is gone. The only file that includes hiredis.
#pragma once

#include <honeydue/error.hpp>
#include <honeydue/redis.hpp>

#include <hiredis/hiredis.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "redis_script.hpp"
#include "redis_tls.hpp"
#include "redis_url.hpp"

namespace honeydue {

struct free_reply {
    void operator()(redisReply* reply) const noexcept { ::freeReplyObject(reply); }
};
using redis_reply = std::unique_ptr<redisReply, free_reply>;

using redis_command = std::vector<std::string>;

/// Empty unless the reply is a string.
[[nodiscard]] std::string_view text_of(const redisReply& reply) noexcept;
/// The element of an array; null beyond its end.
[[nodiscard]] const redisReply* element(const redisReply& reply, std::size_t index) noexcept;
[[nodiscard]] long long number_of(const redisReply* reply) noexcept;

/// True for replies that say nothing about the command and everything about the server: READONLY
/// during a failover, LOADING after a restart and their kind.
[[nodiscard]] bool is_server_trouble(const redisReply& reply) noexcept;

using redis_deadline = std::chrono::steady_clock::time_point;

/// What a reply may still announce: hiredis 0.14 takes the memory for an array of any length as
/// soon as it has read the length.
struct array_allowance {
    std::size_t elements = 0;
    bool exceeded = false;
};

/// Thread: one at a time.
class redis_connection {
public:
    /// `trust` is null for a URL without TLS.
    /// Errors: connect, tls, deadline, authentication, configuration (a Redis Cluster).
    [[nodiscard]] static result<redis_connection> open(const redis_url& to,
                                                       const redis_trust& trust,
                                                       redis_deadline until,
                                                       std::size_t max_reply_bytes);

    /// One reply for each command. After an error the connection is of no further use.
    /// Errors: connection_lost, deadline, protocol.
    [[nodiscard]] result<std::vector<redis_reply>> call(std::span<const redis_command> commands,
                                                        redis_deadline until);

    /// A script by its digest, or by its text to a server that has forgotten it.
    [[nodiscard]] result<std::vector<redis_reply>> run(redis_script script,
                                                       std::span<const redis_command> arguments,
                                                       redis_deadline until);

    [[nodiscard]] int socket() const noexcept { return context_->fd; }

    /// Which life of which server this is.
    [[nodiscard]] const std::string& run_id() const noexcept { return run_id_; }

private:
    struct close_context {
        void operator()(redisContext* context) const noexcept { ::redisFree(context); }
    };

    redis_connection(redisContext* context, std::size_t max_reply_bytes);

    [[nodiscard]] result<void> await(short events, redis_deadline until) const;
    [[nodiscard]] result<void> begin_tls(const redis_trust& trust, const std::string& host,
                                         redis_deadline until);
    [[nodiscard]] result<void> greet(const redis_url& to, redis_deadline until);
    [[nodiscard]] result<void> read_info(std::string_view info);
    [[nodiscard]] result<void> say(std::string_view plain, redis_deadline until);
    [[nodiscard]] result<void> send_all(std::string_view wire, redis_deadline until);
    [[nodiscard]] result<void> hear_more(redis_deadline until);
    [[nodiscard]] result<std::size_t> hear_wire(std::span<char> part, redis_deadline until);
    [[nodiscard]] result<void> hear_for_tls(redis_deadline until);
    [[nodiscard]] result<redis_reply> receive(redis_deadline until);
    [[nodiscard]] error lost() const;

    std::unique_ptr<redisContext, close_context> context_;
    std::optional<redis_tls> tls_;
    std::size_t max_reply_bytes_;
    std::size_t reply_bytes_ = 0;
    std::unique_ptr<array_allowance> arrays_ = std::make_unique<array_allowance>();
    std::string run_id_;
    std::array<std::string, redis_script_count> digests_;
};

}  // namespace honeydue
