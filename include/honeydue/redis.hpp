// SPDX-License-Identifier: MIT
// The shared tier over Redis or Valkey, component honeydue::redis. Redis is never in the way: each
// call has a deadline, and while Redis does not answer nobody asks it.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <honeydue/error.hpp>
#include <honeydue/shared_tier.hpp>

namespace honeydue {

struct redis_config {
    /// redis://[[user]:password@]host[:port][/database], or rediss:// for TLS: 1.2 at least, with
    /// a certificate that names the host.
    std::string url{};
    /// Who may sign the server's certificate, PEM. Empty: whom the system trusts.
    std::string tls_ca_cert_file{};
    /// For a server that asks for one, PEM, with its key.
    std::string tls_cert_file{};
    std::string tls_key_file{};
    /// Caches of one application share it; another application has another.
    std::string name_space = "honeydue";
    /// For one call, from its first byte to its last, and before it for a connection that is not in
    /// use. Range: 1 ms to 30 days.
    std::chrono::milliseconds call_deadline{50};
    /// For a new connection, TLS and AUTH included. Range: 1 ms to 30 days.
    std::chrono::milliseconds connect_deadline{100};
    /// How long a load keeps others from loading. Longer than a load takes. Range: 1 ms to 30 days.
    std::chrono::milliseconds lease{3000};
    /// From a transaction's intent until it is given up for dead. Longer than any COMMIT takes: a
    /// writer's statement_timeout plus a round trip. The same in all processes. Range: 1 ms to 30
    /// days.
    std::chrono::milliseconds window{5000};
    /// How long memory is believed after the backplane was last heard. Range: 1500 ms, since an
    /// idle backplane is heard twice a second, to 30 days.
    std::chrono::milliseconds trust{2500};
    /// Failures in a row after which Redis is left alone, until it answers a PING.
    int failures_to_open = 3;
    std::size_t max_connections = 16;
    /// A longer answer, or one of more than a 64th as many elements, breaks the connection instead
    /// of filling memory. Range: at least 128 KiB.
    std::size_t max_reply_bytes = std::size_t{16} << 20U;
    /// Invalidations that wait until Redis takes them. Beyond them the whole name space is given
    /// up.
    std::size_t max_undelivered = 1000;
};

struct redis_stats {
    std::uint64_t calls = 0;
    std::uint64_t failures = 0;
    std::uint64_t dials = 0;
    std::uint64_t not_tried = 0;    ///< the breaker was open
    std::uint64_t gaps = 0;         ///< messages of the backplane that were lost
    std::uint64_t flushes = 0;      ///< times all of memory was forgotten: gaps and reconnects
    std::uint64_t generations = 0;  ///< times this process found the name space given up
    std::size_t undelivered = 0;    ///< invalidations that wait now
    bool breaker_open = false;
    bool backplane_trusted = false;
};

/// Thread: any. Lifetime: longer than its caches, and not moved once they hold it.
class redis_tier final : public shared_tier {
public:
    /// A Redis that does not answer yet is no error: the caches work without it until it does.
    /// Errors: configuration (naming the field; a Redis Cluster), tls, authentication. Cost: one
    /// dial, within `connect_deadline`.
    [[nodiscard]] static result<redis_tier> open(redis_config config);

    redis_tier(redis_tier&&) noexcept;
    /// What is still undelivered is tried once more.
    ~redis_tier() override;

    [[nodiscard]] result<std::vector<shared_answer>> acquire(
        std::span<const shared_acquire> wanted) override;
    [[nodiscard]] result<std::vector<std::uint8_t>> fill(
        std::span<const shared_fill> values) override;
    void release(std::span<const shared_acquire> leases) override;
    [[nodiscard]] result<void> intend(const shared_invalidation& of) override;
    result<shared_position> done(const shared_invalidation& of, commit_known known) override;
    void cancel(const shared_invalidation& of) override;

    [[nodiscard]] redis_stats stats() const;

private:
    class core;
    explicit redis_tier(const redis_config& config);

    std::unique_ptr<core> core_;
};

}  // namespace honeydue
