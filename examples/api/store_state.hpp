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

namespace api {

namespace hd = honeydue;
using hd::col;

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
        default:
            return failure.transient() || failure.connection_lost() ? trouble::kind::unavailable
                                                                    : trouble::kind::internal;
    }
}

inline trouble as_trouble(const hd::error& failure) {
    return {kind_of(failure), hd::explain(failure)};
}

/// An answer that is no failure of the database's.
inline tl::unexpected<trouble> refused(trouble::kind why) {
    return tl::unexpected{trouble{why, "refused"}};
}

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

using chore = ::task::task;

/// `homes` is a list of ids, or a select of them: a cursor is good for both.
inline auto tasks_in(const auto& homes, const page_wanted& wanted) {
    return hd::pages_of(hd::select<chore>().where(col<&chore::residence_id>.in(homes)),
                        col<&chore::due_date>.ascending().nulls_last())
        .named("tasks")
        .size(wanted.limit)
        .after(wanted.cursor)
        .prepare();
}

using task_query = typename decltype(tasks_in(homes_of(""), page_wanted{}))::value_type;

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

}  // namespace api
