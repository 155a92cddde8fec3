// SPDX-License-Identifier: MIT
// Twenty-five callers while the servers and the wire fail, one fault after another: each answer is
// the caller's own, nobody is kept, and the pool fills up again.
#include <honeydue/pool.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "pool_setting.hpp"
#include "programs/chaos/stage.hpp"

using namespace honeydue;
using namespace honeydue::support;
using honeydue::chaos::fault_kind;

namespace {

constexpr std::size_t callers = 25;
constexpr auto patience = 1s;
/// The pool's longest backoff and a handshake.
constexpr auto full_within = 16s;

constexpr std::array faults = {
    fault_kind::kill_backends, fault_kind::restart_fast,  fault_kind::restart_pooler,
    fault_kind::kill_pooler,   fault_kind::pause_pooler,  fault_kind::limit_pooler,
    fault_kind::reset_all,     fault_kind::blackhole_all,
};

/// What the callers were told.
struct tally {
    std::atomic<std::uint64_t> right{0}, wrong{0}, failed{0}, late{0};

    void ask(pool& db, std::int64_t question) {
        const auto begin = clock_type::now();
        const auto answer = db.run(runtime("select $1::bigint", question), {begin + patience});
        if (clock_type::now() - begin > patience + 1s) ++late;
        std::int64_t value = -1;
        if (!answer) {
            ++failed;
        } else if (decode(answer->at(0, 0), value) == codec_fault::none && value == question) {
            ++right;
        } else {
            ++wrong;
        }
    }
};

bool is_full(const pool& db) {
    const auto now = db.stats();
    return now.open >= std::min(now.min_idle, now.effective_max);
}

}  // namespace

TEST_CASE("under faults every answer is the caller's own and in time, and the pool fills up again",
          "[pool][pooler][faults]") {
    chaos::stage servers{test_environment::shared().kind()};
    auto db = must(pool::open(quiet(reach(servers.far()), callers, 20)));
    tally told;
    std::atomic<bool> stop{false};
    std::vector<std::thread> threads;
    for (std::size_t t = 0; t < callers; ++t) {
        threads.emplace_back([&, t] {
            for (auto i = static_cast<std::int64_t>(t) << 32; !stop; ++i)
                told.ask(db, i);
        });
    }
    for (const fault_kind fault : faults) {
        INFO(chaos::name(fault));
        servers.strike({.at = 0ms, .kind = fault, .magnitude = 300});
        CHECK(comes_true([&] { return is_full(db); }, full_within));
        const auto before = told.right.load();
        CHECK(comes_true([&] { return told.right > before + callers; }, full_within));
    }
    stop = true;
    for (std::thread& one : threads)
        one.join();
    CAPTURE(told.right, told.failed, db.stats().last_dial_error);
    CHECK(told.wrong == 0);
    CHECK(told.late == 0);
    CHECK(told.failed > 0);
}
