// SPDX-License-Identifier: MIT
// The promise under faults: chaos_cache <seconds> [seed]. Processes read and write versioned
// registers through caches over one Redis, each by a wire of its own, while processes, wires and
// Redis are stopped, cut, killed and emptied, one fault at a time. Every read is judged: no version
// older than the bound allows, and none older than what its own process has committed.
#include "chaos_cache/register.hpp"
#include "chaos_cache/worker.hpp"

#include "redis_server.hpp"
#include "wire_proxy.hpp"

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <new>
#include <random>
#include <string>
#include <thread>
#include <vector>

using namespace chaos;
using namespace honeydue::support;
using std::chrono::milliseconds;

namespace {

constexpr int workers = 3;

// One worker and the wire it talks through.
struct seat {
    std::unique_ptr<wire_proxy> wire;
    pid_t process = -1;
};

class storm {
public:
    storm(board& shared, unsigned seed) : shared_{shared}, random_{seed} {
        for (int i = 0; i < workers; ++i)
            seats_.push_back({std::make_unique<wire_proxy>(redis_.port()), -1});
        for (auto& one : seats_)
            hire(one);
    }
    ~storm() {
        shared_.over = true;
        for (auto& one : seats_)
            dismiss(one);
    }
    storm(const storm&) = delete;
    storm& operator=(const storm&) = delete;

    // True while nothing has been read that should not have been.
    bool rage(std::chrono::seconds how_long) {
        const auto until = std::chrono::steady_clock::now() + how_long;
        rest(milliseconds{1000});
        while (std::chrono::steady_clock::now() < until && shared_.violations == 0) {
            strike();
            rest(calm_after_a_fault);
        }
        rest(bound);
        return shared_.violations == 0;
    }

    const std::vector<int>& strikes() const { return strikes_; }

private:
    // A process started by exec has no thread of ours in it.
    void hire(seat& one) {
        const auto port = std::to_string(one.wire->port());
        const auto memory = std::to_string(shared_.descriptor);
        const char* const arguments[] = {"/proc/self/exe", "worker", port.c_str(), memory.c_str(),
                                         nullptr};
        one.process = ::fork();
        if (one.process != 0) return;
        ::execv(arguments[0], const_cast<char* const*>(arguments));
        ::_exit(127);
    }

    static void dismiss(seat& one) {
        ::kill(one.process, SIGCONT);
        ::kill(one.process, SIGKILL);
        ::waitpid(one.process, nullptr, 0);
    }

    seat& anyone() { return seats_[random_() % seats_.size()]; }
    static void rest(milliseconds span) { std::this_thread::sleep_for(span); }
    milliseconds some(int least, int most) {
        return milliseconds{std::uniform_int_distribution<int>{least, most}(random_)};
    }

    void strike() {
        const auto which = random_() % 11;
        strikes_.resize(11);
        ++strikes_[which];
        switch (which) {
            case 0:
                return stop_a_process();
            case 1:
                return kill_a_process();
            case 2:
                return darken_a_wire();
            case 3:
                return cut_a_wire();
            case 4:
                return stop_redis();
            case 5:
                return restart_redis();
            case 6:
                redis_.command({"FLUSHALL"});
                return;
            case 7:
                redis_.command({"DEL", "hd:{chaos}:meta"});
                return;
            case 8:
                redis_.command({"DEL", "hd:{chaos}:bus"});
                return;
            case 9:
                redis_.command({"XTRIM", "hd:{chaos}:bus", "MAXLEN", "0"});
                return;
            default:
                redis_.command({"SCRIPT", "FLUSH"});
                return;
        }
    }

    void stop_a_process() {
        auto& one = anyone();
        ::kill(one.process, SIGSTOP);
        rest(some(100, 2500));
        ::kill(one.process, SIGCONT);
    }
    void kill_a_process() {
        auto& one = anyone();
        ::kill(one.process, SIGKILL);
        ::waitpid(one.process, nullptr, 0);
        hire(one);
    }
    void darken_a_wire() {
        auto& one = anyone();
        one.wire->inject_into_new(fault_order{.fault = wire_fault::blackhole});
        one.wire->inject({.fault = wire_fault::blackhole});
        rest(some(100, 3000));
        one.wire->inject_into_new(std::nullopt);
        one.wire->inject({.fault = wire_fault::reset});
    }
    void cut_a_wire() { anyone().wire->inject({.fault = wire_fault::reset}); }
    void stop_redis() {
        ::kill(redis_.process().server(), SIGSTOP);
        rest(some(100, 3000));
        ::kill(redis_.process().server(), SIGCONT);
    }
    void restart_redis() {
        redis_.stop(SIGKILL);
        rest(some(0, 1500));
        redis_.start();
    }

    board& shared_;
    std::mt19937 random_;
    redis_server redis_;
    std::vector<seat> seats_;
    std::vector<int> strikes_;
};

void print(const board& shared, const std::vector<int>& strikes) {
    constexpr const char* names[] = {"process stopped", "process killed", "wire dark",
                                     "wire cut",        "Redis stopped",  "Redis killed",
                                     "flushed",         "meta lost",      "stream lost",
                                     "stream trimmed",  "scripts lost"};
    std::printf("reads %llu (memory %llu, shared %llu, loaded %llu, bypass %llu, failed %llu)\n",
                static_cast<unsigned long long>(shared.reads.load()),
                static_cast<unsigned long long>(shared.by_source[0].load()),
                static_cast<unsigned long long>(shared.by_source[1].load()),
                static_cast<unsigned long long>(shared.by_source[2].load()),
                static_cast<unsigned long long>(shared.by_source[4].load()),
                static_cast<unsigned long long>(shared.failed.load()));
    std::printf("commits %llu, refused for want of a fence %llu, rolled back %llu, unknown %llu\n",
                static_cast<unsigned long long>(shared.commits.load()),
                static_cast<unsigned long long>(shared.refused.load()),
                static_cast<unsigned long long>(shared.rolled_back.load()),
                static_cast<unsigned long long>(shared.unknown.load()));
    for (std::size_t i = 0; i < strikes.size(); ++i)
        std::printf("%s %d%s", names[i], strikes[i], i + 1 < strikes.size() ? ", " : "\n");
    std::printf("oldest read: a version replaced %lld ms before the read began; bound %lld ms\n",
                static_cast<long long>(shared.worst_age_ms.load()),
                static_cast<long long>(bound.count()));
    std::printf("violations %llu\n", static_cast<unsigned long long>(shared.violations.load()));
    if (shared.violations != 0) std::printf("first: %s\n", shared.first.data());
}

}  // namespace

int main(int count, char** arguments) {
    if (count == 4 && std::string{arguments[1]} == "worker") {
        return work(std::atoi(arguments[2]), *look_at_board(std::atoi(arguments[3])));
    }
    const auto seconds = std::chrono::seconds{count > 1 ? std::atol(arguments[1]) : 30};
    const auto seed =
        count > 2 ? static_cast<unsigned>(std::atol(arguments[2])) : std::random_device{}();
    std::printf("chaos_cache: %lld s, seed %u\n", static_cast<long long>(seconds.count()), seed);
    try {
        auto& shared = *make_board();
        storm weather{shared, seed};
        const bool held = weather.rage(seconds);
        print(shared, weather.strikes());
        return held && shared.reads > 1000 && shared.commits > 10 ? 0 : 1;
    } catch (const server_error& failure) {
        std::fprintf(stderr, "chaos_cache: %s\n", failure.what());
        return 1;
    }
}
