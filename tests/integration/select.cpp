// SPDX-License-Identifier: MIT
// Every part of a select against hand-written SQL on the seeded reference database: the same rows,
// and, where the text has parts that may not count, the same plan.
#include <honeydue/query.hpp>
#include <honeydue/sql.hpp>

#include <algorithm>
#include <string>
#include <tuple>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "query_database.hpp"
#include "reference/reference.hpp"
#include "same_rows.hpp"

using namespace honeydue;
using namespace honeydue::support;
using home = residence::residence;
using job = task::task;
using done = task::taskcompletion;
using contact = contractor::contractor;

namespace {

const id<auth::user> demo{1};
const auto by_id = col<&job::id>.ascending();

}  // namespace

TEST_CASE("comparisons, logic and NULL", "[select]") {
    const auto some = select<&job::id, &job::title>().order_by(by_id).limit(40);
    const std::string start = "select id, title from task_task where ";
    const std::string end = " order by id limit 40";
    check_same(some.where(col<&job::priority> == "high"), start + "priority = 'high'" + end);
    check_same(some.where(col<&job::priority> != "high"), start + "priority <> 'high'" + end);
    check_same(some.where(col<&job::id> > id<job>{100}), start + "id > 100" + end);
    check_same(some.where(col<&job::due_date> <= date{std::chrono::year{2026} / 6 / 1}),
               start + "due_date <= '2026-06-01'" + end);
    check_same(some.where(col<&job::priority> == "high" || col<&job::status> == "completed"),
               start + "(priority = 'high' or status = 'completed')" + end);
    check_same(some.where(col<&job::priority> == "high" && !(col<&job::status> == "completed")),
               start + "priority = 'high' and not status = 'completed'" + end);
    check_same(some.where(col<&job::assigned_to_id>.is_null()),
               start + "assigned_to_id is null" + end);
    check_same(some.where(col<&job::assigned_to_id>.is_not_null()),
               start + "assigned_to_id is not null" + end);
    check_same(some.where(col<&job::assigned_to_id>.is_distinct_from(demo)),
               start + "assigned_to_id is distinct from 1" + end);
    check_same(some.where(col<&job::due_date>.between(date{std::chrono::year{2026} / 1 / 1},
                                                      date{std::chrono::year{2026} / 2 / 1})),
               start + "due_date between '2026-01-01' and '2026-02-01'" + end);
    check_same(some.where(col<&job::created_by_id> == col<&job::assigned_to_id>),
               start + "created_by_id = assigned_to_id" + end);
}

TEST_CASE("patterns", "[select]") {
    const auto some = select<&job::id>().order_by(by_id).limit(40);
    check_same(some.where(col<&job::title>.like("%filter%")),
               "select id from task_task where title like '%filter%' order by id limit 40");
    check_same(some.where(col<&job::title>.ilike("CL%")),
               "select id from task_task where title ilike 'CL%' order by id limit 40");
    check_same(some.where(col<&job::title>.starts_with("C")),
               "select id from task_task where title like 'C%' order by id limit 40");
    check_same(some.where(matches<"english">(col<&job::title>, "cleaning -window")),
               "select id from task_task where to_tsvector('english', title) @@ "
               "websearch_to_tsquery('english', 'cleaning -window') order by id limit 40");
}

TEST_CASE("membership in lists, selects and their existence", "[select]") {
    const auto some = select<&job::id>().order_by(by_id).limit(40);
    check_same(some.where(col<&job::residence_id>.in(std::vector<id<home>>{{1}, {2}, {3}})),
               "select id from task_task where residence_id in (1, 2, 3) order by id limit 40");
    check_same(
        some.where(col<&job::priority>.in({"high", "urgent"})),
        "select id from task_task where priority in ('high', 'urgent') order by id limit 40");
    check_same(
        some.where(col<&job::priority>.not_in({"high", "urgent"})),
        "select id from task_task where priority not in ('high', 'urgent') order by id limit "
        "40");
    check_same(some.where(col<&job::residence_id>.in(
                   select<&home::id>().where(col<&home::owner_id> == demo))),
               "select id from task_task where residence_id in (select id from "
               "residence_residence where owner_id = 1) order by id limit 40");
    check_same(some.where(exists(select<&done::id>().where(col<&done::task_id> == col<&job::id>))),
               "select id from task_task t where exists (select 1 from task_taskcompletion c where "
               "c.task_id = t.id) order by id limit 40");
}

TEST_CASE("joins of every kind", "[select]") {
    check_same(select<&job::id, &home::name>()
                   .join<&job::residence_id>()
                   .where(col<&home::owner_id> == demo)
                   .order_by(by_id),
               "select t.id, r.name from task_task t join residence_residence r on r.id = "
               "t.residence_id where r.owner_id = 1 order by t.id");
    check_same(
        select<&job::id, &contact::name>().left_join<&job::contractor_id>().order_by(by_id).limit(
            200),
        "select t.id, c.name from task_task t left join contractor_contractor c on c.id = "
        "t.contractor_id order by t.id limit 200");
    constexpr auto other = alias<home, "other">;
    check_same(select(col<&home::id>, other[col<&home::id>])
                   .join(other, col<&home::owner_id> == other[col<&home::owner_id>] &&
                                    col<&home::id> < other[col<&home::id>])
                   .where(col<&home::owner_id> == demo)
                   .order_by(col<&home::id>.ascending(), other[col<&home::id>].ascending()),
               "select a.id, b.id from residence_residence a join residence_residence b on "
               "a.owner_id = b.owner_id and a.id < b.id where a.owner_id = 1 order by 1, 2");
    const auto latest = subquery<"latest">(select<&done::completed_at>()
                                               .where(col<&done::task_id> == col<&job::id>)
                                               .order_by(col<&done::completed_at>.descending())
                                               .limit(1));
    check_same(select(col<&job::id>, latest[col<&done::completed_at>])
                   .join_lateral(latest, col<&job::id>.is_not_null())
                   .order_by(by_id)
                   .limit(50),
               "select t.id, l.completed_at from task_task t join lateral (select completed_at "
               "from task_taskcompletion c where c.task_id = t.id order by completed_at desc limit "
               "1) l on true order by t.id limit 50");
    check_same(select(col<&job::id>, latest[col<&done::completed_at>])
                   .left_join_lateral(latest, col<&job::id>.is_not_null())
                   .order_by(by_id)
                   .limit(50),
               "select t.id, l.completed_at from task_task t left join lateral (select "
               "completed_at from task_taskcompletion c where c.task_id = t.id order by "
               "completed_at desc limit 1) l on true order by t.id limit 50");
    constexpr auto any_user = alias<auth::user, "any_user">;
    check_same(select(col<&home::id>, any_user[col<&auth::user::id>])
                   .cross_join(any_user)
                   .order_by(col<&home::id>.ascending(), any_user[col<&auth::user::id>].ascending())
                   .limit(30),
               "select r.id, u.id from residence_residence r cross join auth_user u order by 1, 2 "
               "limit 30");
}

TEST_CASE("distinct, order and pages", "[select]") {
    check_same(select<&job::category>().distinct().order_by(col<&job::category>.ascending()),
               "select distinct category from task_task order by category");
    check_same(select<&job::residence_id, &job::id>()
                   .distinct_on(col<&job::residence_id>)
                   .order_by(col<&job::residence_id>.ascending(), col<&job::id>.descending()),
               "select distinct on (residence_id) residence_id, id from task_task order by "
               "residence_id, id desc");
    check_same(select<&job::id, &job::due_date>()
                   .order_by(col<&job::due_date>.descending().nulls_last(), by_id)
                   .limit(30)
                   .offset(10),
               "select id, due_date from task_task order by due_date desc nulls last, id limit 30 "
               "offset 10");
    check_same(select<&job::id, &job::due_date>()
                   .order_by(col<&job::due_date>.ascending().nulls_first(), by_id)
                   .limit(30),
               "select id, due_date from task_task order by due_date nulls first, id limit 30");
}

TEST_CASE("aggregates, groups and windows", "[select]") {
    check_same(select(count(), count(col<&job::due_date>), count_distinct(col<&job::residence_id>),
                      min(col<&job::due_date>), max(col<&job::due_date>),
                      sum(col<&job::estimated_cost>), avg(col<&job::estimated_cost>))
                   .from<job>(),
               "select count(*), count(due_date), count(distinct residence_id), min(due_date), "
               "max(due_date), sum(estimated_cost), avg(estimated_cost) from task_task");
    const auto open = count().filter(col<&job::status> == "pending");
    check_same(select(col<&job::priority>, count(), open)
                   .group_by(col<&job::priority>)
                   .having(count() > std::int64_t{10})
                   .order_by(count().descending(), col<&job::priority>.ascending()),
               "select priority, count(*), count(*) filter (where status = 'pending') from "
               "task_task group by priority having count(*) > 10 order by count(*) desc, priority");
    check_same(select(bool_and(col<&job::is_archived>), bool_or(col<&job::is_archived>),
                      string_agg(col<&job::category>, ",").order_by(by_id),
                      array_agg(col<&job::priority>).order_by(by_id))
                   .from<job>()
                   .where(col<&job::residence_id> == id<home>{1}),
               "select bool_and(is_archived), bool_or(is_archived), string_agg(category, ',' order "
               "by id), array_agg(priority order by id) from task_task where residence_id = 1");
    const auto in_home = partition_by(col<&job::residence_id>).order_by(by_id);
    check_same(select(col<&job::id>, row_number().over(in_home), lag(col<&job::id>).over(in_home),
                      sum(col<&job::estimated_cost>).over(in_home), count().over())
                   .where(col<&job::created_by_id> == demo)
                   .order_by(by_id),
               "select id, row_number() over w, lag(id) over w, sum(estimated_cost) over w, "
               "count(*) over () from task_task where created_by_id = 1 window w as (partition by "
               "residence_id order by id) order by id");
    const auto month = coalesce(date_trunc<"month">(col<&job::created_at>), now()).as<"month">();
    check_same(select(month, count()).group_by(month).order_by(month.ascending()),
               "select date_trunc('month', created_at) m, count(*) from task_task group by m order "
               "by m");
}

TEST_CASE("functions, arithmetic, case and casts", "[select]") {
    check_same(select(col<&job::id>, upper(col<&job::title>), length(col<&job::title>),
                      concat(col<&job::category>, "/", col<&job::priority>),
                      coalesce(col<&job::estimated_cost>, numeric{0}) * 2 + 1,
                      cast<std::string>(col<&job::id>), extract<"year">(col<&job::created_at>),
                      case_(col<&job::priority> == "urgent", 3)
                          .when(col<&job::priority> == "high", 2)
                          .otherwise(1),
                      nullif(col<&job::category>, "general"))
                   .order_by(by_id)
                   .limit(60),
               "select id, upper(title), length(title), concat(category, '/', priority), "
               "coalesce(estimated_cost, 0) * 2 + 1, id::text, extract(year from created_at), case "
               "when priority = 'urgent' then 3 when priority = 'high' then 2 else 1 end, "
               "nullif(category, 'general') from task_task order by task_task.id limit 60");
    check_same(select(col<&job::id>, col<&job::due_date> - date{std::chrono::year{2026} / 1 / 1},
                      col<&job::due_date> + 7)
                   .order_by(by_id)
                   .limit(60),
               "select id, due_date - date '2026-01-01', due_date + 7 from task_task order by id "
               "limit 60");
    const auto jobs_of_home =
        scalar(select(count()).from<job>().where(col<&job::residence_id> == col<&home::id>));
    check_same(select(col<&home::id>, jobs_of_home).order_by(col<&home::id>.ascending()).limit(20),
               "select id, (select count(*) from task_task where residence_id = r.id) from "
               "residence_residence r order by id limit 20");
}

TEST_CASE("ctes, subqueries and sets", "[select]") {
    const auto mine = cte<"mine">(select<&home::id>().where(col<&home::owner_id> == demo));
    check_same(select<&job::id>()
                   .with(mine)
                   .join(mine, mine[col<&home::id>] == col<&job::residence_id>)
                   .order_by(by_id),
               "with mine as (select id from residence_residence where owner_id = 1) select t.id "
               "from task_task t join mine on mine.id = t.residence_id order by t.id");
    const auto jobs = count().as<"jobs">();
    const auto per_home = subquery<"per_home">(
        select(col<&job::residence_id>, jobs).group_by(col<&job::residence_id>));
    check_same(select(per_home[col<&job::residence_id>], per_home[jobs])
                   .from(per_home)
                   .where(per_home[jobs] > std::int64_t{20})
                   .order_by(per_home[col<&job::residence_id>].ascending()),
               "select residence_id, jobs from (select residence_id, count(*) as jobs from "
               "task_task group by residence_id) s where jobs > 20 order by residence_id");
    const auto owned = select<&home::id>().where(col<&home::owner_id> == demo);
    const auto shared = select(cast<id<home>>(col<&residence::users::residence_id>))
                            .where(col<&residence::users::user_id> == demo);
    check_same(owned.union_with(shared).order_by(col<&home::id>.ascending()),
               "select id from residence_residence where owner_id = 1 union select residence_id "
               "from residence_residence_users where user_id = 1 order by id");
    check_same(owned.union_all(owned).order_by(col<&home::id>.ascending()).limit(5),
               "select id from residence_residence where owner_id = 1 union all select id from "
               "residence_residence where owner_id = 1 order by id limit 5");
    check_same(owned.except(select<&home::id>().where(col<&home::id> < id<home>{3}))
                   .order_by(col<&home::id>.ascending()),
               "select id from residence_residence where owner_id = 1 and id >= 3 order by id");
    check_same(owned.intersect(select<&home::id>().where(col<&home::id> < id<home>{3}))
                   .order_by(col<&home::id>.ascending()),
               "select id from residence_residence where owner_id = 1 and id < 3 order by id");
}

namespace {

struct brief {
    honeydue::id<job> id{};
    std::string title;
    std::optional<std::string> contractor{};

    friend bool operator==(const brief&, const brief&) = default;
};
struct titled {
    std::string title;
    honeydue::id<job> id{};

    friend bool operator==(const titled&, const titled&) = default;
};

}  // namespace

TEST_CASE("a struct of one's own takes the expressions, or the columns of its members' names",
          "[select]") {
    check_same(select<brief>(col<&job::id>, col<&job::title>, col<&contact::name>)
                   .left_join<&job::contractor_id>()
                   .order_by(by_id)
                   .limit(50),
               "select t.id, t.title, c.name as contractor from task_task t left join "
               "contractor_contractor c on c.id = t.contractor_id order by t.id limit 50");
    check_same(select<titled>().from<job>().order_by(by_id).limit(50),
               "select title, id from task_task order by id limit 50");
}

TEST_CASE("conditions whose number is known at run time", "[select]") {
    auto on = opened_query_database();
    for (const std::size_t words : {std::size_t{0}, std::size_t{1}, std::size_t{3}}) {
        condition_list all;
        std::string by_hand = "select id from task_task where true";
        const std::vector<std::string> parts{"e", "a", "n"};
        for (std::size_t i = 0; i < words; ++i) {
            all.add(col<&job::title>.ilike("%" + parts[i] + "%"));
            by_hand += " and title ilike '%" + parts[i] + "%'";
        }
        const auto ours =
            select<&job::id>().where(all).where(col<&job::id> < id<job>{500}).order_by(by_id);
        const auto theirs = fetch_all<id<job>>(on, runtime(by_hand + " and id < 500 order by id"));
        REQUIRE(theirs);
        CHECK(ours.fetch_all(on).value() == *theirs);
        CHECK(ours.make_statement().parameters().size() == words + 1);
    }
}

TEST_CASE("filters and orders that may not count give what the hand-written form gives",
          "[select]") {
    const auto asked = [](bool by_status, std::int32_t order) {
        return select<&job::id, &job::title>()
            .where(col<&job::residence_id> == id<home>{1})
            .where_if(by_status, col<&job::status> == "pending")
            .order_by(choose(order, col<&job::due_date>.ascending().nulls_last(),
                             col<&job::title>.descending()),
                      by_id);
    };
    const std::string start = "select id, title from task_task where residence_id = 1 ";
    check_same(asked(false, 0), start + "order by due_date nulls last, id");
    check_same(asked(true, 0), start + "and status = 'pending' order by due_date nulls last, id");
    check_same(asked(true, 1), start + "and status = 'pending' order by title desc, id");
    check_same(asked(false, 7), start + "order by id");
}

namespace {

std::string plan_of(connection& on, const statement& asked) {
    const auto explained = on.run(statement{"explain (costs off) " + std::string{asked.text()},
                                            {asked.types().begin(), asked.types().end()},
                                            asked.parameters()});
    std::string plan;
    for (const std::string& line : must(decode<std::string>(must(explained))))
        plan += line + "\n";
    return plan;
}

}  // namespace

TEST_CASE("the planner drops the parts that do not count: the index plan of the hand-written form",
          "[select]") {
    auto on = opened_query_database();
    const auto filtered = [](bool by_residence, bool by_creator) {
        return select<&job::id>()
            .where_if(by_residence, col<&job::residence_id> == id<home>{1})
            .where_if(by_creator, col<&job::created_by_id> == demo)
            .make_statement();
    };
    const auto by_hand = [&](const std::string& where) {
        return plan_of(on, runtime("select id from task_task where " + where));
    };
    CHECK(plan_of(on, filtered(true, false)) == by_hand("residence_id = '1'::bigint"));
    CHECK(plan_of(on, filtered(false, true)) == by_hand("created_by_id = '1'::bigint"));
    CHECK(plan_of(on, filtered(true, true)) ==
          by_hand("residence_id = '1'::bigint and created_by_id = '1'::bigint"));
    CHECK(plan_of(on, filtered(true, false)).find("task_task_residence_id_idx") !=
          std::string::npos);

    const auto ordered = [](std::int32_t order) {
        return select<&job::id>()
            .order_by(choose(order, col<&job::id>.descending(), col<&job::title>.ascending()))
            .limit(10)
            .make_statement();
    };
    CHECK(plan_of(on, ordered(0)) ==
          plan_of(on, runtime("select id from task_task order by id desc limit '10'::bigint")));
    CHECK(plan_of(on, ordered(0)).find("Index") != std::string::npos);
    CHECK(plan_of(on, ordered(1)) ==
          plan_of(on, runtime("select id from task_task order by title limit '10'::bigint")));
}

TEST_CASE("for_update locks in a transaction, skips what is locked, and is refused outside one",
          "[select]") {
    auto one = opened_query_database();
    auto two = opened_query_database();
    const auto first = select<&job::id>().where(col<&job::id> <= id<job>{2}).order_by(by_id);
    must(one.run(runtime("begin")));
    CHECK(must(first.for_update().fetch_all(one)).size() == 2);
    CHECK(first.for_update().fetch_all(two).error().code() == errc::refused);
    must(two.run(runtime("begin")));
    CHECK(must(first.for_update<skip_locked>().fetch_all(two)).empty());
    CHECK(first.for_share<nowait>().fetch_all(two).error().sqlstate() == "55P03"_sqlstate);
    must(two.run(runtime("rollback")));
    must(one.run(runtime("rollback")));
}
