// SPDX-License-Identifier: MIT
// One client of the replicas, who notes every answer: it belongs to one thread.
#pragma once

#include "evidence.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace httplib {
class Client;
}

namespace honeydue::chaos {

// What a progress line tells.
struct progress {
    std::atomic<std::uint64_t> requests{0};
    std::atomic<std::uint64_t> failures{0};
};

struct reply {
    moment began;
    moment ended;
    int status;  // 0: none came
    nlohmann::json body;

    // 2xx is done, what another has done before us is not, and of a failure nothing is known.
    told outcome() const;
};

struct question {
    const char* method;
    std::string path;
    nlohmann::json body{};  // null: none
};

class caller {
public:
    caller(const std::vector<std::uint16_t>& ports, progress& of_all);
    ~caller();
    caller(caller&&) noexcept;

    std::size_t replicas() const { return replicas_.size(); }

    // An answer that is neither a failure nor in `expected` is a surprise.
    reply ask(std::size_t replica, const std::string& token, const question& what,
              std::initializer_list<int> expected = {200});

    // Ends a request under way, which has no answer then. Thread: any.
    void give_up();

    std::vector<answer_seen> answers{};
    std::vector<std::string> surprises{};

private:
    std::vector<std::unique_ptr<httplib::Client>> replicas_;
    progress* of_all_;
};

}  // namespace honeydue::chaos
