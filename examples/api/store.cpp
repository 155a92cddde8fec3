// SPDX-License-Identifier: MIT
// The queries of the API. What the caches do not know is asked with the token itself: nothing waits
// for another answer, so each request is one flight.
#include "store.hpp"

#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string_view>
#include <utility>

#include <honeydue/honeydue.hpp>
#include <honeydue/redis.hpp>

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
        case hd::errc::cursor:
            return trouble::kind::invalid_cursor;
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

using home = ::residence::residence;
using home_ids = std::vector<hd::id<home>>;

/// Token and user in one inner join.
auto account_of(std::string_view token) {
    return hd::select<&auth::user::id, &auth::user::username>()
        .join<&authtoken::token::user_id>()
        .where(col<&authtoken::token::key> == token && col<&auth::user::is_active> == true);
}

/// The residences that the token's user owns or shares.
auto homes_of(std::string_view token) {
    const auto user =
        hd::select<&authtoken::token::user_id>().where(col<&authtoken::token::key> == token);
    const auto shared = hd::select<&::residence::users::residence_id>().where(
        col<&::residence::users::user_id>.in(user));
    // A union, because PostgreSQL cannot estimate an `or` of sub-selects, and scans.
    return hd::select<&home::id>().where(col<&home::owner_id>.in(user)).union_with(shared);
}

using chore = ::task::task;

/// `homes` is a list of ids, or a select of them: a cursor is good for both.
auto tasks_in(const auto& homes, const page_wanted& wanted) {
    return hd::pages_of(hd::select<chore>().where(col<&chore::residence_id>.in(homes)),
                        col<&chore::due_date>.ascending().nulls_last())
        .named("tasks")
        .size(wanted.limit)
        .after(wanted.cursor)
        .prepare();
}

using task_query = typename decltype(tasks_in(homes_of(""), page_wanted{}))::value_type;

struct household {
    hd::record<home> residence;
    hd::children<chore> tasks;
    std::int64_t open_tasks = 0;
    hd::children<auth::user> members;
};

auto households_of(std::string_view token, std::int64_t behind, std::int64_t limit) {
    constexpr std::int64_t told = 5;
    const auto is_open = col<&chore::completed_at>.is_null() &&
                         col<&chore::status> != "cancelled" && col<&chore::is_archived> == false;
    return hd::select<household>(hd::whole<home>(),
                                 hd::with_many<&chore::residence_id>()
                                     .where(is_open)
                                     .order_by(col<&chore::due_date>.ascending().nulls_last(),
                                               col<&chore::id>.ascending())
                                     .limit(told),
                                 hd::count_many<&chore::residence_id>().where(is_open),
                                 hd::with_many_through<&::residence::users::residence_id,
                                                       &::residence::users::user_id>()
                                     .order_by(col<&auth::user::id>.ascending()))
        .where(col<&home::id>.in(homes_of(token)) && col<&home::id> > hd::id<home>{behind})
        .order_by(col<&home::id>.ascending())
        .limit(limit);
}

api::residence as_residence(household&& one) {
    home& of = one.residence.value;
    api::residence made{.id = of.id.value,
                        .owner_id = of.owner_id.value,
                        .name = std::move(of.name),
                        .property_type = std::move(of.property_type),
                        .city = std::move(of.city),
                        .country = std::move(of.country),
                        .members = {},
                        .open_tasks = one.open_tasks,
                        .tasks = {}};
    for (auto& user : one.members)
        made.members.push_back({user->id.value, std::move(user->username)});
    for (auto& task : one.tasks)
        made.tasks.push_back(as_task(std::move(task.value)));
    return made;
}

constexpr std::string_view with_caller =
    "with caller as (select t.user_id from authtoken_token t join auth_user u on u.id = t.user_id "
    "where t.key = $1 and u.is_active) ";

/// What a write found out by itself: whether the token is somebody's, whether it was done, and
/// what else there is to say when it was not.
struct verdict {
    bool is_known;
    bool is_done;
    bool other;
};

answer<void> judged(const verdict& found, trouble::kind other) {
    using kind = trouble::kind;
    if (found.is_done) return {};
    const auto why = !found.is_known ? kind::unknown_token
                     : found.other   ? other
                                     : kind::unknown_residence;
    return tl::unexpected{trouble{why, "refused"}};
}

/// HONEYDUE_API_SECRET; without it, and without a Redis that others share, one of this process's
/// own.
hd::result<hd::token_hasher> hasher(bool is_shared) {
    if (const char* given = std::getenv("HONEYDUE_API_SECRET"); given != nullptr || is_shared) {
        auto made = hd::token_hasher::with(given == nullptr ? "" : given);
        if (made) return made;
        return hd::fail(hd::errc::configuration,
                        "HONEYDUE_API_SECRET is needed beside REDIS_URL, the same in every "
                        "process: give it 16 random characters or more");
    }
    std::array<std::random_device::result_type, 8> drawn;
    std::random_device source;
    for (auto& one : drawn)
        one = source();
    return hd::token_hasher::with({reinterpret_cast<const char*>(drawn.data()), sizeof drawn});
}

/// Nothing without REDIS_URL: then memory alone stands in front of the database.
hd::result<std::unique_ptr<hd::redis_tier>> shared_tier() {
    const char* url = std::getenv("REDIS_URL");
    if (url == nullptr || *url == '\0') return std::unique_ptr<hd::redis_tier>{};
    return hd::redis_tier::open({.url = url}).map([](hd::redis_tier&& opened) {
        return std::make_unique<hd::redis_tier>(std::move(opened));
    });
}

template <class T>
hd::cache<hd::token_key, T> cache_of(const char* name, const hd::memory_tier& memory,
                                     hd::redis_tier* shared, const hd::cache_options& options) {
    if (shared == nullptr) return {name, memory, options};
    return {name, memory, *shared, options};
}

}  // namespace

struct store::state {
    state(hd::pool_config from, hd::pool&& opened, std::unique_ptr<hd::redis_tier> redis,
          const hd::token_hasher& hash)
        : config{std::move(from)},
          db{std::move(opened)},
          shared{std::move(redis)},
          key_of{hash},
          accounts{cache_of<std::optional<account>>("account", memory, shared.get(), {})},
          homes{cache_of<home_ids>("residence_ids", memory, shared.get(),
                                   {.shared_ttl = std::chrono::minutes{5}})} {}

    /// Changes whose homes a token sees: the cache forgets them when, and only when, it commits.
    hd::result<verdict> change(const std::string& token, const hd::statement& write) {
        return hd::transact(db, [&](hd::transaction& tx) -> hd::result<verdict> {
            tx.invalidate(homes, key_of(token));
            const auto found = tx.commit_with(write);
            if (!found) return tl::unexpected{found.error()};
            return hd::decode<verdict>(*found).map(
                [](const std::vector<verdict>& all) { return all.front(); });
        });
    }

    template <class Query>
    struct recognised {
        std::optional<account> who;
        std::optional<std::vector<typename Query::row>> rows;
    };

    /// Who the token is; when no cache knows, it is asked together with `other`, whose rows come
    /// by the way.
    template <class Query>
    hd::result<recognised<Query>> recognise(const std::string& token, const Query& other) {
        recognised<Query> found;
        auto who = accounts.get_or_load(key_of(token), [&]() -> hd::result<std::optional<account>> {
            auto both = hd::together(db, account_of(token), other);
            if (!both) return tl::unexpected{std::move(both.error())};
            auto& [accounts_found, rows] = *both;
            found.rows = std::move(rows);
            if (accounts_found.empty()) return std::nullopt;
            auto& [id, username] = accounts_found.front();
            return account{id.value, std::move(username)};
        });
        if (!who) return tl::unexpected{std::move(who.error())};
        found.who = **who;
        return found;
    }

    /// Of an account that is known; its homes are, or are asked for together with the page.
    hd::result<hd::page<chore>> tasks_at(const std::string& token, const task_query& asked,
                                         const page_wanted& wanted) {
        std::optional<hd::page<chore>> found;
        const auto known = homes.get_or_load(key_of(token), [&]() -> hd::result<home_ids> {
            auto both = hd::together(db, homes_of(token), asked);
            if (!both) return tl::unexpected{std::move(both.error())};
            auto& [ids, rows] = *both;
            found = asked.cut(std::move(rows));
            return std::move(ids);
        });
        if (!known) return tl::unexpected{known.error()};
        if (found) return std::move(*found);
        return tasks_in_known(**known, wanted);
    }

    hd::result<hd::page<chore>> tasks_in_known(const home_ids& known, const page_wanted& wanted) {
        const auto asked = tasks_in(known, wanted);
        if (!asked) return tl::unexpected{asked.error()};
        return hd::fetch_all<chore>(db, asked->make_statement())
            .map([&](std::vector<chore>&& rows) { return asked->cut(std::move(rows)); });
    }

    hd::pool_config config;
    hd::pool db;
    hd::memory_tier memory{};
    std::unique_ptr<hd::redis_tier> shared;
    hd::token_hasher key_of;
    hd::cache<hd::token_key, std::optional<account>> accounts;
    /// By token, of which a user has one, so that a write knows what it invalidates before it asks.
    hd::cache<hd::token_key, home_ids> homes;
};

store::store(std::unique_ptr<state> opened) noexcept : state_{std::move(opened)} {}
store::store(store&&) noexcept = default;
store::~store() = default;

answer<store> store::open() {
    auto shared = shared_tier();
    if (!shared) return tl::unexpected{as_trouble(shared.error())};
    const auto hash = hasher(*shared != nullptr);
    if (!hash) return tl::unexpected{as_trouble(hash.error())};
    auto config = hd::pool_config::from_env();
    config.server.application_name = "honeydue-api";
    auto db = hd::pool::open(config);
    if (!db) return tl::unexpected{as_trouble(db.error())};
    if (const auto ready = hd::require_schema_applied(*db, needed_schema); !ready) {
        return tl::unexpected{as_trouble(ready.error())};
    }
    return store{
        std::make_unique<state>(std::move(config), std::move(*db), std::move(*shared), *hash)};
}

answer<void> store::check() const {
    const counted_call counted;
    const hd::statement ping{"select 1", {}, {}, hd::effect::reads};
    const auto one = hd::fetch_one<std::int32_t>(state_->db, ping);
    if (!one) return tl::unexpected{as_trouble(one.error())};
    return {};
}

answer<task_page> store::tasks_of(const std::string& token, const page_wanted& wanted) const {
    const counted_call counted;
    const auto asked = tasks_in(homes_of(token), wanted);
    if (!asked) return tl::unexpected{as_trouble(asked.error())};
    auto known = state_->recognise(token, *asked);
    if (!known) return tl::unexpected{as_trouble(known.error())};
    if (!known->who) return tl::unexpected{trouble{trouble::kind::unknown_token, "refused"}};
    auto found = known->rows ? hd::result<hd::page<chore>>{asked->cut(std::move(*known->rows))}
                             : state_->tasks_at(token, *asked, wanted);
    if (!found) return tl::unexpected{as_trouble(found.error())};
    task_page page{.owner = std::move(*known->who), .tasks = {}, .next = std::move(found->next)};
    page.tasks.reserve(found->rows.size());
    for (auto& row : found->rows)
        page.tasks.push_back(as_task(std::move(row)));
    return page;
}

answer<residence_page> store::residences_of(const std::string& token,
                                            const page_wanted& wanted) const {
    const counted_call counted;
    std::int64_t behind = 0;
    const char* const end = wanted.cursor.data() + wanted.cursor.size();
    const auto read = std::from_chars(wanted.cursor.data(), end, behind);
    if (!wanted.cursor.empty() && (read.ec != std::errc{} || read.ptr != end || behind < 1)) {
        return tl::unexpected{trouble{trouble::kind::invalid_cursor, "refused"}};
    }
    const auto asked = households_of(token, behind, wanted.limit + 1);
    auto known = state_->recognise(token, asked);
    if (!known) return tl::unexpected{as_trouble(known.error())};
    if (!known->who) return tl::unexpected{trouble{trouble::kind::unknown_token, "refused"}};
    auto found = known->rows ? hd::result<std::vector<household>>{std::move(*known->rows)}
                             : asked.fetch_all(state_->db);
    if (!found) return tl::unexpected{as_trouble(found.error())};
    residence_page page{.owner = std::move(*known->who), .residences = {}, .next = {}};
    if (found->size() > static_cast<std::size_t>(wanted.limit)) {
        found->pop_back();
        page.next = std::to_string(found->back().residence->id.value);
    }
    for (auto& one : *found)
        page.residences.push_back(as_residence(std::move(one)));
    return page;
}

answer<residence_made> store::create(const std::string& token, const new_residence& wanted) const {
    const counted_call counted;
    const auto made =
        hd::transact(state_->db, [&](hd::transaction& tx) -> hd::result<std::vector<std::int64_t>> {
            tx.invalidate(state_->homes, state_->key_of(token));
            const auto rows = tx.commit_with(hd::runtime(
                std::string{with_caller} +
                    "insert into residence_residence (owner_id, name, property_type) select "
                    "user_id, $2::text, $3::text from caller returning id",
                token, wanted.name, wanted.property_type));
            if (!rows) return tl::unexpected{rows.error()};
            return hd::decode<std::int64_t>(*rows);
        });
    if (!made) return tl::unexpected{as_trouble(made.error())};
    if (made->empty()) return tl::unexpected{trouble{trouble::kind::unknown_token, "refused"}};
    return residence_made{made->front(), join_code(made->front())};
}

answer<void> store::join(const std::string& token, std::int64_t residence,
                         const std::string& code) const {
    const counted_call counted;
    if (code != join_code(residence)) {
        return tl::unexpected{trouble{trouble::kind::wrong_code, "refused"}};
    }
    const auto done = state_->change(
        token,
        hd::runtime(std::string{with_caller} +
                        ", home as (select id, owner_id from residence_residence where id = "
                        "$2), made as (insert into residence_residence_users (residence_id, "
                        "user_id) select home.id, caller.user_id from home, caller where "
                        "owner_id <> user_id on conflict do nothing) select exists (select "
                        "from caller) as is_known, exists (select from home, caller where "
                        "owner_id <> user_id) as is_done, exists (select from home) as other",
                    token, residence));
    if (!done) return tl::unexpected{as_trouble(done.error())};
    return judged(*done, trouble::kind::is_the_owner);
}

answer<void> store::leave(const std::string& token, std::int64_t residence) const {
    const counted_call counted;
    const auto done = state_->change(
        token, hd::runtime(std::string{with_caller} +
                               ", gone as (delete from residence_residence_users s using caller c "
                               "where s.residence_id = $2 and s.user_id = c.user_id returning "
                               "s.id) select exists (select from caller) as is_known, exists "
                               "(select from gone) as is_done, exists (select from "
                               "residence_residence r, caller c where r.id = $2 and r.owner_id = "
                               "c.user_id) as other",
                           token, residence));
    if (!done) return tl::unexpected{as_trouble(done.error())};
    return judged(*done, trouble::kind::is_the_owner);
}

answer<void> store::remove(const std::string& token, std::int64_t residence) const {
    const counted_call counted;
    const auto done = state_->change(
        token, hd::runtime(std::string{with_caller} +
                               ", gone as (delete from residence_residence r using caller c where "
                               "r.id = $2 and r.owner_id = c.user_id returning r.id) select exists "
                               "(select from caller) as is_known, exists (select from gone) as "
                               "is_done, exists (select from residence_residence_users s, caller c "
                               "where s.residence_id = $2 and s.user_id = c.user_id) as other",
                           token, residence));
    if (!done) return tl::unexpected{as_trouble(done.error())};
    return judged(*done, trouble::kind::not_the_owner);
}

cache_state store::caches() const {
    const auto accounts = state_->accounts.stats();
    const auto homes = state_->homes.stats();
    return {.is_shared = state_->shared != nullptr,
            .is_well = state_->shared == nullptr || !state_->shared->stats().breaker_open,
            .memory_hits = state_->memory.stats().hits,
            .shared_hits = accounts.shared_hits + homes.shared_hits,
            .loads = accounts.loads + homes.loads};
}

std::string store::join_code(std::int64_t residence) const {
    const auto made = state_->key_of("join " + std::to_string(residence));
    std::string text;
    for (const std::byte part : std::span{made.digest}.first(8)) {
        char two[3];
        std::snprintf(two, sizeof two, "%02x", std::to_integer<unsigned>(part));
        text += two;
    }
    return text;
}

std::size_t store::max_open() const noexcept { return state_->config.max_open; }

std::uint64_t store::round_trips_of_this_thread() noexcept { return round_trips_so_far; }

}  // namespace api
