// SPDX-License-Identifier: MIT
// Joins that keep what has no partner, queries over their own rows and frames of windows, each
// against hand-written SQL on the seeded reference database.
#include <honeydue/query.hpp>
#include <honeydue/sql.hpp>

#include <chrono>
#include <cstdint>
#include <string>

#include <catch2/catch_test_macros.hpp>

#include "query_database.hpp"
#include "reference/reference.hpp"
#include "same_rows.hpp"

using namespace honeydue;
using namespace honeydue::support;
using home = residence::residence;
using job = task::task;

TEST_CASE("right and full joins keep what has no partner", "[select]") {
    const auto named = col<&auth::user::username>;
    check_same(select(col<&job::title>, named)
                   .right_join<auth::user>(col<&job::assigned_to_id> == col<&auth::user::id> &&
                                           col<&job::id> < id<job>{20})
                   .order_by(col<&job::title>.ascending().nulls_first(), named.ascending())
                   .limit(60),
               "select t.title, u.username from task_task t right join auth_user u on "
               "t.assigned_to_id = u.id and t.id < 20 order by t.title nulls first, u.username "
               "limit 60");
    check_same(select(col<&job::id>, col<&home::id>)
                   .full_join<home>(col<&job::residence_id> == col<&home::id>)
                   .order_by(col<&job::id>.descending().nulls_first(), col<&home::id>.ascending())
                   .limit(80),
               "select t.id, r.id from task_task t full join residence_residence r on "
               "t.residence_id = r.id order by t.id desc nulls first, r.id "
               "limit 80");
}

TEST_CASE("a recursive cte reads what it found before", "[select]") {
    const auto start = select<&job::id>().where(col<&job::id> == id<job>{1});
    const auto chain = recursive_cte<"chain">(start, [](const auto& found) {
        return select<&job::id>()
            .join(found, cast<std::int64_t>(col<&job::id>) ==
                             cast<std::int64_t>(found[col<&job::id>]) + std::int64_t{3})
            .where(col<&job::id> < id<job>{50});
    });
    check_same(select(chain[col<&job::id>])
                   .with(chain)
                   .from(chain)
                   .order_by(chain[col<&job::id>].ascending()),
               "with recursive chain as (select id from task_task where id = 1 union all select "
               "t.id from task_task t join chain c on t.id = c.id + 3 where t.id < 50) select id "
               "from chain order by id");
    const auto circle = recursive_cte_distinct<"circle">(start, [](const auto& found) {
        return select<&job::id>().join(
            found,
            cast<std::int64_t>(col<&job::id>) ==
                (cast<std::int64_t>(found[col<&job::id>]) + std::int64_t{4}) % std::int64_t{12});
    });
    check_same(select(circle[col<&job::id>])
                   .with(circle)
                   .from(circle)
                   .order_by(circle[col<&job::id>].ascending()),
               "values (1::bigint), (5), (9)");
}

TEST_CASE("a frame bounds what a window function sees", "[select]") {
    const auto by_id = col<&job::id>.ascending();
    const auto some = ordered_by(by_id);
    check_same(select(col<&job::id>, count().over(some.rows_between(preceding(2), following(1))),
                      last_value(col<&job::id>)
                          .over(some.rows_between(unbounded_preceding, unbounded_following)))
                   .where(col<&job::id> < id<job>{9})
                   .order_by(by_id),
               "select id, count(*) over (order by id rows between 2 preceding and 1 following), "
               "last_value(id) over (order by id rows between unbounded preceding and unbounded "
               "following) from task_task where id < 9 order by id");
    check_same(
        select(col<&job::id>, count().over(ordered_by(col<&job::priority>.ascending())
                                               .groups_between(preceding(1), current_row)))
            .where(col<&job::id> < id<job>{40})
            .order_by(by_id),
        "select id, count(*) over (order by priority groups between 1 preceding and current row) "
        "from task_task where id < 40 order by id");
}

TEST_CASE("a stream ends at its deadline", "[verbs]") {
    auto on = opened_query_database();
    std::size_t seen = 0;
    const auto soon = std::chrono::steady_clock::now() + std::chrono::milliseconds{200};
    const auto cut = sql<"select n, pg_sleep(0.02)::text from generate_series(1, 500) n">()
                         .as<std::tuple<std::int32_t, std::string>>()
                         .for_each(
                             on, [&](const auto& /*row*/) { ++seen; }, soon);
    REQUIRE_FALSE(cut);
    CHECK(seen < 500);
}
