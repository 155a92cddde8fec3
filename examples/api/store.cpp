// SPDX-License-Identifier: MIT
// What the API reads. What the caches do not know is asked with the token itself: nothing waits for
// another answer, so each request is one flight.
#include <array>
#include <charconv>
#include <cstdlib>
#include <random>
#include <string_view>
#include <utility>

#include "store_state.hpp"
#include "store_text.hpp"

namespace api {

namespace {

/// The newest migration whose tables are asked for here.
constexpr std::int64_t needed_schema = 1;

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

}  // namespace

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
    if (!known->who) return refused(trouble::kind::unknown_token);
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
        return refused(trouble::kind::invalid_cursor);
    }
    const auto asked = households_of(token, behind, wanted.limit + 1);
    auto known = state_->recognise(token, asked);
    if (!known) return tl::unexpected{as_trouble(known.error())};
    if (!known->who) return refused(trouble::kind::unknown_token);
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

cache_state store::caches() const {
    const auto accounts = state_->accounts.stats();
    const auto homes = state_->homes.stats();
    return {.is_shared = state_->shared != nullptr,
            .is_well = state_->shared == nullptr || !state_->shared->stats().breaker_open,
            .memory_hits = state_->memory.stats().hits,
            .shared_hits = accounts.shared_hits + homes.shared_hits,
            .loads = accounts.loads + homes.loads};
}

std::size_t store::max_open() const noexcept { return state_->config.max_open; }

std::uint64_t store::round_trips_of_this_thread() noexcept { return round_trips_so_far; }

}  // namespace api
