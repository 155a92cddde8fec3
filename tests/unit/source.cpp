// SPDX-License-Identifier: MIT
// The text of joins, aliases, subqueries, ctes and sets.
#include <honeydue/source.hpp>

#include <optional>
#include <string>
#include <tuple>
#include <type_traits>

#include <catch2/catch_test_macros.hpp>

#include "texts.hpp"

namespace hd = honeydue;
using hd::col;
using home = residence::residence;
using job = task::task;

namespace {

constexpr auto other = hd::alias<home, "other">;
constexpr auto mine =
    hd::cte<"mine">(hd::select<&home::id>().where(col<&home::owner_id> == hd::id<auth::user>{1}));
constexpr auto jobs = hd::count().as<"jobs">();
constexpr auto per_home = hd::subquery<"per_home">(
    hd::select(col<&job::residence_id>, jobs).group_by(col<&job::residence_id>));

}  // namespace

static_assert(text_of(hd::select<&job::id, &home::name>().join<&job::residence_id>()) ==
              "select task_task.id, residence_residence.name from task_task inner join "
              "residence_residence on task_task.residence_id = residence_residence.id");
static_assert(text_of(hd::select<&job::id>().left_join<&job::assigned_to_id>()) ==
              "select task_task.id from task_task left join auth_user on "
              "task_task.assigned_to_id = auth_user.id");
static_assert(text_of(hd::select(col<&home::id>, other[col<&home::id>])
                          .join(other, col<&home::owner_id> == other[col<&home::owner_id>])) ==
              "select residence_residence.id, other.id from residence_residence inner join "
              "residence_residence as other on residence_residence.owner_id = other.owner_id");
static_assert(text_of(hd::select<&home::id>().join<job>(col<&job::residence_id> ==
                                                        col<&home::id>)) ==
              "select residence_residence.id from residence_residence inner join task_task on "
              "task_task.residence_id = residence_residence.id");
static_assert(text_of(hd::select<&home::id>().left_join<job>(col<&job::residence_id> ==
                                                             col<&home::id>)) ==
              "select residence_residence.id from residence_residence left join task_task on "
              "task_task.residence_id = residence_residence.id");
static_assert(text_of(hd::select<&home::id>().cross_join(other)) ==
              "select residence_residence.id from residence_residence cross join "
              "residence_residence as other");
static_assert(text_of(hd::select(hd::count()).from(other)) ==
              "select count(*) from residence_residence as other");
static_assert(text_of(hd::select(hd::count()).from<home>()) ==
              "select count(*) from residence_residence");
static_assert(
    text_of(hd::select<&job::id>().with(mine).join(mine, mine[col<&home::id>] ==
                                                             col<&job::residence_id>)) ==
    "with mine as (select residence_residence.id from residence_residence where "
    "residence_residence.owner_id = $1) select task_task.id from task_task inner join mine "
    "on mine.id = task_task.residence_id");
static_assert(text_of(hd::select(per_home[jobs]).from(per_home)) ==
              "select per_home.jobs from (select task_task.residence_id, count(*) as jobs from "
              "task_task group by task_task.residence_id) as per_home");
static_assert(text_of(hd::select<&home::id>().join_lateral(per_home,
                                                           per_home[jobs] > std::int64_t{1})) ==
              "select residence_residence.id from residence_residence inner join lateral (select "
              "task_task.residence_id, count(*) as jobs from task_task group by "
              "task_task.residence_id) as per_home on per_home.jobs > $1");

// A left join makes its right side optional, and nothing else.
static_assert(std::is_same_v<decltype(hd::select<&job::title, &auth::user::username>()
                                          .left_join<&job::assigned_to_id>())::row,
                             std::tuple<std::string, std::optional<std::string>>>);
static_assert(std::is_same_v<decltype(hd::select(hd::coalesce(col<&auth::user::username>, "-"))
                                          .from<job>()
                                          .left_join<&job::assigned_to_id>())::row,
                             std::string>);
static_assert(std::is_same_v<decltype(hd::select(hd::lower(col<&auth::user::username>))
                                          .from<job>()
                                          .left_join<&job::assigned_to_id>())::row,
                             std::optional<std::string>>);
static_assert(
    std::is_same_v<decltype(hd::select<&job::title, &home::name>().join<&job::residence_id>())::row,
                   std::tuple<std::string, std::string>>);

// What a right or full join can leave without a row is optional.
static_assert(text_of(hd::select<&job::title, &home::name>().right_join<&job::residence_id>()) ==
              "select task_task.title, residence_residence.name from task_task right join "
              "residence_residence on task_task.residence_id = residence_residence.id");
static_assert(text_of(hd::select<&job::id>().full_join(other, other[col<&home::id>] ==
                                                                  col<&job::residence_id>)) ==
              "select task_task.id from task_task full join residence_residence as other on "
              "other.id = task_task.residence_id");
static_assert(std::is_same_v<decltype(hd::select<&job::title, &home::name>()
                                          .right_join<&job::residence_id>())::row,
                             std::tuple<std::optional<std::string>, std::string>>);
static_assert(std::is_same_v<
              decltype(hd::select<&job::title, &home::name>().full_join<&job::residence_id>())::row,
              std::tuple<std::optional<std::string>, std::optional<std::string>>>);
static_assert(std::is_same_v<decltype(hd::select<&job::title, &home::name>()
                                          .join<&job::assigned_to_id>()
                                          .right_join<&job::residence_id>())::row,
                             std::tuple<std::optional<std::string>, std::string>>);

// A recursive cte makes the whole list recursive.
namespace {
constexpr auto first = hd::select<&home::id, &home::owner_id>().where(col<&home::name> == "a");
constexpr auto reached = hd::recursive_cte<"reached">(first, [](const auto& found) {
    return hd::select<&home::id, &home::owner_id>().join(
        found, col<&home::owner_id> == found[col<&home::owner_id>]);
});
constexpr auto once =
    hd::recursive_cte_distinct<"once">(hd::select<&home::id>(), [](const auto& found) {
        return hd::select<&home::id>().join(found, col<&home::id> == found[col<&home::id>]);
    });
}  // namespace
static_assert(text_of(hd::select(reached[col<&home::id>]).with(reached).from(reached)) ==
              "with recursive reached as ((select residence_residence.id, "
              "residence_residence.owner_id from residence_residence where "
              "residence_residence.name = $1) union all (select residence_residence.id, "
              "residence_residence.owner_id from residence_residence inner join reached on "
              "residence_residence.owner_id = reached.owner_id)) select reached.id from reached");
static_assert(text_of(hd::select<&job::id>().with(mine).with(once).where(
                          col<&job::residence_id>.in(hd::select(once[col<&home::id>]).from(once))))
                  .starts_with("with recursive mine as (select residence_residence.id from"));

// Sets: the order names columns of the result.
static_assert(text_of(hd::select<&home::id>().union_with(hd::select<&home::id>())) ==
              "(select residence_residence.id from residence_residence) union (select "
              "residence_residence.id from residence_residence)");
static_assert(text_of(hd::select<&home::id>()
                          .union_all(hd::select<&home::id>())
                          .order_by(col<&home::id>.descending())
                          .limit(3)
                          .offset(1)) ==
              "(select residence_residence.id from residence_residence) union all (select "
              "residence_residence.id from residence_residence) order by id desc limit $1 offset "
              "$2");
static_assert(text_of(hd::select<&home::id>().intersect(hd::select<&home::id>())) ==
              "(select residence_residence.id from residence_residence) intersect (select "
              "residence_residence.id from residence_residence)");
static_assert(text_of(hd::select<&home::id>().except(hd::select<&home::id>())) ==
              "(select residence_residence.id from residence_residence) except (select "
              "residence_residence.id from residence_residence)");

TEST_CASE("the values of a cte come first", "[source]") {
    const auto query = hd::select<&job::id>()
                           .where(col<&job::effort> > 3)
                           .with(mine)
                           .join(mine, mine[col<&home::id>] == col<&job::residence_id>);
    hd::parameters expected;
    expected.add(hd::id<auth::user>{1});
    expected.add(std::int32_t{3});
    const hd::statement made = query.make_statement();
    const auto sent = made.parameters().wire();
    CHECK(std::vector(sent.begin(), sent.end()) ==
          std::vector(expected.wire().begin(), expected.wire().end()));
}
