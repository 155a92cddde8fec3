// SPDX-License-Identifier: MIT
// Clients who complete tasks, several at the same ones, and look at lists between.
#pragma once

#include "caller.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace honeydue::chaos {

struct chores {
    std::vector<std::string> tokens;  // of those who share the tasks' home
    std::vector<std::int64_t> once;
    std::vector<std::int64_t> daily;
    std::string first_date{};  // of the daily ones
};

class completer {
public:
    completer(caller& by, const chores& from, std::atomic<std::size_t>& next_once, int number,
              std::uint64_t seed)
        : by_{by},
          from_{from},
          next_once_{next_once},
          number_{number},
          token_{from.tokens[static_cast<std::size_t>(number) % from.tokens.size()]},
          random_{seed * 1'000 + static_cast<std::uint64_t>(number)} {}

    void work(const std::atomic<bool>& stop) {
        while (!stop.load()) {
            random_() % 4 == 0 ? look() : complete();
            std::this_thread::sleep_for(milliseconds{5 + random_() % 25});
        }
    }

    std::vector<completion_asked> done{};

private:
    // Three go for each task that is done once, most often at the same time.
    std::int64_t draw_task() {
        constexpr std::size_t rivals = 3;
        if (random_() % 2 == 0) {
            const std::size_t next = next_once_.fetch_add(1) / rivals;
            if (next < from_.once.size()) return from_.once[next];
        }
        return from_.daily[random_() % from_.daily.size()];
    }

    void complete() {
        const std::int64_t task = draw_task();
        const std::string mark =
            "chaos " + std::to_string(number_) + "-" + std::to_string(done.size() + 1);
        const auto got = by_.ask(
            random_() % by_.replicas(), token_,
            {"POST", "/api/tasks/" + std::to_string(task) + "/completions/", {{"notes", mark}}},
            {201, 409});
        std::string due;
        if (got.status == 201 && got.body.is_object()) {
            const auto& said = got.body["due_date"];
            if (said.is_string()) due = said.get<std::string>();
        }
        done.push_back({mark, task, got.outcome(), due});
    }

    void look() {
        static constexpr const char* lists[] = {"/api/tasks/?limit=20", "/api/residences/",
                                                "/api/contractors/", "/api/notifications/?limit=20",
                                                "/api/health/ready/"};
        by_.ask(random_() % by_.replicas(), token_, {"GET", lists[random_() % std::size(lists)]});
    }

    caller& by_;
    const chores& from_;
    std::atomic<std::size_t>& next_once_;
    int number_;
    std::string token_;
    std::mt19937_64 random_;
};

}  // namespace honeydue::chaos
