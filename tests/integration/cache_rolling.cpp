// SPDX-License-Identifier: MIT
// A rolling deployment: two processes of two builds, whose structs differ, read and write the same
// keys of one cache.
#include <honeydue/cache.hpp>

#include "cache_side.hpp"
#include "support/cache_peer.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <random>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

using namespace honeydue;
using namespace honeydue::cache_test;
using namespace honeydue::support;

namespace {

using moment = std::chrono::steady_clock::time_point;

constexpr auto bound = 6s;  // docs/cache.md, P3
constexpr int keys = 4;

// Drives the older build in this process and the newer one in another.
class roll_out {
public:
    void run(std::chrono::milliseconds how_long) {
        const auto until = std::chrono::steady_clock::now() + how_long;
        while (std::chrono::steady_clock::now() < until || writes_ < 8)
            step();
        for (std::size_t key = 0; key < keys; ++key) {
            const int newest = all_[key].now;
            CHECK(eventually([&] { return read_as_older(key) == newest; }, 30s));
            CHECK(eventually([&] { return read_as_newer(key) == newest; }, 30s));
        }
        CHECK(reads_ > writes_);
        CHECK(shared_ + memory_ > 0);
        CHECK(loads_ <= 2 * (keys + writes_));
        CHECK(older_.texts.stats().rejected == 0);
        CHECK(newer_.ask("rejected") == "0");
    }

private:
    struct versions {
        int now = 0;
        std::vector<moment> replaced{};  // replaced[n]: when n was
    };

    void step() {
        const auto key = random_() % keys;
        switch (random_() % 8) {
            case 0:
                return write(key, [&] { older_.texts.invalidate(static_cast<int>(key)); });
            case 1:
                return write(key, [&] { REQUIRE(newer_.ask("drop " + with(key)) == "dropped"); });
            case 2:
            case 3:
            case 4:
                read_as_older(key);
                return;
            default:
                read_as_newer(key);
        }
    }

    static std::string with(std::size_t key) { return std::to_string(key); }
    std::string value_of(std::size_t key) const { return "v" + std::to_string(all_[key].now); }

    template <class Invalidate>
    void write(std::size_t key, Invalidate invalidate) {
        ++writes_;
        ++all_[key].now;
        invalidate();
        all_[key].replaced.push_back(std::chrono::steady_clock::now());
    }

    int read_as_older(std::size_t key) {
        const auto began = std::chrono::steady_clock::now();
        const auto got = older_.get(static_cast<int>(key), value_of(key));
        REQUIRE(got);
        return judge(key, std::string{name(got->source())} + ' ' + **got, began);
    }
    int read_as_newer(std::size_t key) {
        const auto began = std::chrono::steady_clock::now();
        return judge(key, newer_.ask("newer " + with(key) + ' ' + value_of(key)), began);
    }

    int judge(std::size_t key, const std::string& answer, moment began) {
        ++reads_;
        CAPTURE(key, answer, all_[key].now);
        loads_ += answer.starts_with("loaded ") ? 1 : 0;
        memory_ += answer.starts_with("memory ") ? 1 : 0;
        shared_ += answer.starts_with("shared ") ? 1 : 0;
        const auto at = answer.find(" v");
        REQUIRE(at != answer.npos);
        const int version = std::stoi(answer.substr(at + 2));
        const auto& of = all_[key];
        REQUIRE(version <= of.now);
        if (version < of.now) CHECK(began - of.replaced[static_cast<std::size_t>(version)] < bound);
        return version;
    }

    std::string name_space_ = fresh_name_space();
    side<std::string> older_{name_space_};
    cache_peer newer_{our_redis().url(), name_space_};
    std::array<versions, keys> all_{};
    std::mt19937 random_{std::random_device{}()};
    int reads_ = 0;
    int writes_ = 0;
    int loads_ = 0;
    int memory_ = 0;
    int shared_ = 0;
};

}  // namespace

TEST_CASE("two builds in two processes neither read nor outlive each other's values", "[cache]") {
    roll_out{}.run(2s);
}

TEST_CASE("two builds in two processes get on for a minute", "[.][cache][long]") {
    roll_out{}.run(60s);
}
