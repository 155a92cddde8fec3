// SPDX-License-Identifier: MIT
// Counting round trips and bounding them, and observing what is done. A round trip is one wait for
// the server: the one currency far away from it. Executors report here; how they do their work is
// not known here.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <honeydue/detail/call_scope.hpp>
#include <honeydue/error.hpp>

namespace honeydue {

namespace detail {
struct budget;
}

/// The clock of one thread, handed to another: what runs there at the same time costs the longer of
/// the two. Thread: made by one thread, entered by one other, joined by the first.
class round_trip_fork {
public:
    /// While it lives, this thread counts from where the clock was forked, under the same budgets.
    class visit {
    public:
        explicit visit(round_trip_fork& branch) noexcept;
        visit(const visit&) = delete;
        visit& operator=(const visit&) = delete;
        ~visit();

    private:
        round_trip_fork& branch_;
        std::uint64_t outer_clock_;
        std::vector<std::shared_ptr<detail::budget>> outer_budgets_;
    };

    [[nodiscard]] visit enter() noexcept { return visit{*this}; }

private:
    friend class round_trips;

    round_trip_fork() = default;

    std::uint64_t clock_ = 0;
    std::vector<std::shared_ptr<detail::budget>> budgets_;
};

/// Counts the round trips this thread waits for while the scope lives. Scopes nest.
/// Waiting for a pool, background work and dialling are not counted; a retry counts again.
/// Thread: the one that made it.
class round_trips {
public:
    round_trips() noexcept;
    round_trips(const round_trips&) = delete;
    round_trips& operator=(const round_trips&) = delete;

    [[nodiscard]] std::uint64_t count() const noexcept;

    /// Hands this thread's clock, and its budgets, to another thread.
    [[nodiscard]] static round_trip_fork fork();

    /// Sets this thread's clock to the later of its own and the branch's. The branch's visit has
    /// ended.
    static void join(const round_trip_fork& branch) noexcept;

private:
    std::uint64_t start_;
};

/// Allows so many round trips while the scope lives. One more is `errc::round_trip_budget` before
/// anything is sent, with the texts sent so far. Budgets nest, and all hold. Thread: the one that
/// made it, and those it forks to.
class round_trip_budget {
public:
    explicit round_trip_budget(std::uint64_t limit);
    round_trip_budget(const round_trip_budget&) = delete;
    round_trip_budget& operator=(const round_trip_budget&) = delete;
    ~round_trip_budget();

    [[nodiscard]] std::uint64_t count() const noexcept { return counted_.count(); }

private:
    round_trips counted_;
    std::shared_ptr<detail::budget> budget_;
};

/// A text that left in several round trips.
struct repetition {
    std::string text;
    std::uint64_t round_trips = 0;
};

/// Finds what is asked once for each row of something instead of once for all: the same text in
/// more than `limit` round trips while the scope lives. In one round trip it counts once, however
/// often it is in it. Scopes nest. Thread: the one that made it, and those it forks to.
class repeated_statements {
public:
    explicit repeated_statements(std::uint64_t limit = 5);
    repeated_statements(const repeated_statements&) = delete;
    repeated_statements& operator=(const repeated_statements&) = delete;
    ~repeated_statements();

    /// The most repeated first. The first 1000 texts of a scope are looked at.
    [[nodiscard]] std::vector<repetition> found() const;

private:
    std::uint64_t limit_;
    std::shared_ptr<detail::budget> watch_;
};

/// One call as its caller saw it, told when it is over: the verb, or `run` by itself. A call that
/// is sent again is still one. Who drives a connection's pump himself is not told of.
/// Lifetime: of the telling, here and below.
struct call_event {
    std::string_view server{};             ///< "host:port/database"; empty when none was reached
    std::span<const std::string> texts{};  ///< the first 32 that were sent; without parameters
    std::uint64_t statements = 0;          ///< sent
    std::uint64_t round_trips = 0;
    std::uint64_t rows = 0;
    std::uint64_t bytes = 0;           ///< of the values received
    std::chrono::nanoseconds queue{};  ///< waiting for a connection of a pool
    std::chrono::nanoseconds flight{};
    std::chrono::nanoseconds decode{};  ///< the rest: reading rows into values, above all
    const error* failure = nullptr;     ///< null when it went well
};

/// A dial that came to its end. A phase that was not reached took no time.
struct handshake_event {
    std::string_view server{};
    std::chrono::nanoseconds resolve{};
    std::chrono::nanoseconds tcp{};
    std::chrono::nanoseconds tls{};
    std::chrono::nanoseconds authentication{};
    const error* failure = nullptr;
};

/// A connection that was asked of a pool, told when it has come back, or when there was none.
struct loan_event {
    std::string_view server{};
    std::chrono::nanoseconds wait{};
    std::chrono::nanoseconds use{};
    const error* failure = nullptr;
};

/// Why a pool closed a connection.
enum class eviction : std::uint8_t {
    lifetime,     ///< `max_lifetime`
    idle,         ///< `max_idle_time`
    peer_closed,  ///< found dead before anything was sent
    lost,         ///< under a statement
    silent,       ///< no answer for longer than a handshake takes
    unserved,     ///< the pooler has no server behind it
    doubtful,     ///< an answer was abandoned, or made no sense
    generation,   ///< others were lost at the same time, and it has not answered since
    slow,         ///< answered much more slowly than the others
    surplus,      ///< made room for one that has answered more recently
    closing,      ///< the pool closes
};

/// As in attributes: "peer_closed".
[[nodiscard]] std::string_view name(eviction why) noexcept;

struct eviction_event {
    std::string_view server{};
    eviction why = eviction::lifetime;
};

/// How a pool stands to dialling.
enum class breaker : std::uint8_t {
    closed,     ///< as many dials as are wanted
    half_open,  ///< one has succeeded again: two, four, eight at a time
    open,       ///< dials fail: one at a time, later and later
};

/// "half_open".
[[nodiscard]] std::string_view name(breaker state) noexcept;

/// What changed in how a pool stands to its server.
struct pool_event {
    std::string_view server{};
    honeydue::breaker breaker = breaker::closed;
    std::size_t effective_max = 0;  ///< lower than `max_open` while the server takes no more
    std::size_t max_open = 0;
};

/// One call on a cache as its caller saw it, told when it is over; of many keys, once for each
/// source they came from. What a loader sends is a call of its own.
struct cache_event {
    std::string_view cache{};         ///< the name it was made with
    std::string_view source{};        ///< as name(cache_source): "memory"; empty when it failed
    std::uint64_t keys = 0;           ///< that came from there; of a failure, all that were asked
    std::chrono::nanoseconds took{};  ///< the whole call, its loader included
    const error* failure = nullptr;
};

/// Is told what honeydue does. Override what is of interest.
/// Thread: told by all threads, at the same time. Told while a caller waits: be quick, call nothing
/// of honeydue, and do not begin or end an observation.
class observer {
public:
    observer() = default;
    observer(const observer&) = delete;
    observer& operator=(const observer&) = delete;
    virtual ~observer() = default;

    virtual void on_call(const call_event&) noexcept {}
    virtual void on_handshake(const handshake_event&) noexcept {}
    virtual void on_loan(const loan_event&) noexcept {}
    virtual void on_eviction(const eviction_event&) noexcept {}
    virtual void on_pool(const pool_event&) noexcept {}
    virtual void on_cache(const cache_event&) noexcept {}
};

/// While it lives, `by` is told of everything in the process. Any number may. Its end waits until
/// nobody is being told. Cost: where nobody observes, a relaxed load a call.
class observation {
public:
    explicit observation(observer& by);
    observation(const observation&) = delete;
    observation& operator=(const observation&) = delete;
    ~observation();

private:
    observer& by_;
};

/// Writes each event as one line of JSON, without its line end: an object whose "event" is "call",
/// "handshake", "loan", "eviction", "pool" or "cache"; times are in seconds.
/// Thread: `write` is called by one thread at a time.
class json_lines final : public observer {
public:
    explicit json_lines(std::function<void(std::string_view)> write);
    ~json_lines() override;

    void on_call(const call_event& event) noexcept override;
    void on_handshake(const handshake_event& event) noexcept override;
    void on_loan(const loan_event& event) noexcept override;
    void on_eviction(const eviction_event& event) noexcept override;
    void on_pool(const pool_event& event) noexcept override;
    void on_cache(const cache_event& event) noexcept override;

private:
    struct writer;
    std::unique_ptr<writer> writer_;
};

/// How often a value was in which range. Source: OpenTelemetry, "Semantic conventions for database
/// client metrics", from which names, units and bounds are taken; names of our own begin with
/// honeydue.
struct histogram {
    std::string_view name{};
    std::string_view unit{};               ///< "s" or "{row}"
    std::string attributes{};              ///< such as "db.operation.name=SELECT,error.type=57014"
    std::span<const double> bounds{};      ///< upper ones, inclusive, rising
    std::vector<std::uint64_t> buckets{};  ///< one more than `bounds`
    std::uint64_t count = 0;
    double sum = 0;
};

/// One number under its OpenTelemetry name. Source: as `histogram`.
struct metric {
    std::string_view name;
    std::string_view attributes;  ///< such as "db.client.connection.state=idle"; or empty
    double value = 0;             ///< counts; times in seconds
};

/// Counts events into histograms: db.client.operation.duration, db.client.response.returned_rows,
/// db.client.connection.wait_time, .use_time and .create_time, and our own of round trips a call,
/// of handshake phases and of calls on caches, by source. Counts and states of one pool:
/// `metrics(pool_stats)`. Thread: safe.
class meter final : public observer {
public:
    meter();
    ~meter() override;

    /// By name, then attributes; only what has been counted.
    [[nodiscard]] std::vector<histogram> read() const;

    void on_call(const call_event& event) noexcept override;
    void on_handshake(const handshake_event& event) noexcept override;
    void on_loan(const loan_event& event) noexcept override;
    void on_cache(const cache_event& event) noexcept override;

private:
    struct series;
    std::unique_ptr<series> series_;
};

namespace detail {

/// When a wait began, on the clock of the thread that waits.
using round_trip_ticket = std::uint64_t;

/// Asked by an executor before a sync group leaves. `texts` are the group's.
[[nodiscard]] result<round_trip_ticket> begin_round_trip(std::span<const std::string_view> texts);

/// True when `begin_round_trip` reads `texts`: executors need not collect them otherwise.
[[nodiscard]] bool round_trips_are_watched() noexcept;

/// Told when the wait is over. Waits that overlap on one thread cost as much as the longest.
void end_round_trip(round_trip_ticket began) noexcept;

}  // namespace detail

}  // namespace honeydue
