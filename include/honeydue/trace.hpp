// SPDX-License-Identifier: MIT
// Counting round trips and bounding them. A round trip is one wait for the server: the one currency
// far away from it. Executors report here; what they send and to whom is not known here.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

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

namespace detail {

/// When a wait began, on the clock of the thread that waits.
using round_trip_ticket = std::uint64_t;

/// Asked by an executor before a sync group leaves. `texts` are the group's.
[[nodiscard]] result<round_trip_ticket> begin_round_trip(std::span<const std::string_view> texts);

/// True when `begin_round_trip` reads `texts`: executors need not collect them otherwise.
[[nodiscard]] bool round_trips_are_budgeted() noexcept;

/// Told when the wait is over. Waits that overlap on one thread cost as much as the longest.
void end_round_trip(round_trip_ticket began) noexcept;

}  // namespace detail

}  // namespace honeydue
