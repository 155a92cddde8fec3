// SPDX-License-Identifier: MIT
// One connection through the wire proxy: two delay lines, a burst counter and the faults ordered.
// Knows no thread and no loop; wire_proxy drives it.
#pragma once

#include "burst_counter.hpp"
#include "delay_line.hpp"
#include "loopback.hpp"

#include <poll.h>
#include <array>
#include <chrono>
#include <cstdint>
#include <optional>

namespace honeydue::support {

struct wire_options {
    // Where clients come in; a port of zero is a free one.
    const char* address = loopback_address;
    std::uint16_t port = 0;
    // Half of it each way. Zero: bytes pass at once, and then a group that is written in several
    // pieces may be answered piecemeal, so round trips are exact only from 20 ms up.
    std::chrono::microseconds rtt{0};
    // The most bytes one write carries, so that the receiver sees them apart; 1448 is what
    // Ethernet carries. Zero: as they come.
    std::size_t segment_bytes = 0;
    std::chrono::microseconds segment_gap{200};
};

enum class wire_direction { to_server, to_client };

enum class wire_fault {
    blackhole,  // what is under way and what comes is lost; nobody hears of it
    reset,      // both ends get a TCP RST
};

// The whole wire, for `fault_order::connection`; the connections themselves are numbered from 1.
inline constexpr std::uint64_t every_connection = 0;

struct fault_order {
    wire_fault fault;
    std::uint64_t connection = every_connection;
    // The fault strikes when so many further bytes have gone that way; zero is now.
    wire_direction direction = wire_direction::to_server;
    std::uint64_t after_bytes = 0;
};

struct wire_connection_counts {
    std::uint64_t id;
    std::uint64_t round_trips;
    std::uint64_t bytes_to_server;
    std::uint64_t bytes_to_client;
};

class wire_connection {
public:
    using clock = delay_line::clock;

    // Takes both sockets, non-blocking; the server's may still be connecting.
    wire_connection(std::uint64_t id, int client, int server);
    ~wire_connection();

    wire_connection(const wire_connection&) = delete;
    wire_connection& operator=(const wire_connection&) = delete;

    // What poll is to watch: the client's socket, then the server's.
    std::array<pollfd, 2> wants() const;
    void advance(const std::array<pollfd, 2>& ready, clock::time_point now,
                 const wire_options& options);
    // When to advance even if no socket stirs.
    std::optional<clock::time_point> next_due() const;
    bool is_finished() const noexcept { return finished_; }

    void inject(const fault_order& order);

    wire_connection_counts counts() const noexcept;
    void reset_counts() noexcept;

private:
    struct flow {
        int source;
        int sink;
        delay_line line{};
        clock::time_point next_segment{};
        std::uint64_t bytes = 0;
        std::optional<std::uint64_t> bytes_to_fault{};
        bool source_ended = false;
        bool source_was_reset = false;
        bool sink_is_full = false;
        bool ended = false;
    };

    void pull(flow& from, clock::time_point now, const wire_options& options);
    void note_end(flow& from, int error, clock::time_point due);
    void deliver(flow& to, clock::time_point now, const wire_options& options);
    bool send_some(flow& to, clock::time_point now, const wire_options& options);
    void finish(flow& to);
    void strike();
    void break_off();
    void swallow();
    clock::time_point due_for(const flow& from, clock::time_point now,
                              const wire_options& options) const;
    short events_of(int descriptor) const;

    std::uint64_t id_;
    flow to_server_;
    flow to_client_;
    burst_counter bursts_;
    wire_fault fault_ = wire_fault::reset;
    bool handshake_charged_ = false;
    bool blackholed_ = false;
    bool finished_ = false;
};

}  // namespace honeydue::support
