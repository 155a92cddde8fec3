// SPDX-License-Identifier: MIT
// Who may try to log in.
#include "login_limit.hpp"

#include <algorithm>

namespace api {

bool wrong_passwords::try_once(const std::string& name, time_point now) {
    const auto found = counts_.find(name);
    if (found != counts_.end() && now - found->second.since < window) {
        if (found->second.wrong >= allowed) return false;
        ++found->second.wrong;
        return true;
    }
    if (found == counts_.end() && counts_.size() >= most_names) make_room(now);
    counts_[name] = {now, 1};
    return true;
}

void wrong_passwords::take_back(const std::string& name, time_point tried) {
    const auto found = counts_.find(name);
    // A count that began later does not have it.
    if (found == counts_.end() || tried < found->second.since) return;
    if (--found->second.wrong == 0) counts_.erase(found);
}

void wrong_passwords::make_room(time_point now) {
    std::erase_if(counts_, [now](const auto& one) { return now - one.second.since >= window; });
    if (counts_.size() < most_names) return;
    counts_.erase(std::min_element(
        counts_.begin(), counts_.end(),
        [](const auto& a, const auto& b) { return a.second.since < b.second.since; }));
}

bool login_line::enter() {
    std::unique_lock lock{guard_};
    if (free_ == 0) {
        if (places_ == 0) return false;
        --places_;
        turn_.wait(lock, [this] { return free_ > 0; });
        ++places_;
    }
    --free_;
    return true;
}

void login_line::leave() {
    const std::lock_guard lock{guard_};
    ++free_;
    turn_.notify_one();
}

}  // namespace api
