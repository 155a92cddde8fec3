// SPDX-License-Identifier: MIT
// What Redis could not be told when it was due: a queue, and the thread that empties it. Until then
// this process believes nothing that Redis holds under these names.
#include <algorithm>
#include <exception>
#include <utility>

#include "cache_core.hpp"
#include "redis_core.hpp"

namespace honeydue {

namespace {

constexpr std::chrono::milliseconds answer_limit{1000};

// Stands for all transactions beyond the queue.
constexpr std::string_view beyond_queue = "beyond";

}  // namespace

void redis_tier::core::queue(const shared_invalidation& of, commit_known known) {
    const std::lock_guard lock{mutex_};
    if (undelivered_.size() < config_.max_undelivered) {
        undelivered_.push_back({of, known});
    } else {
        ++beyond_queue_;
        must_renew_ = true;
        view_.doubt_all(beyond_queue);
        view_.trust_again(of.transaction);
    }
    work_.notify_one();
}

void redis_tier::core::deliver() {
    for (auto wait = first_pause; wait_for_work();) {
        if (deliver_queued()) {
            wait = first_pause;
            continue;
        }
        if (!pause(wait)) return;
        wait = std::min(wait * 2, longest_pause);
    }
}

bool redis_tier::core::wait_for_work() {
    std::unique_lock lock{mutex_};
    work_.wait(lock, [this] { return stopping_ || must_renew_ || !undelivered_.empty(); });
    return !stopping_;
}

// One after the other, each forgotten only when Redis has it. Only here is the queue shortened.
bool redis_tier::core::deliver_queued() try {
    auto on = dial();
    if (!on) return false;
    for (;;) {
        const undelivered* next = nullptr;
        bool renewing = false;
        {
            const std::lock_guard lock{mutex_};
            renewing = must_renew_;
            if (!undelivered_.empty()) next = &undelivered_.front();
        }
        if (!renewing && next == nullptr) return true;
        if (const auto told = renewing ? renew(*on) : deliver_on(*on, *next); !told) return false;
    }
} catch (const std::exception&) {
    return false;
}

// A script that Redis would run and cannot never will: something else stands under a key of ours.
result<void> redis_tier::core::deliver_on(redis_connection& on, const undelivered& one) {
    auto told =
        all_ok(run_on(on, redis_script::done, telling(one.of, one.known), within(answer_limit)));
    const std::lock_guard lock{mutex_};
    if (told) {
        view_.trust_again(one.of.transaction);
        undelivered_.pop_front();
    } else {
        must_renew_ = must_renew_ || told.error().code() == errc::protocol;
    }
    return told;
}

// What was queued before is given up with the generation; what came meanwhile is not.
result<void> redis_tier::core::renew(redis_connection& on) {
    std::size_t waiting = 0;
    std::size_t beyond = 0;
    {
        const std::lock_guard lock{mutex_};
        waiting = undelivered_.size();
        beyond = beyond_queue_;
    }
    if (auto begun = begin_generation(on); !begun) return begun;
    const std::lock_guard lock{mutex_};
    for (; waiting > 0; --waiting) {
        view_.trust_again(undelivered_.front().of.transaction);
        undelivered_.pop_front();
    }
    beyond_queue_ -= beyond;
    must_renew_ = beyond_queue_ > 0;
    if (!must_renew_) view_.trust_again(beyond_queue);
    return {};
}

result<void> redis_tier::core::begin_generation(redis_connection& on) {
    const auto space = "hd:{" + config_.name_space + "}:";
    const redis_command fresh{"2", space + "meta", space + "bus", detail::random_token()};
    if (auto begun =
            all_ok(on.run(redis_script::renew, std::span{&fresh, 1}, within(answer_limit)));
        !begun) {
        return begun;
    }
    auto known = say_hello(on, within(answer_limit));
    if (!known) return tl::unexpected{std::move(known.error())};
    return {};
}

}  // namespace honeydue
