// SPDX-License-Identifier: MIT
// The doing of a pool: connections in slots, callers that wait, and one thread that dials, closes
// and rolls back. What to do is pool_policy's decision.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <poll.h>

#include <honeydue/connection.hpp>
#include <honeydue/pool.hpp>

#include "event_flag.hpp"
#include "fork_count.hpp"
#include "pool_policy.hpp"
#include "warm_up.hpp"

namespace honeydue {

[[nodiscard]] error cut_off_error(outcome ran);

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
    /// With a deadline, waits until what is on loan has come back, and closes under its borrower
    /// what has not by then.
    void stop(std::optional<deadline> drain) noexcept;

    /// A connection that was alive a moment ago; with `proven_since`, one that has answered since
    /// then.
    [[nodiscard]] result<slot_id> acquire(deadline until, time_point proven_since);
    void give_back(slot_id slot, const detail::loan_report& loan) noexcept;

    /// Does `what` with the connection lent, unless it has been cut off. Errors: pool_closed.
    /// Thread: the borrower's.
    template <class What>
    [[nodiscard]] auto use(slot_id slot, What&& what)
        -> decltype(what(std::declval<connection&>()));
    [[nodiscard]] session_state state(slot_id slot) noexcept;
    /// For `sending::stop`: readable once what is on loan is cut off.
    [[nodiscard]] int stop_descriptor() const noexcept { return cut_.descriptor(); }

    [[nodiscard]] const pool_config& config() const noexcept { return config_; }
    [[nodiscard]] pool_stats stats() const;
    [[nodiscard]] std::vector<pool_slot> slots() const;
    /// To the configuration's log.
    void say(const std::string& line) const;
    void count_retry() noexcept { retried_.fetch_add(1, std::memory_order_relaxed); }

private:
    /// A slot's connection. While lent, `in_call` is the borrower's for the length of each call.
    struct place {
        std::mutex in_call;
        std::optional<connection> link;
        std::chrono::nanoseconds waited{};  ///< by its borrower, when somebody observes
        time_point lent{};
    };

    struct waiter {
        std::condition_variable wake;
        std::optional<slot_id> lent;
        bool refused = false;
    };

    [[nodiscard]] result<slot_id> wait_for_turn(std::unique_lock<std::mutex>& lock, waiter_id who,
                                                waiter& self, deadline until);
    [[nodiscard]] error turned_away(admission why, time_point now, deadline until);
    [[nodiscard]] result<slot_id> take(deadline until, time_point proven_since);
    void tell_loan(place& lent) const noexcept;
    void tell_changes();
    [[nodiscard]] connection& at(slot_id slot) noexcept { return *places_[slot].link; }
    void cut_off(slot_id slot) noexcept;
    [[nodiscard]] error exhausted(std::string_view what) const;
    void apply(pool_policy::actions& decided);

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
    void choose_scout(time_point now);
    void believe_password();
    void note_scout(slot_id slot, const error* why);
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
    const std::string server_;  ///< its name in events
    std::deque<place> places_;  ///< max_open of them; they do not move
    event_flag wake_;
    event_flag cut_;
    std::atomic<bool> cut_off_{false};

    mutable std::mutex guard_;
    pool_policy policy_;
    std::map<waiter_id, waiter*> waiting_;
    std::vector<pool_action> orders_;
    waiter_id next_waiter_ = 0;
    std::optional<warm_up> warming_;
    std::condition_variable warmed_;
    pool_stats counted_;
    bool stopping_ = false;
    bool draining_ = false;
    bool running_ = false;               ///< the thread obeys orders
    breaker breaker_ = breaker::closed;  ///< as told last, and so is the maximum
    std::size_t effective_max_;

    std::atomic<std::uint64_t> retried_{0};
    std::vector<slot_id> dialling_;      ///< the thread's
    std::vector<slot_id> rolling_back_;  ///< the thread's
    std::vector<slot_id> probing_;       ///< the thread's, one at most
    std::vector<pollfd> watched_;        ///< the thread's
    std::optional<slot_id> scout_;       ///< the thread's, and the next two
    time_point scouting_since_{};
    bool password_proven_ = false;
    std::mutex joining_;
    std::thread thread_;
};

/// Who is in a call when the pool cuts off closes the connection himself.
template <class What>
auto pool_core::use(slot_id slot, What&& what) -> decltype(what(std::declval<connection&>())) {
    place& lent = places_[slot];
    std::unique_lock in_call{lent.in_call};
    if (cut_off_.load()) return tl::unexpected{cut_off_error(outcome::did_not_run)};
    auto answer = what(*lent.link);
    in_call.unlock();
    if (!cut_off_.load()) return answer;
    cut_off(slot);
    if (answer) return answer;
    return tl::unexpected{cut_off_error(answer.error().outcome())};
}

}  // namespace honeydue
