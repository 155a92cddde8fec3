// SPDX-License-Identifier: MIT
// A server that speaks just enough of PostgreSQL's protocol to say what no PostgreSQL would.
#pragma once

#include "loopback.hpp"

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace honeydue::support {

// One message: its letter, its length, and this.
std::string server_message(char letter, std::string_view body = {});
// One row, a bigint of 1 in binary, and ReadyForQuery.
std::string sound_answer();
std::string ready_for_query();

// Takes everybody without TLS and without a password, from a thread of its own until destroyed.
// Thread: any, for every function.
class scripted_server {
public:
    scripted_server();
    ~scripted_server();

    scripted_server(const scripted_server&) = delete;
    scripted_server& operator=(const scripted_server&) = delete;

    std::uint16_t port() const noexcept { return listening_.port; }
    // What every Sync is answered with from now on.
    void answer_with(std::string bytes);
    // Clients taken so far; who only cancels is none.
    int clients() const noexcept { return clients_; }

private:
    struct client {
        int descriptor;
        bool started = false;
        std::string heard{};
    };

    void run();
    void serve(client& one);
    bool take_message(client& one);
    void say(const client& to, const std::string& bytes) const;

    listening_socket listening_;
    int wake_;
    std::atomic<int> clients_ = 0;
    std::mutex mutex_;
    std::string answer_ = sound_answer();
    std::vector<client> open_;
    std::thread thread_;
};

}  // namespace honeydue::support
