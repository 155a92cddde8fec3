// SPDX-License-Identifier: MIT
// What the parts of the store share: its pool and caches, and the queries both sides are made of.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <honeydue/honeydue.hpp>
#include <honeydue/redis.hpp>

#include "reference/reference.hpp"
#include "store.hpp"
#include "store_text.hpp"
#include "store_trace.hpp"

namespace api {

namespace hd = honeydue;
using hd::col;
using hd::operator""_sqlstate;

inline thread_local std::uint64_t round_trips_so_far = 0;

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

inline trouble::kind kind_of(const hd::error& failure) {
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
        case hd::errc::migration:
            return trouble::kind::schema_behind;
        default:
            // What a row names may be gone since it was looked at; a table checks what only it
            // sees.
            if (failure.sqlstate() == "23503"_sqlstate) return trouble::kind::unknown_reference;
            if (failure.sqlstate() == "23514"_sqlstate) return trouble::kind::contradiction;
            return failure.transient() || failure.connection_lost() ? trouble::kind::unavailable
                                                                    : trouble::kind::internal;
    }
}

inline trouble as_trouble(const hd::error& failure) {
    return {kind_of(failure), hd::explain(failure)};
}

/// Of a write that makes a row: nobody is told to make again what may be there.
inline trouble as_trouble_of_new_row(const hd::error& failure) {
    trouble made = as_trouble(failure);
    if (made.what == trouble::kind::unavailable && failure.may_have_run())
        made.what = trouble::kind::outcome_unknown;
    return made;
}

/// An answer that is no failure of the database's.
inline tl::unexpected<trouble> refused(trouble::kind why) {
    return tl::unexpected{trouble{why, "refused"}};
}

/// The newest migration whose tables and columns are asked for here.
inline constexpr std::int64_t needed_schema = 3;

using home = ::residence::residence;
using home_ids = std::vector<hd::id<home>>;

/// Token and user in one inner join.
inline auto account_of(std::string_view token) {
    return hd::select<&auth::user::id, &auth::user::username>()
        .join<&authtoken::token::user_id>()
        .where(col<&authtoken::token::key> == token && col<&auth::user::is_active> == true);
}

/// The residences that the token's user owns or shares.
inline auto homes_of(std::string_view token) {
    const auto user =
        hd::select<&authtoken::token::user_id>().where(col<&authtoken::token::key> == token);
    const auto shared = hd::select<&::residence::users::residence_id>().where(
        col<&::residence::users::user_id>.in(user));
    // A union, because PostgreSQL cannot estimate an `or` of sub-selects, and scans.
    return hd::select<&home::id>().where(col<&home::owner_id>.in(user)).union_with(shared);
}

/// Of a column only the rows that have `value`, when there is one.
template <auto Member, class T>
auto matching(const std::optional<T>& value) {
    return hd::only_if(value.has_value(), col<Member> == value.value_or(T{}));
}

/// The key that a filter's number is.
template <class Model>
std::optional<hd::id<Model>> key_of(std::optional<std::int64_t> number) {
    if (!number) return std::nullopt;
    return hd::id<Model>{*number};
}

using chore = ::task::task;

inline auto tasks_that(const task_filter& only) {
    const auto day = [](const std::optional<std::string>& text) {
        return text ? hd::date::parse(*text).value_or(hd::date{}) : hd::date{};
    };
    return matching<&chore::residence_id>(key_of<home>(only.residence_id)) &&
           matching<&chore::assigned_to_id>(key_of<auth::user>(only.assigned_to_id)) &&
           matching<&chore::status>(only.status) && matching<&chore::category>(only.category) &&
           matching<&chore::priority>(only.priority) &&
           matching<&chore::is_archived>(only.is_archived) &&
           hd::only_if(only.due_from.has_value(), col<&chore::due_date> >= day(only.due_from)) &&
           hd::only_if(only.due_to.has_value(), col<&chore::due_date> <= day(only.due_to));
}

/// `homes` is a list of ids, or a select of them: a cursor is good for both.
inline auto tasks_in(const auto& homes, const task_filter& only, const page_wanted& wanted) {
    return hd::pages_of(
               hd::select<chore>().where(col<&chore::residence_id>.in(homes) && tasks_that(only)),
               col<&chore::due_date>.ascending().nulls_last())
        .named("tasks")
        .size(wanted.limit)
        .after(wanted.cursor)
        .prepare();
}

using task_query =
    typename decltype(tasks_in(homes_of(""), task_filter{}, page_wanted{}))::value_type;

/// What a write found out by itself: whether the token is somebody's, whether it was done, and
/// what else there is to say when it was not.
struct verdict {
    bool is_known;
    bool is_done;
    bool other;
};

template <class T>
hd::cache<hd::token_key, T> cache_of(const char* name, const hd::memory_tier& memory,
                                     hd::redis_tier* shared, const hd::cache_options& options) {
    if (shared == nullptr) return {name, memory, options};
    return {name, memory, *shared, options};
}

template <class T, class Model>
page_of<T> as_page(account&& owner, hd::page<Model>&& found) {
    page_of<T> page{.owner = std::move(owner), .rows = {}, .next = std::move(found.next)};
    page.rows.reserve(found.rows.size());
    for (auto& row : found.rows)
        page.rows.push_back(plain(std::move(row)));
    return page;
}

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
        return hd::transact(db, in_time, [&](hd::transaction& tx) -> hd::result<verdict> {
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
        auto who = look_up("account", accounts, key_of(token),
                           [&]() -> hd::result<std::optional<account>> {
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

    /// The account and the rows of `query`, in one round trip whatever is known.
    template <class Query>
    answer<std::pair<account, std::vector<typename Query::row>>> read(const std::string& token,
                                                                      const Query& query) {
        auto known = recognise(token, query);
        if (!known) return tl::unexpected{as_trouble(known.error())};
        if (!known->who) return refused(trouble::kind::unknown_token);
        auto rows = known->rows
                        ? hd::result<std::vector<typename Query::row>>{std::move(*known->rows)}
                        : hd::fetch_all<typename Query::row>(db, query.make_statement());
        if (!rows) return tl::unexpected{as_trouble(rows.error())};
        return std::pair{std::move(*known->who), std::move(*rows)};
    }

    /// A page of what `query` selects, as clients see it.
    template <class T, class Query>
    answer<page_of<T>> read_page(const std::string& token, const hd::result<Query>& query) {
        if (!query) return tl::unexpected{as_trouble(query.error())};
        auto found = read(token, *query);
        if (!found) return tl::unexpected{std::move(found.error())};
        return as_page<T>(std::move(found->first), query->cut(std::move(found->second)));
    }

    /// The one row that `query` selects; `missing` says why there is none.
    template <class T, class Query>
    answer<T> read_one(const std::string& token, const Query& query, trouble::kind missing) {
        auto found = read(token, query);
        if (!found) return tl::unexpected{std::move(found.error())};
        if (found->second.empty()) return refused(missing);
        return plain(std::move(found->second.front()));
    }

    /// Of an account that is known; its homes are, or are asked for together with the page.
    hd::result<hd::page<chore>> tasks_at(const std::string& token, const task_query& asked,
                                         const task_filter& only, const page_wanted& wanted) {
        std::optional<hd::page<chore>> found;
        const auto known =
            look_up("residence_ids", homes, key_of(token), [&]() -> hd::result<home_ids> {
                auto both = hd::together(db, homes_of(token), asked);
                if (!both) return tl::unexpected{std::move(both.error())};
                auto& [ids, rows] = *both;
                found = asked.cut(std::move(rows));
                return std::move(ids);
            });
        if (!known) return tl::unexpected{known.error()};
        if (found) return std::move(*found);
        return tasks_in_known(**known, only, wanted);
    }

    hd::result<hd::page<chore>> tasks_in_known(const home_ids& known, const task_filter& only,
                                               const page_wanted& wanted) {
        const auto asked = tasks_in(known, only, wanted);
        if (!asked) return tl::unexpected{asked.error()};
        return hd::fetch_all<chore>(db, asked->make_statement())
            .map([&](std::vector<chore>&& rows) { return asked->cut(std::move(rows)); });
    }

    call_observer calls{};
    hd::observation watching_calls{calls};
    hd::meter meter{};
    hd::observation metering{meter};
    hd::pool_config config;
    hd::transaction_options in_time{.timeout = config.answer_timeout};
    hd::pool db;
    hd::memory_tier memory{};
    std::unique_ptr<hd::redis_tier> shared;
    hd::token_hasher key_of;
    hd::cache<hd::token_key, std::optional<account>> accounts;
    /// By token, of which a user has one, so that a write knows what it invalidates before it asks.
    hd::cache<hd::token_key, home_ids> homes;
};

}  // namespace api
