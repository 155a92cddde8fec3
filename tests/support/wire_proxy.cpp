// SPDX-License-Identifier: MIT
// The wire between client and server, made long: the judge of every claim about round trips.
#include "wire_proxy.hpp"

#include "loopback.hpp"
#include "program.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>
#include <algorithm>
#include <tuple>

namespace honeydue::support {

namespace {

using clock = delay_line::clock;

void send_at_once(int descriptor) {
    const int on = 1;
    ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

// Refusal shows later, as an error of the first read.
int dial(std::uint16_t port) {
    const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor < 0) return -1;
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = ::htons(port);
    address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
    send_at_once(descriptor);
    std::ignore =
        ::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    return descriptor;
}

std::optional<timespec> time_until(std::optional<clock::time_point> due) {
    if (!due) return std::nullopt;
    const auto left = std::max(*due - clock::now(), clock::duration::zero());
    const auto nanoseconds = std::chrono::nanoseconds(left).count();
    return timespec{nanoseconds / 1'000'000'000, nanoseconds % 1'000'000'000};
}

bool is_chosen(const wire_connection& one, const fault_order& by) {
    return by.connection == every_connection || by.connection == one.counts().id;
}

}  // namespace

wire_proxy::wire_proxy(std::uint16_t target_port, wire_options options)
    : target_(target_port), options_(options) {
    const auto listening = listen_on(options.address, options.port, SOMAXCONN);
    listener_ = listening.descriptor;
    port_ = listening.port;
    wake_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (wake_ < 0) throw server_error("no eventfd: too many open files");
    thread_ = std::thread([this] { run(); });
}

wire_proxy::~wire_proxy() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake();
    thread_.join();
    ::close(listener_);
    ::close(wake_);
}

void wire_proxy::wake() const {
    const std::uint64_t one = 1;
    std::ignore = ::write(wake_, &one, sizeof one);
}

void wire_proxy::run() {
    std::unique_lock lock(mutex_);
    while (!stopping_)
        poll_once(lock);
}

void wire_proxy::poll_once(std::unique_lock<std::mutex>& lock) {
    auto polled = sockets();
    const auto timeout = time_until(next_due());
    lock.unlock();
    ::ppoll(polled.data(), polled.size(), timeout ? &*timeout : nullptr, nullptr);
    std::uint64_t ignored = 0;
    if (polled[0].revents != 0) std::ignore = ::read(wake_, &ignored, sizeof ignored);
    lock.lock();
    advance(polled);
    obey_orders();
    forget_finished();
    if (polled[1].revents != 0) accept_all();
}

// [0] wakes, [1] listens, then two for each connection in the order of open_.
std::vector<pollfd> wire_proxy::sockets() const {
    std::vector<pollfd> all{{wake_, POLLIN, 0}, {listener_, POLLIN, 0}};
    for (const auto& connection : open_) {
        const auto both = connection->wants();
        all.insert(all.end(), both.begin(), both.end());
    }
    return all;
}

std::optional<clock::time_point> wire_proxy::next_due() const {
    std::optional<clock::time_point> earliest;
    for (const auto& connection : open_) {
        const auto due = connection->next_due();
        if (due && (!earliest || *due < *earliest)) earliest = due;
    }
    return earliest;
}

void wire_proxy::advance(const std::vector<pollfd>& ready) {
    const auto now = clock::now();
    for (std::size_t index = 0; index < open_.size(); ++index) {
        open_[index]->advance({ready[2 + 2 * index], ready[3 + 2 * index]}, now, options_);
    }
}

void wire_proxy::accept_all() {
    for (;;) {
        const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (client < 0) return;
        accept_one(client);
    }
}

void wire_proxy::accept_one(int client) {
    send_at_once(client);
    const int server = dial(target_);
    if (server < 0) {
        ::close(client);
        return;
    }
    ++opened_;
    open_.push_back(std::make_unique<wire_connection>(next_id_++, client, server));
    if (order_for_new_ && is_chosen(*open_.back(), *order_for_new_))
        open_.back()->inject(*order_for_new_);
}

void wire_proxy::obey_orders() {
    for (const auto& order : orders_) {
        for (const auto& connection : open_) {
            if (is_chosen(*connection, order)) connection->inject(order);
        }
    }
    orders_.clear();
    obeyed_.notify_all();
}

void wire_proxy::forget_finished() {
    std::erase_if(open_, [this](const auto& connection) {
        if (connection->is_finished()) closed_.push_back(connection->counts());
        return connection->is_finished();
    });
}

void wire_proxy::set_rtt(std::chrono::microseconds rtt) {
    const std::lock_guard lock(mutex_);
    options_.rtt = rtt;
}

void wire_proxy::set_segment_bytes(std::size_t bytes) {
    const std::lock_guard lock(mutex_);
    options_.segment_bytes = bytes;
}

void wire_proxy::set_target(std::uint16_t port) {
    const std::lock_guard lock(mutex_);
    target_ = port;
}

wire_counts wire_proxy::snapshot() const {
    const std::lock_guard lock(mutex_);
    wire_counts total;
    for (const auto& each : all_connections()) {
        total.round_trips += each.round_trips;
        total.bytes_to_server += each.bytes_to_server;
        total.bytes_to_client += each.bytes_to_client;
    }
    total.connections = opened_;
    return total;
}

std::vector<wire_connection_counts> wire_proxy::connections() const {
    const std::lock_guard lock(mutex_);
    return all_connections();
}

std::vector<wire_connection_counts> wire_proxy::all_connections() const {
    auto all = closed_;
    for (const auto& connection : open_)
        all.push_back(connection->counts());
    std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
    return all;
}

std::vector<std::uint64_t> wire_proxy::open_connections() const {
    const std::lock_guard lock(mutex_);
    std::vector<std::uint64_t> ids;
    for (const auto& connection : open_)
        ids.push_back(connection->counts().id);
    return ids;
}

void wire_proxy::reset_counts() {
    const std::lock_guard lock(mutex_);
    for (const auto& connection : open_)
        connection->reset_counts();
    closed_.clear();
    opened_ = 0;
}

void wire_proxy::inject(const fault_order& order) {
    std::unique_lock lock(mutex_);
    orders_.push_back(order);
    wake();
    obeyed_.wait(lock, [this] { return orders_.empty(); });
}

void wire_proxy::inject_into_new(std::optional<fault_order> order) {
    const std::lock_guard lock(mutex_);
    order_for_new_ = order;
}

}  // namespace honeydue::support
