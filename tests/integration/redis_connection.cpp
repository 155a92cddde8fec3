// SPDX-License-Identifier: MIT
// A reply is bounded: by its bytes, and by what it says it will be.
#include "redis_connection.hpp"

#include "support/loopback.hpp"
#include "support/redis_server.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <chrono>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <tuple>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

using namespace honeydue;
using namespace honeydue::support;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t most_bytes = 200'000;

redis_deadline patience() { return std::chrono::steady_clock::now() + 30s; }

// Says the same to whoever comes first, whatever it is asked.
class one_answer {
public:
    explicit one_answer(std::string_view answer) : thread_{[this, answer] { serve(answer); }} {}
    one_answer(const one_answer&) = delete;
    one_answer& operator=(const one_answer&) = delete;
    ~one_answer() {
        thread_.join();
        ::close(listening_.descriptor);
    }

    [[nodiscard]] result<redis_connection> dial() const {
        redis_url to;
        to.host = loopback_address;
        to.port = listening_.port;
        return redis_connection::open(to, {}, patience(), most_bytes);
    }

private:
    void serve(std::string_view answer) const {
        pollfd ready{listening_.descriptor, POLLIN, 0};
        ::poll(&ready, 1, -1);
        const int client = ::accept(listening_.descriptor, nullptr, nullptr);
        std::ignore = ::send(client, answer.data(), answer.size(), MSG_NOSIGNAL);
        char heard = 0;
        while (::recv(client, &heard, 1, 0) > 0) {
        }
        ::close(client);
    }

    listening_socket listening_ = listen_on_free_port();
    std::thread thread_;
};

void is_too_long(const error& why) {
    CHECK(why.code() == errc::protocol);
    CHECK(why.message().find("max_reply_bytes") != std::string::npos);
}

}  // namespace

TEST_CASE("an array is refused for the length it announces, before memory is taken for it",
          "[redis][cache]") {
    const auto* const answer =
        GENERATE("*1000000000\r\n", "*2\r\n*1\r\n*1000000000\r\n", "*3000\r\n*1000\r\n");
    const one_answer server{answer};
    const auto made = server.dial();
    REQUIRE_FALSE(made);
    is_too_long(made.error());
}

TEST_CASE("a reply of many small parts is as long as all of them", "[redis][cache]") {
    const redis_server server;
    auto made = redis_connection::open(*parse_redis_url(server.url()), {}, patience(), most_bytes);
    REQUIRE(made);
    const auto parts = [&](const std::string& count) {
        const redis_command ask{"EVAL",
                                "local all = {} for i = 1, tonumber(ARGV[1]) do "
                                "all[i] = string.rep('x', 1000) end return all",
                                "0", count};
        return made->call(std::span{&ask, 1}, patience());
    };
    for (int i = 0; i < 3; ++i) {
        const auto within = parts("150");
        REQUIRE(within);
        CHECK(within->front()->elements == 150);
    }
    const auto beyond = parts("300");
    REQUIRE_FALSE(beyond);
    is_too_long(beyond.error());
}
