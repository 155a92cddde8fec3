// SPDX-License-Identifier: MIT
// The text and the type of aggregates and window functions.
#include <honeydue/aggregate.hpp>

#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "texts.hpp"

namespace hd = honeydue;
using hd::col;
using job = task::task;

namespace {

template <class Wanted, class Expression>
constexpr bool yields(const Expression& /*expression*/) {
    return std::is_same_v<typename Expression::value_type, Wanted>;
}

constexpr auto effort = col<&job::effort>;

}  // namespace

namespace shelf {
struct place {
    static constexpr honeydue::table meta{.key = "row, position"};
    std::int32_t row = 0;
    std::int32_t position = 0;
    std::string label;
};
}  // namespace shelf

static_assert(value_text(hd::count()) == "count(*)");
static_assert(value_text(hd::count(col<&job::due_date>)) == "count(due_date)");
static_assert(value_text(hd::count_distinct(effort)) == "count(distinct effort)");
static_assert(value_text(hd::sum(effort)) == "sum(effort)");
static_assert(value_text(hd::avg(effort)) == "avg(effort)");
static_assert(value_text(hd::min(col<&job::title>)) == "min(title)");
static_assert(value_text(hd::max(effort + 1)) == "max(effort + $1)");
static_assert(value_text(hd::bool_and(effort > 1)) == "bool_and(effort > $1)");
static_assert(value_text(hd::bool_or(effort > 1)) == "bool_or(effort > $1)");
static_assert(value_text(hd::array_agg(effort).order_by(effort.descending())) ==
              "array_agg(effort order by effort desc)");
static_assert(value_text(hd::string_agg(col<&job::title>, ", ")) == "string_agg(title, $1::text)");
static_assert(value_text(hd::count().filter(effort > 3)) == "count(*) filter (where effort > $1)");
static_assert(yields<std::int64_t>(hd::count()));
static_assert(yields<std::optional<std::int64_t>>(hd::sum(effort)));
static_assert(yields<std::optional<hd::numeric>>(hd::sum(hd::cast<std::int64_t>(effort))));
static_assert(yields<std::optional<hd::numeric>>(hd::avg(effort)));
static_assert(yields<std::optional<double>>(hd::avg(hd::cast<double>(effort))));
static_assert(yields<std::optional<hd::date>>(hd::max(col<&job::due_date>)));
static_assert(yields<std::optional<std::vector<std::int32_t>>>(hd::array_agg(effort)));

static_assert(value_text(hd::row_number().over()) == "row_number() over ()");
static_assert(value_text(hd::rank().over(hd::ordered_by(effort.descending()))) ==
              "rank() over (order by effort desc)");
static_assert(value_text(hd::dense_rank().over(hd::partition_by(col<&job::title>))) ==
              "dense_rank() over (partition by title)");
static_assert(value_text(hd::sum(effort).over(
                  hd::partition_by(col<&job::title>).order_by(col<&job::id>.ascending()))) ==
              "sum(effort) over (partition by title order by id)");
static_assert(value_text(hd::lag(effort).over(hd::ordered_by(effort.ascending()))) ==
              "lag(effort) over (order by effort)");
static_assert(value_text(hd::lead(effort).over(hd::ordered_by(effort.ascending()))) ==
              "lead(effort) over (order by effort)");
static_assert(value_text(hd::first_value(effort).over(hd::ordered_by(effort.ascending()))) ==
              "first_value(effort) over (order by effort)");
static_assert(value_text(hd::last_value(effort).over(hd::ordered_by(effort.ascending()))) ==
              "last_value(effort) over (order by effort)");

static_assert(
    value_text(hd::sum(effort).over(hd::ordered_by(effort.ascending())
                                        .rows_between(hd::unbounded_preceding, hd::current_row))) ==
    "sum(effort) over (order by effort rows between unbounded preceding and current row)");
static_assert(value_text(hd::avg(effort).over(hd::partition_by(col<&job::title>)
                                                  .order_by(effort.ascending())
                                                  .rows_between(hd::preceding(2),
                                                                hd::following(1)))) ==
              "avg(effort) over (partition by title order by effort rows between $1 preceding and "
              "$2 following)");
static_assert(value_text(hd::last_value(effort).over(
                  hd::ordered_by(effort.ascending())
                      .groups_between(hd::current_row, hd::unbounded_following))) ==
              "last_value(effort) over (order by effort groups between current row and unbounded "
              "following)");
static_assert(value_text(hd::count().over(hd::partition_by(col<&job::title>)
                                              .rows_between(hd::preceding(1), hd::current_row))) ==
              "count(*) over (partition by title rows between $1 preceding and current row)");

static_assert(text_of(hd::select(col<&job::title>, hd::count())
                          .group_by(col<&job::title>)
                          .having(hd::count() > std::int64_t{1})
                          .order_by(hd::count().descending())) ==
              "select title, count(*) from task_task group by title having count(*) > $1 order by "
              "count(*) desc");
static_assert(
    text_of(hd::select(col<&job::id>, col<&job::title>, hd::count()).group_by(col<&job::id>)) ==
    "select id, title, count(*) from task_task group by id");
static_assert(text_of(hd::select(col<&shelf::place::label>, hd::count())
                          .group_by(col<&shelf::place::row>, col<&shelf::place::position>)) ==
              "select label, count(*) from shelf_place group by row, position");
static_assert(text_of(hd::select(hd::lower(col<&job::title>), hd::count())
                          .group_by(hd::lower(col<&job::title>))) ==
              "select lower(title), count(*) from task_task group by lower(title)");
static_assert(text_of(hd::select(col<&job::id>, hd::count().over())) ==
              "select id, count(*) over () from task_task");

namespace {
constexpr auto late = hd::coalesce(col<&job::effort>, 0).as<"late">();
}
// A named expression is called by its name: a parameter said twice would be two.
static_assert(text_of(hd::select(late, hd::count()).group_by(late).order_by(late.ascending())) ==
              "select coalesce(effort, $1) as late, count(*) from task_task group by late order by "
              "late");

TEST_CASE("the values of an aggregate go in writing order: arguments, order, filter",
          "[aggregate]") {
    const auto query =
        hd::select(hd::string_agg(col<&job::title>, "a").filter(effort > 1)).where(effort > 2);
    hd::parameters expected;
    expected.add("a");
    expected.add(std::int32_t{1});
    expected.add(std::int32_t{2});
    const hd::statement made = query.make_statement();
    CHECK(made.text() ==
          "select string_agg(title, $1::text) filter (where effort > $2) from task_task where "
          "effort > $3");
    const auto sent = made.parameters().wire();
    CHECK(std::vector(sent.begin(), sent.end()) ==
          std::vector(expected.wire().begin(), expected.wire().end()));
}
