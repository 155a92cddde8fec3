// SPDX-License-Identifier: MIT
// The operations by honeydue, as its README writes them.
#include <honeydue/honeydue.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libpq_link.hpp"
#include "must.hpp"
#include "peer.hpp"
#include "reference/reference.hpp"

namespace {

namespace hd = honeydue;
using hd::col;
using hd::bench::answer;
using hd::bench::must;
using home = residence::residence;

/// What every peer reads of a task.
struct chore {
    static constexpr hd::table meta{.name = "task_task"};

    hd::id<chore> id{};
    hd::foreign_key<home> residence_id;
    std::string title;
    std::optional<std::string> description{};
    std::string status;
    std::string priority;
    std::optional<hd::date> due_date{};
    hd::timestamptz created_at;
};

struct reading {
    static constexpr hd::table meta{.name = "bench_reading", .key = "id"};

    std::int64_t id = 0;
    std::int64_t value = 0;
    std::string note;
};

struct household {
    hd::id<home> id{};
    std::string name;
    hd::children<chore> tasks;
};

answer& operator+=(answer& sum, const std::vector<chore>& tasks) {
    for (const chore& one : tasks)
        sum += one.id.value;
    return sum;
}

answer one_task(hd::pool& db) {
    const auto found =
        must(hd::select<chore>().where(col<&chore::id> == hd::id<chore>{1}).fetch_one(db));
    return {1, found.id.value};
}

answer insert(hd::pool& db) {
    const notification::notification draft{
        .user_id = hd::foreign_key<auth::user>{1}, .title = "Due", .body = "Tomorrow"};
    must(hd::insert(draft).fetch_one(db));
    return {1, 0};
}

answer transaction(hd::pool& db) {
    using completion = task::taskcompletion;
    const completion done{.task_id = hd::foreign_key<task::task>{2}, .notes = "As always"};
    must(hd::atomically(db, hd::insert(done).returning<&completion::id>(),
                        hd::update<task::task>()
                            .set(col<& task::task::updated_at> = hd::timestamptz::now())
                            .where(col<&task::task::id> == hd::id<task::task>{2})));
    return {2, 0};
}

answer children(hd::pool& db) {
    const auto homes =
        must(hd::select<household>(
                 col<&home::id>, col<&home::name>,
                 hd::with_many<&chore::residence_id>().order_by(col<&chore::id>.ascending()))
                 .where(col<&home::id> <= hd::id<home>{20})
                 .order_by(col<&home::id>.ascending())
                 .fetch_all(db));
    answer sum;
    for (const household& one : homes) {
        sum += one.id.value;
        for (const auto& task : one.tasks)
            sum += task->id.value;
    }
    return sum;
}

answer upsert(hd::pool& db, std::int64_t count) {
    std::vector<reading> all;
    for (std::int64_t id = 1; id <= count; ++id)
        all.push_back({id, id * 7, "measured again"});
    const auto written = must(hd::upsert(all)
                                  .on_conflict<&reading::id>()
                                  .update<&reading::value, &reading::note>()
                                  .execute(db));
    return {static_cast<std::int64_t>(written), 0};
}

answer page(hd::pool& db) {
    const auto listed = col<&chore::residence_id> <= hd::foreign_key<home>{100};
    const auto [tasks, total] =
        must(hd::together(db,
                          hd::select<chore>()
                              .where(listed && col<&chore::id> > hd::id<chore>{1000})
                              .order_by(col<&chore::id>.ascending())
                              .limit(40),
                          hd::select(hd::count()).from<chore>().where(listed)));
    answer sum{1, total.front()};
    return sum += tasks;
}

answer dashboard(hd::pool& db) {
    const hd::id<auth::user> user{1};
    const auto owned = hd::select<&home::id>().where(col<&home::owner_id> == user);
    const auto [profiles, tasks, papers] = must(hd::together(
        db, hd::select<user::userprofile>().where(col<&user::userprofile::user_id> == user),
        hd::select<chore>()
            .where(col<&chore::residence_id>.in(owned))
            .order_by(col<&chore::due_date>.ascending().nulls_last(), col<&chore::id>.ascending())
            .limit(50),
        hd::select<&documents::document::id, &documents::document::title>()
            .where(col<&documents::document::residence_id>.in(owned))
            .order_by(col<&documents::document::id>.ascending())));
    answer sum;
    for (const auto& one : profiles)
        sum += one.id.value;
    for (const auto& one : papers)
        sum += std::get<0>(one).value;
    return sum += tasks;
}

/// The residences that the token's user owns or shares.
auto homes_of(std::string_view key) {
    using authtoken::token;
    using shared = residence::users;
    const auto user = hd::select<&token::user_id>().where(col<&token::key> == key);
    return hd::select<&home::id>()
        .where(col<&home::owner_id>.in(user))
        .union_with(hd::select<&shared::residence_id>().where(col<&shared::user_id>.in(user)));
}

answer request(hd::pool& db) {
    const std::string_view token = "92b595766c69fe2e49154f0ef2226405b82823d9";
    const auto [users, tasks] = must(hd::together(
        db,
        hd::select<&auth::user::id, &auth::user::username>()
            .join<&authtoken::token::user_id>()
            .where(col<&authtoken::token::key> == token && col<&auth::user::is_active> == true),
        hd::select<chore>()
            .where(col<&chore::residence_id>.in(homes_of(token)))
            .order_by(col<&chore::due_date>.ascending().nulls_last(), col<&chore::id>.ascending())
            .limit(50)));
    answer sum;
    for (const auto& one : users)
        sum += std::get<0>(one).value;
    return sum += tasks;
}

hd::pool_config of(std::size_t connections) {
    auto config = hd::pool_config::from_env();
    config.max_open = config.min_idle = connections;
    config.max_lifetime = {};
    config.leads_to = hd::peer::unknown;  // asks nobody
    config.answer_timeout = std::chrono::minutes{10};
    config.log = [](std::string_view) {};
    return config;
}

answer warm_up() {
    const auto db = must(hd::pool::open(of(hd::bench::warm_up_connections)));
    return {static_cast<std::int64_t>(db.stats().warmed), 0};
}

}  // namespace

int main() {
    auto db = must(hd::pool::open(of(1)));
    hd::bench::serve("honeydue " HONEYDUE_VERSION ", " + hd::bench::libpq_version(),
                     {
                         {"one_task", [&] { return one_task(db); }},
                         {"insert", [&] { return insert(db); }},
                         {"transaction", [&] { return transaction(db); }},
                         {"children", [&] { return children(db); }},
                         {"upsert_1", [&] { return upsert(db, 1); }},
                         {"upsert_100", [&] { return upsert(db, 100); }},
                         {"upsert_10000", [&] { return upsert(db, 10'000); }},
                         {"page", [&] { return page(db); }},
                         {"dashboard", [&] { return dashboard(db); }},
                         {"request", [&] { return request(db); }},
                         {"warm_up", [] { return warm_up(); }},
                     });
}
