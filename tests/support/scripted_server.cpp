// SPDX-License-Identifier: MIT
// The protocol's few messages that such a server needs. Source: PostgreSQL documentation, "Message
// Formats".
#include "scripted_server.hpp"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cstring>
#include <tuple>
#include <utility>

namespace honeydue::support {

namespace {

constexpr std::size_t length_bytes = 4;
constexpr std::size_t cancel_request = 80877102;

std::string big_endian(std::uint32_t value) {
    const std::uint32_t swapped = ::htonl(value);
    return {reinterpret_cast<const char*>(&swapped), sizeof swapped};
}

std::string short_big_endian(std::uint16_t value) { return big_endian(value).substr(2); }

std::size_t length_at(const std::string& bytes, std::size_t at) {
    std::uint32_t value = 0;
    std::memcpy(&value, bytes.data() + at, sizeof value);
    return ::ntohl(value);
}

std::string greeting() {
    return server_message('R', big_endian(0)) +
           server_message('K', big_endian(4711) + big_endian(42)) + ready_for_query();
}

}  // namespace

std::string server_message(char letter, std::string_view body) {
    return letter + big_endian(static_cast<std::uint32_t>(body.size() + length_bytes)) +
           std::string{body};
}

std::string ready_for_query() { return server_message('Z', "I"); }

std::string sound_answer() {
    constexpr std::uint32_t int8 = 20;
    std::string column = "n";
    column += '\0';
    column += big_endian(0) + short_big_endian(0) + big_endian(int8) + short_big_endian(8) +
              big_endian(~0U) + short_big_endian(1);
    const std::string one = big_endian(0) + big_endian(1);
    return server_message('1') + server_message('2') +
           server_message('T', short_big_endian(1) + column) +
           server_message('D', short_big_endian(1) + big_endian(8) + one) +
           server_message('C', std::string_view{"SELECT 1\0", 9}) + ready_for_query();
}

scripted_server::scripted_server()
    : listening_(listen_on_free_port()),
      wake_(::eventfd(0, EFD_CLOEXEC)),
      thread_([this] { run(); }) {}

scripted_server::~scripted_server() {
    const std::uint64_t one = 1;
    std::ignore = ::write(wake_, &one, sizeof one);
    thread_.join();
    ::close(wake_);
    ::close(listening_.descriptor);
}

void scripted_server::answer_with(std::string bytes) {
    const std::lock_guard lock(mutex_);
    answer_ = std::move(bytes);
}

void scripted_server::run() {
    for (;;) {
        std::vector<pollfd> polled{{wake_, POLLIN, 0}, {listening_.descriptor, POLLIN, 0}};
        for (const client& one : open_)
            polled.push_back({one.descriptor, POLLIN, 0});
        ::poll(polled.data(), polled.size(), -1);
        if (polled[0].revents != 0) break;
        for (std::size_t i = 0; i < open_.size(); ++i) {
            if (polled[i + 2].revents != 0) serve(open_[i]);
        }
        std::erase_if(open_, [](const client& one) { return one.descriptor < 0; });
        if (polled[1].revents == 0) continue;
        open_.push_back({::accept4(listening_.descriptor, nullptr, nullptr, SOCK_CLOEXEC)});
    }
    for (const client& one : open_)
        ::close(one.descriptor);
}

void scripted_server::serve(client& one) {
    std::array<char, 4096> buffer;
    const auto count = ::recv(one.descriptor, buffer.data(), buffer.size(), 0);
    if (count > 0) {
        one.heard.append(buffer.data(), static_cast<std::size_t>(count));
        while (take_message(one)) {
        }
        if (one.descriptor >= 0) return;
    }
    if (one.descriptor >= 0) ::close(one.descriptor);
    one.descriptor = -1;
}

// False when there is none whole.
bool scripted_server::take_message(client& one) {
    const std::size_t header = one.started ? 1 : 0;
    if (one.descriptor < 0 || one.heard.size() < header + length_bytes) return false;
    const std::size_t size = header + length_at(one.heard, header);
    if (one.heard.size() < size) return false;
    const char letter = one.started ? one.heard.front() : '\0';
    const bool cancels = !one.started && length_at(one.heard, length_bytes) == cancel_request;
    one.heard.erase(0, size);
    if (cancels) {
        ::close(std::exchange(one.descriptor, -1));
    } else if (!one.started) {
        one.started = true;
        ++clients_;
        say(one, greeting());
    } else if (letter == 'S') {
        const std::lock_guard lock(mutex_);
        say(one, answer_);
    }
    return true;
}

void scripted_server::say(const client& to, const std::string& bytes) const {
    std::ignore = ::send(to.descriptor, bytes.data(), bytes.size(), MSG_NOSIGNAL);
}

}  // namespace honeydue::support
