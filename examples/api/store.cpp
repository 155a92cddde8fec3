// SPDX-License-Identifier: MIT
// The queries of the API. Authentication and tasks do not wait for each other: both are asked with
// the token, in one flight.
#include "store.hpp"

#include <chrono>
#include <cstdio>
#include <string_view>
#include <utility>

#include <honeydue/honeydue.hpp>

#include "reference/reference.hpp"

namespace hd = honeydue;
using hd::col;

namespace api {

namespace {

/// The newest migration whose tables are asked for here.
constexpr std::int64_t needed_schema = 1;

thread_local std::uint64_t round_trips_so_far = 0;

/// Adds what was waited for while it lives to this thread's sum.
class counted_call {
public:
    counted_call() = default;
    counted_call(const counted_call&) = delete;
    counted_call& operator=(const counted_call&) = delete;
    ~counted_call() { round_trips_so_far += waits_.count(); }

private:
    hd::round_trips waits_;
};

trouble::kind kind_of(const hd::error& failure) {
    switch (failure.code()) {
        case hd::errc::resolve:
        case hd::errc::connect:
        case hd::errc::tls:
        case hd::errc::authentication:
        case hd::errc::connection_lost:
        case hd::errc::deadline:
        case hd::errc::pool_exhausted:
        case hd::errc::pool_closed:
            return trouble::kind::unavailable;
        default:
            return failure.transient() || failure.connection_lost() ? trouble::kind::unavailable
                                                                    : trouble::kind::internal;
    }
}

trouble as_trouble(const hd::error& failure) { return {kind_of(failure), hd::explain(failure)}; }

std::string day_text(std::chrono::sys_days day) {
    const std::chrono::year_month_day parts{day};
    char text[32];
    std::snprintf(text, sizeof text, "%04d-%02u-%02u", static_cast<int>(parts.year()),
                  static_cast<unsigned>(parts.month()), static_cast<unsigned>(parts.day()));
    return text;
}

std::string text_of(const hd::date& date) {
    const auto day = date.day();
    if (!day) return date == hd::date::infinity() ? "infinity" : "-infinity";
    return day_text(*day);
}

std::string text_of(const hd::timestamptz& instant) {
    const auto point = instant.time_point();
    if (!point) return instant == hd::timestamptz::minus_infinity() ? "-infinity" : "infinity";
    const auto day = std::chrono::floor<std::chrono::days>(*point);
    const std::chrono::hh_mm_ss time{*point - day};
    char text[32];
    std::snprintf(text, sizeof text, "T%02d:%02d:%02dZ", static_cast<int>(time.hours().count()),
                  static_cast<int>(time.minutes().count()),
                  static_cast<int>(time.seconds().count()));
    return day_text(day) + text;
}

std::string text_of(const hd::numeric& amount) { return amount.text(); }

template <class Model>
std::int64_t text_of(const hd::foreign_key<Model>& key) {
    return key.value;
}

template <class T>
auto text_of(const std::optional<T>& value) -> std::optional<decltype(text_of(*value))> {
    if (!value) return std::nullopt;
    return text_of(*value);
}

task as_task(::task::task&& row) {
    return {.id = row.id.value,
            .residence_id = row.residence_id.value,
            .title = std::move(row.title),
            .description = std::move(row.description),
            .category = std::move(row.category),
            .priority = std::move(row.priority),
            .status = std::move(row.status),
            .recurrence = std::move(row.recurrence),
            .recurrence_interval_days = row.recurrence_interval_days,
            .due_date = text_of(row.due_date),
            .completed_at = text_of(row.completed_at),
            .assigned_to_id = text_of(row.assigned_to_id),
            .contractor_id = text_of(row.contractor_id),
            .estimated_cost = text_of(row.estimated_cost),
            .actual_cost = text_of(row.actual_cost),
            .is_archived = row.is_archived,
            .created_at = text_of(row.created_at),
            .updated_at = text_of(row.updated_at)};
}

/// Token and user in one inner join.
auto account_of(std::string_view token) {
    return hd::select<&auth::user::id, &auth::user::username>()
        .join<&authtoken::token::user_id>()
        .where(col<&authtoken::token::key> == token && col<&auth::user::is_active> == true);
}

/// The tasks of every residence the token's user owns or shares.
auto first_tasks_of(std::string_view token, std::int64_t limit) {
    using chore = ::task::task;
    using home = residence::residence;
    const auto user =
        hd::select<&authtoken::token::user_id>().where(col<&authtoken::token::key> == token);
    const auto shared = hd::select<&residence::users::residence_id>().where(
        col<&residence::users::user_id>.in(user));
    // A union, because PostgreSQL cannot estimate an `or` of sub-selects, and scans.
    const auto homes =
        hd::select<&home::id>().where(col<&home::owner_id>.in(user)).union_with(shared);
    return hd::select<chore>()
        .where(col<&chore::residence_id>.in(homes))
        .order_by(col<&chore::due_date>.ascending().nulls_last(), col<&chore::id>.ascending())
        .limit(limit);
}

}  // namespace

struct store::state {
    hd::pool_config config;
    mutable hd::pool db;
};

store::store(std::unique_ptr<state> opened) noexcept : state_{std::move(opened)} {}
store::store(store&&) noexcept = default;
store::~store() = default;

answer<store> store::open() {
    auto config = hd::pool_config::from_env();
    config.server.application_name = "honeydue-api";
    auto db = hd::pool::open(config);
    if (!db) return tl::unexpected{as_trouble(db.error())};
    if (const auto ready = hd::require_schema_applied(*db, needed_schema); !ready) {
        return tl::unexpected{as_trouble(ready.error())};
    }
    return store{std::make_unique<state>(state{std::move(config), std::move(*db)})};
}

answer<void> store::check() const {
    const counted_call counted;
    const hd::statement ping{"select 1", {}, {}, hd::effect::reads};
    const auto one = hd::fetch_one<std::int32_t>(state_->db, ping);
    if (!one) return tl::unexpected{as_trouble(one.error())};
    return {};
}

answer<task_page> store::tasks_of(const std::string& token, std::int64_t limit) const {
    const counted_call counted;
    auto both = hd::together(state_->db, account_of(token), first_tasks_of(token, limit));
    if (!both) return tl::unexpected{as_trouble(both.error())};
    auto& [accounts, rows] = *both;
    task_page page;
    if (accounts.empty()) return page;
    auto& [id, username] = accounts.front();
    page.owner = account{id.value, std::move(username)};
    page.tasks.reserve(rows.size());
    for (auto& row : rows)
        page.tasks.push_back(as_task(std::move(row)));
    return page;
}

std::size_t store::max_open() const noexcept { return state_->config.max_open; }

std::uint64_t store::round_trips_of_this_thread() noexcept { return round_trips_so_far; }

}  // namespace api
