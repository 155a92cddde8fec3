// SPDX-License-Identifier: MIT
// What clients of the API were told, and what the database keeps afterwards. Knows no server.
#pragma once

#include "../chaos/verdicts.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace honeydue::chaos {

using moment = std::chrono::steady_clock::time_point;
using std::chrono::milliseconds;

inline milliseconds between(moment from, moment to) {
    return std::chrono::duration_cast<milliseconds>(to - from);
}

// P3 of docs/cache.md, with the API's window and trust.
inline constexpr milliseconds cache_bound{6'000};

struct answer_seen {
    moment ended;
    int status;  // 0: none came

    bool is_failure() const { return status == 0 || status >= 500; }
};

struct completion_asked {
    std::string mark;  // in its notes, and in no other's
    std::int64_t task;
    told outcome;
    std::string due{};  // which occurrence it is of, as the answer says
};

struct completion_kept {
    std::string mark;
    std::int64_t task;
    std::string due;
};

// A residence that was asked for, by its name.
struct home_asked {
    std::string name;
    told made;
    bool is_removal_asked = false;
    told removed = told::failed;
};

// A write of whose effect a view tells: whether a task is seen.
struct known_write {
    std::size_t replica = 0;
    moment acknowledged{};
    bool visible = false;
    std::string name{};
};

// Every read of a view, held against the last write of it. Nobody else writes it.
class read_judge {
public:
    void judge(const known_write& last, std::size_t replica, moment began, bool seen) {
        ++reads_;
        if (seen == last.visible) return;
        const auto age = between(last.acknowledged, began);
        ++stale_;
        oldest_ = std::max(oldest_, age);
        if (replica == last.replica) {
            note(in_own_, last, age, "through the replica that wrote");
        } else if (age > cache_bound) {
            note(beyond_bound_, last, age, "through the other replica");
        }
    }

    void add(const read_judge& other) {
        reads_ += other.reads_;
        stale_ += other.stale_;
        oldest_ = std::max(oldest_, other.oldest_);
        in_own_.insert(other.in_own_.begin(), other.in_own_.end());
        beyond_bound_.insert(other.beyond_bound_.begin(), other.beyond_bound_.end());
    }

    std::uint64_t reads() const { return reads_; }
    std::uint64_t stale() const { return stale_; }
    milliseconds oldest() const { return oldest_; }
    // By the write that was not seen.
    const std::map<std::string, std::string>& in_own() const { return in_own_; }
    const std::map<std::string, std::string>& beyond_bound() const { return beyond_bound_; }

private:
    static void note(std::map<std::string, std::string>& to, const known_write& last,
                     milliseconds age, const char* where) {
        to.emplace(last.name, last.name + " was not seen " + where + " by a read that began " +
                                  std::to_string(age.count()) + " ms after its answer");
    }

    std::uint64_t reads_ = 0;
    std::uint64_t stale_ = 0;
    milliseconds oldest_{0};
    std::map<std::string, std::string> in_own_;
    std::map<std::string, std::string> beyond_bound_;
};

// After the last fault of a storm.
struct lull {
    moment fault_ended{};
    moment over{};
    bool is_well = false;  // each replica has answered again and again
};

// A task that recurs daily, as it was made and as it was left.
struct series {
    std::int64_t task;
    int moved;                // days
    std::set<int> completed;  // days after its first date
    std::size_t completions;
};

struct api_evidence {
    std::vector<answer_seen> answers{};
    std::vector<std::string> surprises{};  // answers that fit no request
    std::vector<completion_asked> completions{};
    std::vector<completion_kept> completions_kept{};
    std::vector<home_asked> homes{};
    std::map<std::string, int> homes_kept{};
    read_judge reads{};
    std::uint64_t unfenced_commits = 0;  // for which the cache promises a time to live only
    std::vector<lull> lulls{};
    milliseconds well_within{0};
    std::vector<series> recurring{};
    std::vector<std::string> wrong_rows{};     // that contradict each other
    std::vector<std::string> wrong_endings{};  // processes that did not stop well
};

}  // namespace honeydue::chaos
