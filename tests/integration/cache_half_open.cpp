// SPDX-License-Identifier: MIT
// A wire to Redis that is up and carries nothing: the connections it swallows are found out, and
// what their memory holds is passed by.
#include <honeydue/cache.hpp>

#include "cache_side.hpp"
#include "support/wire_proxy.hpp"

#include <atomic>
#include <chrono>
#include <optional>
#include <string>
#include <thread>

#include <catch2/catch_test_macros.hpp>

using namespace honeydue;
using namespace honeydue::cache_test;
using namespace honeydue::support;

namespace {

constexpr auto bound = 6s;  // docs/cache.md, P3
constexpr auto step = 200ms;

// One process writes version after version; another, behind the wire, is asked all the time.
class half_open {
public:
    explicit half_open(const std::string& name_space)
        : writer_{name_space},
          reader_{name_space,
                  {},
                  {.url = "redis://127.0.0.1:" + std::to_string(wire_.port()),
                   .call_deadline = 100ms}} {}

    // Ten seconds in which the wire carries nothing, five in which new connections get through.
    void run(int times) {
        std::thread writing{[&] { write(); }};
        for (int i = 0; i < times; ++i) {
            wire_.inject_into_new(fault_order{.fault = wire_fault::blackhole});
            wire_.inject({.fault = wire_fault::blackhole});
            read_for(10s);
            wire_.inject_into_new(std::nullopt);
            read_for(5s);
        }
        over_ = true;
        writing.join();
    }

    int stale = 0;
    int unanswered = 0;
    [[nodiscard]] bool was_doubted() const { return doubted_; }
    [[nodiscard]] bool is_trusted_again() {
        return eventually([&] { return reader_.tier.stats().backplane_trusted; }, 30s);
    }

private:
    void write() {
        while (!over_) {
            ++written_;
            writer_.texts.invalidate(1);
            std::this_thread::sleep_for(step);
        }
    }

    void read_for(std::chrono::milliseconds how_long) {
        const auto until = std::chrono::steady_clock::now() + how_long;
        while (std::chrono::steady_clock::now() < until)
            read();
    }

    // The version before the last is invalidated, and the others a step or more before each other.
    void read() {
        const int floor = written_ - static_cast<int>(bound / step) - 1;
        const auto got = reader_.texts.get_or_load(
            1, [&]() -> result<std::string> { return std::to_string(written_.load()); });
        unanswered += got ? 0 : 1;
        stale += got && std::stoi(**got) < floor ? 1 : 0;
        doubted_ = doubted_ || !reader_.tier.stats().backplane_trusted;
        std::this_thread::sleep_for(500us);
    }

    wire_proxy wire_{our_redis().port()};
    side<std::string> writer_;
    side<std::string> reader_;
    std::atomic<int> written_{0};
    std::atomic<bool> over_{false};
    bool doubted_ = false;
};

}  // namespace

TEST_CASE("a minute of half-open wires shows nobody what is older than the bound",
          "[.][cache][long]") {
    half_open all{fresh_name_space()};
    all.run(4);
    CHECK(all.stale == 0);
    CHECK(all.unanswered == 0);
    CHECK(all.was_doubted());
    CHECK(all.is_trusted_again());
}
