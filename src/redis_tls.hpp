// SPDX-License-Identifier: MIT
// TLS for a connection to Redis, bytes in and bytes out: the socket and the waiting are the
// connection's. OpenSSL's own, because hiredis has none before 1.0.
#pragma once

#include <honeydue/error.hpp>
#include <honeydue/redis.hpp>

#include <openssl/ssl.h>

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace honeydue {

/// Whom a tier's connections trust, and who they are. Null: no TLS. Thread: any.
using redis_trust = std::shared_ptr<SSL_CTX>;

/// Errors: configuration, by the field whose file cannot be used.
[[nodiscard]] result<redis_trust> read_trust(const redis_config& config);

/// Thread: one at a time.
class redis_tls {
public:
    /// `host` is what the server's certificate has to name.
    redis_tls(const redis_trust& trust, const std::string& host);

    /// True when it is over; false when the server has to be heard first. What `to_send` has is to
    /// be sent in both cases, and after an error too. Errors: tls.
    [[nodiscard]] result<bool> shake_hands();

    /// Afterwards `to_send` has it. Errors: tls.
    [[nodiscard]] result<void> encrypt(std::string_view plain);

    /// How much was put into `plain`; 0 when the server has to be heard first. Errors: tls.
    [[nodiscard]] result<std::size_t> decrypt(std::span<char> plain);

    void hear(std::string_view wire);
    [[nodiscard]] std::string to_send();

private:
    struct free_ssl {
        void operator()(SSL* ssl) const noexcept { ::SSL_free(ssl); }
    };

    [[nodiscard]] error why_not() const;

    std::string host_;
    std::unique_ptr<SSL, free_ssl> ssl_;
};

}  // namespace honeydue
