// SPDX-License-Identifier: MIT
// One clock for each thread; a scope is the difference of two readings. Source: Lamport, "Time,
// Clocks, and the Ordering of Events in a Distributed System" (1978): a wait is a message, and
// joining takes the later clock.
#include <honeydue/trace.hpp>

#include <algorithm>
#include <functional>
#include <limits>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "observers.hpp"

namespace honeydue {

namespace detail {

/// Shared by the threads a budget was forked to.
struct budget {
    std::uint64_t start;
    std::uint64_t limit;
    std::mutex guard;
    std::vector<std::string> sent;
    /// How many round trips each text was in; none for a budget that only limits.
    std::optional<std::map<std::string, std::uint64_t, std::less<>>> times;
};

}  // namespace detail

namespace {

constexpr std::size_t text_shown = 120;
constexpr std::size_t texts_kept = 32;
constexpr std::size_t texts_watched = 1000;

thread_local std::uint64_t thread_clock = 0;
thread_local std::vector<std::shared_ptr<detail::budget>> thread_budgets;

std::string shown(std::string_view text) {
    std::string line{text.substr(0, text_shown)};
    std::ranges::replace(line, '\n', ' ');
    if (text.size() > text_shown) line += "...";
    return line;
}

std::string shown(std::span<const std::string_view> texts) {
    std::string line;
    for (const std::string_view text : texts) {
        if (!line.empty()) line += " + ";
        line += shown(text);
    }
    return line;
}

error over_budget(detail::budget& spent, const std::string& next) {
    std::string message = fmt::format(
        "round_trip_budget: {} allowed, one more asked for by [{}]; sent so far:", spent.limit,
        next);
    const std::lock_guard lock{spent.guard};
    if (spent.sent.empty()) message += " nothing";
    for (std::size_t i = 0; i < spent.sent.size(); ++i) {
        message += fmt::format(" {}. [{}]", i + 1, spent.sent[i]);
    }
    message += "; put statements together, or raise the budget";
    return {errc::round_trip_budget, std::move(message)};
}

void remember(detail::budget& kept, const std::string& text) {
    const std::lock_guard lock{kept.guard};
    if (kept.sent.size() < texts_kept) kept.sent.push_back(text);
}

/// A text counts once for a round trip, however often it is in it.
void watch(detail::budget& by, std::span<const std::string_view> texts) {
    const std::lock_guard lock{by.guard};
    for (auto text = texts.begin(); text != texts.end(); ++text) {
        if (std::find(texts.begin(), text, *text) != text) continue;
        if (const auto known = by.times->find(*text); known != by.times->end()) {
            ++known->second;
        } else if (by.times->size() < texts_watched) {
            by.times->emplace(*text, 1);
        }
    }
}

/// All must allow it before any is charged.
result<void> charge_budgets(std::span<const std::string_view> texts) {
    if (thread_budgets.empty()) return {};
    const std::string text = shown(texts);
    for (const auto& open : thread_budgets) {
        if (thread_clock + 1 - open->start > open->limit) {
            return tl::unexpected{over_budget(*open, text)};
        }
    }
    for (const auto& open : thread_budgets) {
        if (open->times) {
            watch(*open, texts);
        } else {
            remember(*open, text);
        }
    }
    return {};
}

}  // namespace

namespace detail {

bool round_trips_are_watched() noexcept { return !thread_budgets.empty() || call_is_open(); }

result<round_trip_ticket> begin_round_trip(std::span<const std::string_view> texts) {
    if (auto within = charge_budgets(texts); !within) return tl::unexpected{within.error()};
    note_departure(texts);
    return thread_clock;
}

void end_round_trip(round_trip_ticket began) noexcept {
    thread_clock = std::max(thread_clock, began + 1);
    note_arrival();
}

}  // namespace detail

round_trips::round_trips() noexcept : start_{thread_clock} {}

std::uint64_t round_trips::count() const noexcept { return thread_clock - start_; }

round_trip_fork round_trips::fork() {
    round_trip_fork branch;
    branch.clock_ = thread_clock;
    branch.budgets_ = thread_budgets;
    return branch;
}

void round_trips::join(const round_trip_fork& branch) noexcept {
    thread_clock = std::max(thread_clock, branch.clock_);
}

round_trip_fork::visit::visit(round_trip_fork& branch) noexcept
    : branch_{branch},
      outer_clock_{std::exchange(thread_clock, branch.clock_)},
      outer_budgets_{std::exchange(thread_budgets, std::move(branch.budgets_))} {}

round_trip_fork::visit::~visit() {
    branch_.clock_ = std::exchange(thread_clock, outer_clock_);
    branch_.budgets_ = std::exchange(thread_budgets, std::move(outer_budgets_));
}

round_trip_budget::round_trip_budget(std::uint64_t limit)
    : budget_{std::make_shared<detail::budget>()} {
    budget_->start = thread_clock;
    budget_->limit = limit;
    thread_budgets.push_back(budget_);
}

round_trip_budget::~round_trip_budget() { std::erase(thread_budgets, budget_); }

repeated_statements::repeated_statements(std::uint64_t limit)
    : limit_{limit}, watch_{std::make_shared<detail::budget>()} {
    watch_->start = thread_clock;
    watch_->limit = std::numeric_limits<std::uint64_t>::max();
    watch_->times.emplace();
    thread_budgets.push_back(watch_);
}

repeated_statements::~repeated_statements() { std::erase(thread_budgets, watch_); }

std::vector<repetition> repeated_statements::found() const {
    std::vector<repetition> many;
    const std::lock_guard lock{watch_->guard};
    for (const auto& [text, times] : *watch_->times) {
        if (times > limit_) many.push_back({text, times});
    }
    std::ranges::stable_sort(many, std::greater{}, &repetition::round_trips);
    return many;
}

}  // namespace honeydue
