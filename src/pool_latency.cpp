// SPDX-License-Identifier: MIT
// The pool's rule for connections that answer far more slowly than the others: a bad way to the
// server, not a slow server.
#include <algorithm>
#include <functional>
#include <utility>

#include "pool_policy.hpp"

namespace honeydue {

namespace {

using namespace std::chrono_literals;

/// An outlier answers more than three times as slowly as the median, and 50 ms more slowly.
constexpr int answers_before_judging = 8;
constexpr int outlier_factor = 3;
constexpr auto outlier_margin = 50ms;
constexpr std::size_t most_outliers_one_in = 5;
constexpr auto between_judgements = 1s;

}  // namespace

void pool_policy::answered(slot_id at, std::chrono::microseconds took) {
    if (std::exchange(unserved_, false)) {
        failures_ = 0;
        next_dial_ = {};
    }
    slot& one = slots_[at];
    one.latency = one.answers == 0 ? took : (one.latency * 7 + took) / 8;
    one.answers = std::min(one.answers + 1, answers_before_judging);
}

/// Marks the connections whose way to the server is bad, one in five at most: when more are slow,
/// it is the server.
void pool_policy::judge_latencies(time_point now) {
    if (now - judged_ < between_judgements) return;
    judged_ = now;
    std::vector<slot_id> known;
    for (slot_id at = 0; at < slots_.size(); ++at) {
        slots_[at].slow = false;
        const bool opened =
            slots_[at].state == slot_state::idle || slots_[at].state == slot_state::in_use;
        if (opened && slots_[at].answers >= answers_before_judging) known.push_back(at);
    }
    std::ranges::sort(known, std::greater{}, [&](slot_id at) { return slots_[at].latency; });
    if (known.empty()) return;
    const auto median = slots_[known[known.size() / 2]].latency;
    known.resize(std::min(known.size(), total() / most_outliers_one_in));
    for (const slot_id at : known) {
        const auto latency = slots_[at].latency;
        slots_[at].slow = latency > median * outlier_factor && latency > median + outlier_margin;
    }
}

}  // namespace honeydue
