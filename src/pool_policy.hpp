// SPDX-License-Identifier: MIT
// What a pool decides: whom to lend to, when to dial, what to retire. Pure: events and times in,
// actions out; no thread, socket or clock. Doing what it decides is pool_core's business.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <random>
#include <vector>

#include <honeydue/pool.hpp>

namespace honeydue {

/// The numbers a pool is run by. Units and bounds: pool_config.
struct pool_limits {
    std::size_t max_open = 25;
    std::size_t min_idle = 20;
    std::size_t queue = 200;
    std::chrono::milliseconds max_lifetime{1'800'000};
    std::chrono::milliseconds max_idle_time{240'000};
    std::chrono::milliseconds leak_after{60'000};
    int lifetime_jitter = 25;
    bool probes = true;  ///< asks what the connections lead to
    std::chrono::milliseconds first_backoff{100};
    std::chrono::milliseconds longest_backoff{15'000};
    std::chrono::milliseconds hopeless_backoff{60'000};  ///< after what waiting will not cure
};

/// A place for one connection, from 0 to max_open - 1.
using slot_id = std::size_t;
using waiter_id = std::uint64_t;

struct pool_action {
    enum class kind : std::uint8_t {
        dial,       ///< open a connection in `slot`; report `dialled` or `dial_failed`
        close,      ///< close the one in `slot`, for `why`; report `closed`
        roll_back,  ///< end its transaction; report `rolled_back` or `give_back` as lost
        lend,       ///< `slot` is `waiter`'s
        refuse,     ///< the pool closes: `waiter` goes away empty-handed
        probe,      ///< ask what `slot` leads to; report `probed`, or `give_back` as lost
        warn_held,  ///< `slot` has been on loan for longer than a loan should take
        cut_off,    ///< the pool closes: `slot` is closed under its borrower, who gives it back
    };
    kind what;
    slot_id slot = 0;
    waiter_id waiter = 0;
    eviction why = eviction::lifetime;

    friend bool operator==(const pool_action&, const pool_action&) = default;
};

/// How a connection comes back.
enum class condition : std::uint8_t {
    clean,
    in_transaction,  ///< all is read, and a transaction is open or failed
    doubtful,        ///< not to be used again, for a reason of its own
    lost,            ///< the peer is gone; others may be too
    unserved,        ///< the pooler has no server for anybody: dialling again soon is no help
    silent,          ///< given up after a long wait: the way to the peer may be cut, others' too
};

/// Where someone who asks again stands.
enum class standing : std::uint8_t {
    newcomer,
    returning,  ///< was lent a dead connection: goes before those who wait
};

/// What someone asks for.
struct request {
    using time_point = std::chrono::steady_clock::time_point;

    waiter_id who = 0;
    standing stands = standing::newcomer;
    /// The connection has answered since then, or is new: what a retry needs after a loss.
    time_point proven_since = time_point::min();
    time_point until = time_point::max();
};

enum class admission : std::uint8_t {
    lent,
    waits,
    overloaded,  ///< the queue is full
    hopeless,    ///< its turn is not foreseen to come in time
    closed,
};

/// Why there is no connection after a dial.
enum class dial_fault : std::uint8_t {
    other,
    limit,      ///< the server or its pooler has as many as it takes
    permanent,  ///< a wrong password, say: trying soon again cannot help
};

class pool_policy {
public:
    using time_point = std::chrono::steady_clock::time_point;
    using milliseconds = std::chrono::milliseconds;
    using actions = std::vector<pool_action>;

    struct admitted {
        admission verdict;
        slot_id slot = 0;
    };

    struct counts {
        std::size_t connecting = 0, idle = 0, lent = 0, rolling_back = 0, probing = 0;
        std::size_t closing = 0, waiting = 0;
        std::uint64_t retired_for_age = 0, retired_idle = 0, found_dead = 0, lost = 0, doubtful = 0;
        std::uint64_t purged = 0, ejected = 0, held_too_long = 0, silent = 0;
        std::uint64_t unserved = 0;
        std::chrono::nanoseconds use{};  ///< of all loans that have come back
        milliseconds handshake{};        ///< averaged
        std::size_t effective_max = 0;
        honeydue::breaker breaker = breaker::closed;
        time_point lent_longest_since = time_point::max();

        [[nodiscard]] std::size_t open() const noexcept {
            return idle + lent + rolling_back + probing + closing;
        }
    };

    /// The same seed decides the same.
    pool_policy(const pool_limits& limits, std::uint32_t seed);

    /// Dials the floor: what warm-up asks for.
    void open(time_point now, actions& out);

    /// Lends the connection used last, or queues the caller behind those who wait, unless its turn
    /// is foreseen to come too late.
    [[nodiscard]] admitted acquire(const request& wanted, time_point now, actions& out);

    /// How long a newcomer would wait. Zero while too little is known.
    [[nodiscard]] milliseconds foreseen_wait(time_point now) const;

    /// The waiter's deadline has passed. False: it has been lent a connection in this very moment.
    [[nodiscard]] bool give_up(waiter_id who);

    void give_back(slot_id slot, condition how, time_point now, actions& out);
    /// The quickest answer of a loan, told before it comes back: the way to the server shows in it
    /// more than what the statements did.
    void answered(slot_id slot, std::chrono::microseconds took);
    /// A lent connection turned out to be dead before anything was sent.
    void found_dead(slot_id slot, time_point now, actions& out);
    void rolled_back(slot_id slot, time_point now, actions& out);

    /// `slot` has said what it leads to: none is asked again until a loss.
    void probed(slot_id slot, time_point now, actions& out);

    void dialled(slot_id slot, time_point now, actions& out);
    void dial_failed(slot_id slot, dial_fault why, time_point now, actions& out);
    void closed(slot_id slot, time_point now, actions& out);

    /// Time has passed.
    void tick(time_point now, actions& out);
    /// When `tick` has something to do next, if nothing else happens: after a tick, always ahead.
    [[nodiscard]] time_point wake_at() const;

    /// Refuses all who wait, closes what is idle or connecting; what is lent is closed as it comes
    /// back, and cut off at `until`.
    void close(time_point until, actions& out);
    /// Closed, and nothing is left to wait for.
    [[nodiscard]] bool is_over() const;

    [[nodiscard]] counts count() const;
    [[nodiscard]] std::vector<pool_slot> look(time_point now) const;

private:
    struct slot {
        slot_state state = slot_state::empty;
        time_point since{};   ///< when the state was entered
        time_point proven{};  ///< when it last answered
        time_point retire_at = time_point::max();
        bool leaving = false;  ///< is closed when it comes back, for `why`
        eviction why = eviction::lifetime;
        bool warned = false;  ///< of this loan
        bool slow = false;    ///< an outlier: lent only when nothing else is idle
        int skipped = 0;      ///< how often another was lent for it
        int answers = 0;
        std::chrono::microseconds latency{};  ///< a moving average
    };

    struct waiter {
        waiter_id id;
        time_point proven_since;
    };

    void enter(slot_id at, slot_state state, time_point now);
    void start_close(slot_id at, eviction why, time_point now, actions& out);
    void cut_off(time_point now, actions& out);
    void offer(slot_id at, time_point now, actions& out);
    void start_dials(time_point now, actions& out);
    [[nodiscard]] std::size_t dials_wanted() const;
    void start_dial(time_point now, actions& out);
    void note_loss(time_point now, actions& out);
    void note_failure(dial_fault why, time_point now);
    void note_unserved(time_point lent_since, time_point now);
    void note_hold(const slot& returned, time_point now);
    [[nodiscard]] slot_id take_idle(time_point now, actions& out);
    void make_room(time_point now, actions& out);
    void widen(time_point now);
    [[nodiscard]] time_point widens_at() const;
    [[nodiscard]] honeydue::breaker state_of_breaker() const;
    [[nodiscard]] eviction note_return(const slot& one, condition how);
    static void leave(slot& one, eviction why) noexcept {
        if (!one.leaving) one.why = why;
        one.leaving = true;
    }
    void start_probe(time_point now, actions& out);
    void warn_of_leaks(time_point now, actions& out);
    void judge_latencies(time_point now);
    [[nodiscard]] std::size_t room() const;
    void retire_aged(time_point now, actions& out);
    [[nodiscard]] std::size_t staying() const;
    void retire_one(slot_id at, time_point now, actions& out);
    void retire_idle(time_point now, actions& out);
    [[nodiscard]] std::size_t in(slot_state state) const;
    [[nodiscard]] std::size_t total() const;
    [[nodiscard]] bool is_due(const slot& one, time_point now) const;
    [[nodiscard]] std::size_t due(time_point now) const;
    [[nodiscard]] milliseconds lead() const;
    [[nodiscard]] time_point draw_retirement(time_point now);
    [[nodiscard]] double draw();

    pool_limits limits_;
    std::minstd_rand random_;
    std::vector<slot> slots_;
    std::vector<slot_id> idle_;  ///< the one used last is last
    std::deque<waiter> waiters_;
    counts total_counts_;
    std::size_t warm_up_left_ = 0;
    std::size_t warm_up_size_ = 0;
    std::size_t replacing_ = 0;  ///< dials under way for one that is due
    std::size_t allowed_dials_;
    std::size_t allowed_open_;  ///< below max_open after the server's limit was met
    int failures_ = 0;
    milliseconds handshake_{1500};
    std::optional<std::chrono::microseconds> hold_;  ///< how long a loan takes, averaged
    time_point last_failure_{};
    time_point next_dial_{};
    time_point widened_{};  ///< or narrowed
    time_point judged_{};
    time_point ticked_ = time_point::min();
    time_point last_loss_ = time_point::min();
    bool unserved_ = false;  ///< what is dialled proves nothing until a statement is answered
    bool probe_wanted_;
    bool closed_ = false;
    bool cut_ = false;  ///< what was lent when it closed
    time_point cut_off_at_ = time_point::max();
};

}  // namespace honeydue
