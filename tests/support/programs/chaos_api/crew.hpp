// SPDX-License-Identifier: MIT
// The clients of a run, each on a thread of its own.
#pragma once

#include "caller.hpp"
#include "completer.hpp"
#include "household.hpp"

#include <atomic>
#include <cstdint>
#include <deque>
#include <string>
#include <thread>
#include <vector>

namespace honeydue::chaos {

class crew {
public:
    static constexpr int completers = 4;
    static constexpr int visitors = 4;  // threads, each for several households
    static constexpr int households = 3;
    static constexpr std::size_t tokens_needed = std::size_t{2} * visitors * households;

    crew(const std::vector<std::uint16_t>& ports, const chores& work,
         const std::vector<std::string>& tokens, std::uint64_t seed, progress& of_all)
        : of_all_{of_all}, prober_{new_caller(ports)} {
        for (int i = 0; i < completers; ++i)
            completers_.emplace_back(new_caller(ports), work, next_once_, i, seed);
        for (int i = 0; i < visitors * households; ++i) {
            const auto at = std::size_t{2} * static_cast<std::size_t>(i);
            households_.emplace_back("chaos home " + std::to_string(i), tokens.at(at),
                                     tokens.at(at + 1), seed * 100 + static_cast<std::uint64_t>(i));
        }
        for (completer& one : completers_)
            threads_.emplace_back([&] { one.work(stop_); });
        for (int i = 0; i < visitors; ++i)
            threads_.emplace_back([this, i, &by = new_caller(ports)] { visit(by, i); });
    }
    // Unless it has been stopped, nobody wants to know what is answered.
    ~crew() {
        stop_ = true;
        if (!threads_.empty()) std::ranges::for_each(callers_, &caller::give_up);
        stop();
    }
    crew(const crew&) = delete;
    crew& operator=(const crew&) = delete;

    // One more, for the thread that made the crew.
    caller& prober() { return prober_; }

    // Every request under way is answered when it returns.
    void stop() {
        stop_ = true;
        for (std::thread& one : threads_)
            one.join();
        threads_.clear();
    }

    // After the stop.
    void tell(api_evidence& seen) {
        for (caller& one : callers_) {
            std::ranges::move(one.answers, std::back_inserter(seen.answers));
            std::ranges::move(one.surprises, std::back_inserter(seen.surprises));
        }
        for (completer& one : completers_)
            std::ranges::move(one.done, std::back_inserter(seen.completions));
        for (household& one : households_) {
            std::ranges::move(one.homes, std::back_inserter(seen.homes));
            seen.reads.add(one.reads);
        }
    }

private:
    caller& new_caller(const std::vector<std::uint16_t>& ports) {
        return callers_.emplace_back(ports, of_all_);
    }

    void visit(caller& by, int number) {
        const auto first = static_cast<std::size_t>(number) * households;
        for (std::size_t n = 0; !stop_.load(); ++n) {
            households_[first + n % households].step(by);
            std::this_thread::sleep_for(milliseconds{10});
        }
    }

    progress& of_all_;
    std::atomic<bool> stop_{false};
    std::atomic<std::size_t> next_once_{0};
    std::deque<caller> callers_;  // which stay where they are
    caller& prober_;
    std::deque<completer> completers_;
    std::deque<household> households_;
    std::vector<std::thread> threads_;
};

}  // namespace honeydue::chaos
