// SPDX-License-Identifier: MIT
// One connection through the wire proxy: two delay lines, a burst counter and the faults ordered.
#include "wire_connection.hpp"

#include <sys/socket.h>
#include <unistd.h>
#include <cerrno>

namespace honeydue::support {

namespace {

constexpr std::size_t read_size = 65'536;
constexpr int reads_per_step = 4;
constexpr std::size_t most_buffered = 1'024 * read_size;

bool must_wait(int error) { return error == EAGAIN || error == EWOULDBLOCK || error == EINTR; }

void close_with_reset(int& descriptor) {
    if (descriptor < 0) return;
    const linger at_once{1, 0};
    ::setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    ::close(descriptor);
    descriptor = -1;
}

}  // namespace

wire_connection::wire_connection(std::uint64_t id, int client, int server)
    : id_(id), to_server_{client, server}, to_client_{server, client} {}

wire_connection::~wire_connection() {
    if (to_server_.source >= 0) ::close(to_server_.source);
    if (to_client_.source >= 0) ::close(to_client_.source);
}

// Answers 0 when there is nothing to wait for: an idle socket in poll could only report for ever
// a loss that is already known.
short wire_connection::events_of(int descriptor) const {
    const auto& incoming = descriptor == to_server_.source ? to_server_ : to_client_;
    const auto& outgoing = descriptor == to_server_.source ? to_client_ : to_server_;
    int events = 0;
    if (!incoming.source_ended && incoming.line.buffered() < most_buffered) events |= POLLIN;
    if (outgoing.sink_is_full && !blackholed_) events |= POLLOUT;
    return static_cast<short>(events);
}

std::array<pollfd, 2> wire_connection::wants() const {
    std::array<pollfd, 2> sockets{{{to_server_.source, events_of(to_server_.source), 0},
                                   {to_client_.source, events_of(to_client_.source), 0}}};
    for (auto& socket : sockets) {
        if (socket.events == 0) socket.fd = -1;
    }
    return sockets;
}

void wire_connection::advance(const std::array<pollfd, 2>& ready, clock::time_point now,
                              const wire_options& options) {
    const std::array<flow*, 2> flows{&to_server_, &to_client_};
    for (std::size_t side = 0; side < flows.size() && !finished_; ++side) {
        if ((ready[side].revents & ~POLLOUT) != 0) pull(*flows[side], now, options);
        if ((ready[side].revents & POLLOUT) != 0) flows[1 - side]->sink_is_full = false;
    }
    if (blackholed_) return swallow();
    for (auto* each : flows) {
        if (!finished_ && !blackholed_) deliver(*each, now, options);
    }
    if (to_server_.ended && to_client_.ended) finished_ = true;
}

// The kernel answers SYN by itself, before any delay: the first bytes pay for it.
wire_connection::clock::time_point wire_connection::due_for(const flow& from, clock::time_point now,
                                                            const wire_options& options) const {
    const bool pays_for_handshake = &from == &to_server_ && !handshake_charged_;
    return now + options.rtt / 2 + (pays_for_handshake ? options.rtt : options.rtt.zero());
}

void wire_connection::pull(flow& from, clock::time_point now, const wire_options& options) {
    const auto due = due_for(from, now, options);
    for (int reads = 0; reads < reads_per_step && !from.source_ended; ++reads) {
        std::array<char, read_size> buffer;
        const auto count = ::recv(from.source, buffer.data(), buffer.size(), MSG_DONTWAIT);
        if (count < 0 && must_wait(errno)) break;
        if (count <= 0) return note_end(from, count < 0 ? errno : 0, due);
        from.line.push({buffer.data(), static_cast<std::size_t>(count)}, due);
        if (&from != &to_server_) continue;
        bursts_.client_sent();
        handshake_charged_ = true;
    }
}

void wire_connection::note_end(flow& from, int error, clock::time_point due) {
    from.source_ended = true;
    from.source_was_reset = error != 0;
    from.line.push_end(due);
    if (&from == &to_server_) bursts_.client_closed();
}

void wire_connection::deliver(flow& to, clock::time_point now, const wire_options& options) {
    while (!to.sink_is_full && !finished_ && !blackholed_ && send_some(to, now, options)) {
    }
    if (!finished_ && !blackholed_ && !to.ended && to.line.is_at_end(now)) finish(to);
}

// Answers false when nothing is due. The answer is counted before the client can have it, so that
// a client that has its answer finds it counted.
bool wire_connection::send_some(flow& to, clock::time_point now, const wire_options& options) {
    auto bytes = to.line.due_bytes(now);
    if (bytes.empty()) return false;
    if (options.segment_bytes > 0) {
        if (now < to.next_segment) return false;
        bytes = bytes.substr(0, options.segment_bytes);
        to.next_segment = now + options.segment_gap;
    }
    if (to.bytes_to_fault) bytes = bytes.substr(0, *to.bytes_to_fault);
    if (&to == &to_client_) bursts_.client_was_answered();
    const auto sent = ::send(to.sink, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0 && must_wait(errno)) return !(to.sink_is_full = true);
    if (sent < 0) {
        break_off();
        return false;
    }
    const auto count = static_cast<std::size_t>(sent);
    to.line.take(count);
    to.bytes += count;
    if (to.bytes_to_fault && (*to.bytes_to_fault -= count) == 0) strike();
    return true;
}

void wire_connection::finish(flow& to) {
    if (to.source_was_reset) return break_off();
    ::shutdown(to.sink, SHUT_WR);
    to.ended = true;
}

void wire_connection::inject(const fault_order& order) {
    if (finished_ || blackholed_) return;
    fault_ = order.fault;
    auto& watched = order.direction == wire_direction::to_server ? to_server_ : to_client_;
    if (order.after_bytes == 0) return strike();
    watched.bytes_to_fault = order.after_bytes;
}

void wire_connection::strike() {
    if (fault_ == wire_fault::reset) return break_off();
    blackholed_ = true;
    swallow();
}

void wire_connection::break_off() {
    close_with_reset(to_server_.source);
    close_with_reset(to_client_.source);
    finished_ = true;
}

// The sockets stay open: an end that closes its own is not told to the other.
void wire_connection::swallow() {
    to_server_.line.drop_everything();
    to_client_.line.drop_everything();
}

std::optional<wire_connection::clock::time_point> wire_connection::next_due() const {
    std::optional<clock::time_point> earliest;
    if (blackholed_ || finished_) return earliest;
    for (const auto* each : {&to_server_, &to_client_}) {
        auto due = each->line.next_due();
        if (!due || each->sink_is_full || each->ended) continue;
        due = std::max(*due, each->next_segment);
        earliest = earliest ? std::min(*earliest, *due) : due;
    }
    return earliest;
}

wire_connection_counts wire_connection::counts() const noexcept {
    return {id_, bursts_.round_trips(), to_server_.bytes, to_client_.bytes};
}

void wire_connection::reset_counts() noexcept {
    bursts_.reset();
    to_server_.bytes = to_client_.bytes = 0;
}

}  // namespace honeydue::support
