// SPDX-License-Identifier: MIT
// The text of updates and deletes.
#include <honeydue/update.hpp>

#include <optional>
#include <string>
#include <type_traits>

#include <catch2/catch_test_macros.hpp>

#include "texts.hpp"

namespace hd = honeydue;
using hd::col;
using home = residence::residence;
using job = task::task;

namespace {

constexpr auto change = hd::update<job>();
constexpr auto third = col<&job::id> == hd::id<job>{3};

struct brief {
    std::string title;
    hd::id<job> id{};
};

}  // namespace

static_assert(text_of(change.set(col<& job::title> = "x").where(third)) ==
              "update task_task set title = $1 where id = $2");
static_assert(text_of(change.set(col<& job::title> = "x", col<& job::effort> = 2).all()) ==
              "update task_task set title = $1, effort = $2");
static_assert(text_of(change.set(col<& job::title> = "x").set(col<& job::effort> = 2).all()) ==
              "update task_task set title = $1, effort = $2");
static_assert(text_of(change.set(col<& job::due_date> = std::nullopt).where(third)) ==
              "update task_task set due_date = null where id = $1");
static_assert(text_of(change.set(col<& job::due_date> = std::optional<hd::date>{}).where(third)) ==
              "update task_task set due_date = $1 where id = $2");
static_assert(text_of(change.set(col<& job::effort> = hd::by_default).where(third)) ==
              "update task_task set effort = default where id = $1");
static_assert(text_of(change.set(col<& job::effort> = col<&job::effort> + 1).where(third)) ==
              "update task_task set effort = effort + $1 where id = $2");
static_assert(text_of(change.set_if(true, col<& job::effort> = 5).where(third)) ==
              "update task_task set effort = case when $1 then $2 else effort end where id = $3");
static_assert(text_of(change.set(col<& job::effort> = 5)
                          .where(third)
                          .where_if(true, col<&job::title> == "x")) ==
              "update task_task set effort = $1 where id = $2 and (not $3 or title = $4)");
static_assert(
    text_of(change.set(col<& job::title> = col<&home::name>)
                .from<home>()
                .where(col<&home::id> == col<&job::residence_id>)) ==
    "update task_task set title = residence_residence.name from residence_residence where "
    "residence_residence.id = task_task.residence_id");
static_assert(text_of(change.set(col<& job::effort> = 1).where(third).returning<&job::title>()) ==
              "update task_task set effort = $1 where id = $2 returning title");
static_assert(text_of(change.set(col<& job::effort> = 1).where(third).returning<brief>()) ==
              "update task_task set effort = $1 where id = $2 returning title, id");
static_assert(decltype(change.set(col<& job::title> = "x").where(third))::oids()[0] ==
              hd::oids::inferred);
static_assert(decltype(change.set(col<& job::effort> = 1).all())::oids()[0] == hd::oids::int4);
static_assert(std::is_void_v<decltype(change.set(col<& job::effort> = 1).all())::row>);
static_assert(
    std::is_same_v<decltype(change.set(col<& job::effort> = 1).all().returning())::row, job>);

static_assert(text_of(hd::delete_from<job>().where(third)) ==
              "delete from task_task where id = $1");
static_assert(text_of(hd::delete_from<job>().all()) == "delete from task_task");
static_assert(text_of(hd::delete_from<job>().where(third).returning<&job::id>()) ==
              "delete from task_task where id = $1 returning id");
static_assert(text_of(hd::delete_from<job>().from<home>().where(col<&home::id> ==
                                                                col<&job::residence_id>)) ==
              "delete from task_task using residence_residence where residence_residence.id = "
              "task_task.residence_id");
static_assert(text_of(hd::delete_from<job>().where(col<&job::residence_id>.in(
                  hd::select<&home::id>().where(col<&home::name> == "x")))) ==
              "delete from task_task where task_task.residence_id in (select "
              "residence_residence.id from residence_residence where residence_residence.name = "
              "$1)");

TEST_CASE("a promise about the number of rows travels with the write", "[update]") {
    const auto promised = hd::delete_from<job>().where(third).require_rows(1);
    const hd::statement made = promised.make_statement();
    CHECK(made.text() ==
          "with written as (delete from task_task where id = $1 returning 1) select * from written "
          "where (select case when count(*) = $2 then null else ('honeydue: expected ' || $2 || ' "
          "row(s), got ' || count(*))::int4 end from written) is null");
    CHECK(made.effect() == hd::effect::writes);
    CHECK(made.parameters().size() == 2);
}
