// SPDX-License-Identifier: MIT
// What every shared tier has: this process's view of the backplane.
#include <honeydue/shared_tier.hpp>

#include "coherence.hpp"

namespace honeydue {

shared_tier::shared_tier(std::chrono::milliseconds window, std::chrono::milliseconds trust)
    : coherence_{std::make_unique<detail::coherence>(window, trust)} {}

shared_tier::~shared_tier() = default;
shared_tier::shared_tier(shared_tier&&) noexcept = default;

bool shared_tier::caught_up(const shared_position& to, std::chrono::milliseconds within) const {
    if (to.generation.empty()) return true;
    return coherence_->wait_for({to.generation, to.sequence}, within);
}

}  // namespace honeydue
