// SPDX-License-Identifier: MIT
// Connections kept ready for many threads: warm before the first request, and never dialled or
// pinged in a request's path. Session state has no place here: a statement goes to whichever
// connection is free.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <honeydue/connection.hpp>
#include <honeydue/endpoint.hpp>
#include <honeydue/error.hpp>
#include <honeydue/rows.hpp>
#include <honeydue/statement.hpp>
#include <honeydue/trace.hpp>

namespace honeydue {

/// A pool's share of what the server takes, where several replicas of a program share one server.
/// Environment, for `pool_config::from_env`: DB_POOL_SERVER_LIMIT, DB_POOL_RESERVED,
/// DB_POOL_REPLICAS and DB_POOL_SURGE; the first brings the others about.
struct pool_budget {
    /// Connections that the server or its pooler takes in all: max_connections, or PgBouncer's
    /// default_pool_size. Range: 1 to 100000.
    std::size_t server_limit = 0;

    /// Kept for superusers, migrations, people and exporters. Range: 0 to server_limit - 1.
    std::size_t reserved = 15;

    /// Copies of this program, each with one pool. Range: 1 to 10000.
    std::size_t replicas = 1;

    /// Copies that run beside those for a while during a deployment. Range: 0 to 10000.
    std::size_t surge = 1;

    /// (server_limit - reserved) / (replicas + surge), rounded down.
    /// Errors: `errc::configuration`, by the field's name; a share of nothing is one.
    [[nodiscard]] result<std::size_t> share() const;
};

/// How a pool is run. `pool::open` checks it first and answers `errc::configuration` by the field's
/// name.
struct pool_config {
    endpoint server{};

    /// Connections at most, those being opened included. Range: 1 to 1000. Environment:
    /// DB_MAX_OPEN_CONNS.
    std::size_t max_open = 25;

    /// When set, decides `max_open` in place of the number above, and lowers a `min_idle` that is
    /// above its share; the log says how.
    std::optional<pool_budget> budget{};

    /// Connections kept open though nothing is asked; warm-up opens them, and the pool's thread
    /// refills to them. Range: 0 to max_open; 0 keeps none, and warm-up opens one. Environment:
    /// DB_MAX_IDLE_CONNS. Unlike in Go, nothing is closed on return for being surplus.
    std::size_t min_idle = 20;

    /// When a connection is replaced, the new one first. Range: 100 ms or more; 0 is never.
    /// Environment: DB_MAX_LIFETIME.
    std::chrono::milliseconds max_lifetime{1'800'000};

    /// How much earlier than `max_lifetime` chance may have it, so that those born together do not
    /// die together. Unit: percent. Range: 0 to 90.
    int lifetime_jitter = 25;

    /// When an unused connection above `min_idle` is closed. Range: 100 ms or more; 0 is never.
    /// Below the time after which the server suspends itself. Environment: DB_MAX_IDLE_TIME.
    std::chrono::milliseconds max_idle_time{240'000};

    /// After how long on loan a connection is warned about, once a loan: a lease may have been
    /// forgotten. Range: 1 ms or more; 0 is never.
    std::chrono::milliseconds leak_after{60'000};

    /// How long a caller waits for a connection at most. Range: 1 ms to 10 min.
    std::chrono::milliseconds acquire_timeout{5'000};

    /// Callers that may wait at a time; one more is `errc::pool_exhausted` at once. Range: up to
    /// 100000; 0 is 8 x max_open.
    std::size_t queue = 0;

    /// How long an answer to `run` may take before the connection is given up, unless the call says
    /// less. Range: 1 ms to 1 h; 0 is for ever.
    std::chrono::milliseconds answer_timeout{30'000};

    /// How long `pool::open` may take. It returns earlier when `min_idle` are open, and with fewer,
    /// but at least one, after that. Range: 1 ms to 10 min.
    std::chrono::milliseconds warm_up_timeout{10'000};

    /// What the connections lead to. Unset asks: one connection, in a lull, and again after a loss.
    std::optional<peer> leads_to{};

    /// Takes one line at a time: the warm-up's report and warnings. Empty writes them to the
    /// standard error. Thread: called from the pool's own and from those that open it.
    std::function<void(std::string_view)> log{};

    /// What `from_env` found missing or malformed; `check` and `pool::open` answer with it.
    std::optional<error> fault{};

    /// Reads the endpoint's variables and DB_MAX_OPEN_CONNS, DB_MAX_IDLE_CONNS, DB_MAX_LIFETIME,
    /// DB_MAX_IDLE_TIME, and `budget`'s instead of the first. Times are Go durations: "1800s",
    /// "0s", "1h30m".
    [[nodiscard]] static pool_config from_env();

    /// Errors: `errc::configuration`, naming the field, what is wrong with it and the range.
    [[nodiscard]] result<void> check() const;

    /// The same with `max_open` and `min_idle` as `budget` has them. Errors: as `check`.
    [[nodiscard]] result<pool_config> settled() const;
};

/// What a pool looks like and what it has done.
struct pool_stats {
    std::size_t max_open = 0;
    std::size_t min_idle = 0;
    std::size_t effective_max = 0;  ///< lower while the server takes no more
    std::size_t open = 0;           ///< idle, in use, or being rolled back or closed
    std::size_t idle = 0;           ///< one being asked what it leads to included
    std::size_t in_use = 0;
    std::size_t connecting = 0;
    std::size_t waiting = 0;

    std::uint64_t acquired = 0;
    std::uint64_t waited = 0;  ///< of those acquired, after waiting
    std::uint64_t timed_out = 0;
    std::uint64_t turned_away = 0;    ///< the queue was full
    std::uint64_t refused_early = 0;  ///< the wait was foreseen to be too long
    std::chrono::nanoseconds wait_time{};
    std::chrono::nanoseconds use_time{};  ///< of all loans that have come back

    std::uint64_t dialled = 0;
    std::uint64_t dial_failures = 0;
    std::uint64_t rolled_back = 0;
    std::uint64_t retried = 0;  ///< reads sent again after their connection was lost

    std::uint64_t retired_for_age = 0;
    std::uint64_t retired_idle = 0;
    std::uint64_t found_dead = 0;  ///< before anything was sent
    std::uint64_t lost = 0;        ///< under a statement
    std::uint64_t silent = 0;      ///< given up at a deadline after a second or more
    std::uint64_t unserved = 0;    ///< the pooler had no server behind it
    std::uint64_t doubtful = 0;    ///< closed for another abandoned, or an unintelligible answer
    std::uint64_t purged = 0;      ///< after the loss of others
    std::uint64_t ejected = 0;     ///< answered much more slowly than the others
    std::uint64_t held_too_long = 0;

    honeydue::breaker breaker = breaker::closed;
    std::chrono::milliseconds handshake{};  ///< averaged; a guess before the first

    peer leads_to = peer::unasked;
    /// As the kernel measured at the last dial; what an answer takes beyond it is the server's.
    std::chrono::microseconds tcp_round_trip{};

    std::size_t warm_up_requested = 0;
    std::size_t warmed = 0;
    std::chrono::milliseconds first_warm{};  ///< from the start of warm-up to its first connection
    std::chrono::milliseconds all_warm{};    ///< and to its end

    std::string last_dial_error{};  ///< one line; empty when none has failed yet
};

/// The numbers of a pool for an exporter, always the same ones in the same order.
[[nodiscard]] std::vector<metric> metrics(const pool_stats& stats);

/// What a place for a connection is for at the moment.
enum class slot_state : std::uint8_t {
    empty,
    connecting,
    idle,
    in_use,
    rolling_back,  ///< after a borrower who left a transaction open
    probing,       ///< asked what it leads to
    closing,
};

/// "rolling_back".
[[nodiscard]] std::string_view name(slot_state state) noexcept;

/// A place for a connection; of an empty one nothing else is known.
struct pool_slot {
    slot_state state = slot_state::empty;
    std::chrono::milliseconds since{};  ///< it has been so
    /// The quickest answers of its connection's loans, a moving average; nothing before the first.
    std::optional<std::chrono::microseconds> latency{};
    bool slow = false;  ///< much slower than the others: lent last, and closed when passed over
};

class pool_core;

namespace detail {

/// What a borrower tells of his loan.
struct loan_report {
    std::optional<std::chrono::nanoseconds> quickest{};  ///< answer, when there was one
    std::chrono::nanoseconds silence{};  ///< of the last call, given up at its deadline
    bool unserved = false;               ///< a pooler said that it has no server
};

}  // namespace detail

/// A connection on loan from a pool, for transactions of several groups. Goes back at the end of
/// its scope; an open transaction is then rolled back by the pool's thread. May outlive the pool.
/// Thread: one at a time.
class lease {
public:
    lease(lease&& other) noexcept;
    lease& operator=(lease&& other) noexcept;
    ~lease();

    /// As `connection::run`; statements that need a session of their own are `errc::refused`.
    /// Cost: 1 round trip.
    [[nodiscard]] result<std::vector<rows>> run(std::span<const statement> group,
                                                const sending& how = {});
    [[nodiscard]] result<rows> run(const statement& one, const sending& how = {});

    /// As `connection::stream`. Cost: 1 round trip.
    [[nodiscard]] result<void> stream(const statement& one, row_sink sink, const sending& how = {});

    /// As `connection::pull`. Lifetime: ends before the lease. Cost: 1 round trip.
    [[nodiscard]] std::unique_ptr<part_source> pull(statement one, const sending& how = {});

    /// As `connection::describe`. Cost: 1 round trip.
    [[nodiscard]] result<std::vector<rows>> describe(std::span<const statement> asked,
                                                     const statement& question,
                                                     const sending& how = {});

    [[nodiscard]] session_state state() const noexcept;

private:
    friend class pool;
    friend class pool_core;

    lease(std::shared_ptr<pool_core> from, std::size_t slot) noexcept;

    std::shared_ptr<pool_core> core_;
    std::size_t slot_ = 0;
    detail::loan_report told_{};
};

/// Move-only; closing is its destructor.
/// Thread: safe, but for moving and destroying it.
class pool {
public:
    /// Opens `min_idle` connections at once, and returns when they are warm. Fewer is a warning in
    /// the log; none, or a refusal that waiting will not cure, is an error. Errors: configuration,
    /// resolve, connect, tls, authentication; each names the field and the cure.
    [[nodiscard]] static result<pool> open(const pool_config& config);

    pool(pool&&) noexcept;
    pool& operator=(pool&&) noexcept;
    ~pool();

    /// Sends `group` on the connection used last. When the connection is lost and every statement
    /// is `effect::reads`, once more on one that is known to live. Errors: as `connection::run`;
    /// pool_exhausted, pool_closed. Cost: 1 round trip; none for an empty group.
    [[nodiscard]] result<std::vector<rows>> run(std::span<const statement> group,
                                                const sending& how = {});
    [[nodiscard]] result<rows> run(const statement& one, const sending& how = {});

    /// As `connection::stream`. Never sent twice. Cost: 1 round trip.
    [[nodiscard]] result<void> stream(const statement& one, row_sink sink, const sending& how = {});

    /// As `connection::pull`, on a connection that is lent from the first part to the last. Never
    /// sent twice. Lifetime: may outlive the pool. Cost: 1 round trip.
    [[nodiscard]] std::unique_ptr<part_source> pull(statement one, const sending& how = {});

    /// As `connection::describe`. Cost: 1 round trip.
    [[nodiscard]] result<std::vector<rows>> describe(std::span<const statement> asked,
                                                     const statement& question,
                                                     const sending& how = {});

    /// Waits at most `acquire_timeout`, or until `until`.
    /// Errors: pool_exhausted, pool_closed. Cost: no round trip.
    [[nodiscard]] result<lease> acquire(deadline until = no_deadline);

    [[nodiscard]] pool_stats stats() const;

    /// The `max_open` places, always in the same order.
    [[nodiscard]] std::vector<pool_slot> slots() const;

    /// Refuses those who wait and all who come, closes what is idle; what is on loan is closed as
    /// it comes back.
    void close() noexcept;

    /// The same, and waits until all of it has come back, or until `drain`: what has not by then is
    /// closed under its borrower, whose call answers `pool_closed`. Closing what is closed already
    /// does nothing.
    void close(deadline drain) noexcept;

private:
    explicit pool(std::shared_ptr<pool_core> core) noexcept;

    std::shared_ptr<pool_core> core_;
};

}  // namespace honeydue
