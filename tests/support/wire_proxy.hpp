// SPDX-License-Identifier: MIT
// The wire between client and server, made long: the judge of every claim about round trips.
#pragma once

#include "wire_connection.hpp"

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace honeydue::support {

struct wire_counts {
    std::uint64_t round_trips = 0;  // answered client bursts; the TCP handshake is not among them
    std::uint64_t connections = 0;  // opened
    std::uint64_t bytes_to_server = 0;
    std::uint64_t bytes_to_client = 0;

    // What happened between two snapshots.
    friend wire_counts operator-(const wire_counts& later, const wire_counts& earlier) noexcept {
        return {later.round_trips - earlier.round_trips, later.connections - earlier.connections,
                later.bytes_to_server - earlier.bytes_to_server,
                later.bytes_to_client - earlier.bytes_to_client};
    }
};

// Listens on a free port of 127.0.0.1 and forwards to another, from a thread of its own, until
// destroyed. Adds delay and keeps throughput. The dial costs a round trip as on a real wire: the
// first bytes of a connection wait for it.
// A client that dials a target nobody listens on is accepted and then reset. A blackholed peer is
// still acknowledged by the kernel, so TCP_USER_TIMEOUT does not fire.
// Thread: any, for every function.
class wire_proxy {
public:
    explicit wire_proxy(std::uint16_t target_port, wire_options options = {});
    ~wire_proxy();

    wire_proxy(const wire_proxy&) = delete;
    wire_proxy& operator=(const wire_proxy&) = delete;

    std::uint16_t port() const noexcept { return port_; }

    // For bytes that arrive from now on.
    void set_rtt(std::chrono::microseconds rtt);
    // Zero bytes: no longer cut.
    void set_segment_bytes(std::size_t bytes);
    // Where new connections go.
    void set_target(std::uint16_t port);

    std::uint64_t round_trips() const { return snapshot().round_trips; }
    wire_counts snapshot() const;
    // Oldest first, closed ones too.
    std::vector<wire_connection_counts> connections() const;
    // The numbers of those still open, oldest first.
    std::vector<std::uint64_t> open_connections() const;
    // Everything from zero; connections that have closed are forgotten.
    void reset_counts();

    // Strikes the open connections chosen; has taken effect when it returns.
    void inject(const fault_order& order);
    // Strikes each connection that is opened from now on, or the one that gets the number; nullopt:
    // no longer.
    void inject_into_new(std::optional<fault_order> order);

private:
    void run();
    void wake() const;
    void poll_once(std::unique_lock<std::mutex>& lock);
    std::vector<pollfd> sockets() const;
    std::optional<delay_line::clock::time_point> next_due() const;
    void advance(const std::vector<pollfd>& ready);
    void accept_all();
    void accept_one(int client);
    void obey_orders();
    void forget_finished();
    std::vector<wire_connection_counts> all_connections() const;

    std::uint16_t port_ = 0;
    int listener_ = -1;
    int wake_ = -1;

    mutable std::mutex mutex_;
    std::condition_variable obeyed_;
    std::uint16_t target_;
    wire_options options_;
    std::vector<std::unique_ptr<wire_connection>> open_;
    std::vector<wire_connection_counts> closed_;
    std::vector<fault_order> orders_;
    std::optional<fault_order> order_for_new_;
    std::uint64_t next_id_ = 1;
    std::uint64_t opened_ = 0;
    bool stopping_ = false;

    std::thread thread_;
};

}  // namespace honeydue::support
