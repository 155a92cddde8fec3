// SPDX-License-Identifier: MIT
// The doing of a pool: connections in slots, callers that wait, and one thread that dials, closes
// and rolls back. What to do is pool_policy's decision.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <poll.h>

#include <honeydue/connection.hpp>
#include <honeydue/pool.hpp>

#include "fork_count.hpp"
#include "pool_policy.hpp"
#include "warm_up.hpp"

namespace honeydue {

/// Shared by the pool, its leases and, until `stop`, its thread.
/// Thread: safe.
class pool_core {
public:
    using time_point = std::chrono::steady_clock::time_point;

    explicit pool_core(const pool_config& config);
    pool_core(const pool_core&) = delete;
    pool_core& operator=(const pool_core&) = delete;
    ~pool_core();

    /// Starts the thread, and waits until the pool is warm. Errors: the permanent failure, or the
    /// last one.
    [[nodiscard]] result<void> start();
    void stop() noexcept;

    /// A connection that was alive a moment ago; with `proven_since`, one that has answered since
    /// then.
    [[nodiscard]] result<slot_id> acquire(deadline until, time_point proven_since);
    /// `quickest` is the shortest answer of the loan, when there was one.
    void give_back(slot_id slot, std::optional<std::chrono::nanoseconds> quickest) noexcept;

    /// The borrower's, while lent.
    [[nodiscard]] connection& at(slot_id slot) noexcept { return *connections_[slot]; }

    [[nodiscard]] const pool_config& config() const noexcept { return config_; }
    [[nodiscard]] pool_stats stats() const;
    /// To the configuration's log.
    void say(const std::string& line) const;
    void count_retry() noexcept { retried_.fetch_add(1, std::memory_order_relaxed); }

private:
    struct waiter {
        std::condition_variable wake;
        std::optional<slot_id> lent;
        bool refused = false;
    };

    [[nodiscard]] result<slot_id> wait_for_turn(std::unique_lock<std::mutex>& lock, waiter_id who,
                                                waiter& self, deadline until);
    [[nodiscard]] error turned_away(admission why, time_point now, deadline until);
    [[nodiscard]] error exhausted(std::string_view what) const;
    void apply(pool_policy::actions& decided);
    void wake_thread() noexcept;

    void run() noexcept;
    void run_once();
    [[nodiscard]] std::vector<pool_action> take_orders(deadline& wake_at);
    void obey(const pool_action& order, time_point now);
    void dial(slot_id slot, time_point now);
    void roll_back(slot_id slot, time_point now);
    void warn_held() const;
    void warn_of_require() const;
    void sleep(deadline wake_at);
    void advance_all();
    void advance_dial(slot_id slot, time_point now);
    void advance_roll_back(slot_id slot, time_point now);
    void probe(slot_id slot, time_point now);
    void advance_probe(time_point now);
    void report_dial(slot_id slot, const error* why, time_point now);
    template <class Event>
    void tell(Event&& event);

    /// In a child of fork() the pool's thread and sockets are the parent's.
    [[nodiscard]] bool inherited() const noexcept { return opened_at_ != forks(); }

    const std::uint64_t opened_at_ = forks();
    const pool_config config_;
    std::vector<std::optional<connection>> connections_;

    mutable std::mutex guard_;
    pool_policy policy_;
    std::map<waiter_id, waiter*> waiting_;
    std::vector<pool_action> orders_;
    waiter_id next_waiter_ = 0;
    std::optional<warm_up> warming_;
    std::condition_variable warmed_;
    pool_stats counted_;
    bool stopping_ = false;
    bool running_ = false;  ///< the thread obeys orders

    std::atomic<std::uint64_t> retried_{0};
    int wake_ = -1;
    std::vector<slot_id> dialling_;      ///< the thread's
    std::vector<slot_id> rolling_back_;  ///< the thread's
    std::vector<slot_id> probing_;       ///< the thread's, one at most
    std::vector<pollfd> watched_;        ///< the thread's
    std::mutex joining_;
    std::thread thread_;
};

}  // namespace honeydue
