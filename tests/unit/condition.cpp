// SPDX-License-Identifier: MIT
// The text and the parameters of conditions: comparison, logic, NULL, membership.
#include <honeydue/condition.hpp>
#include <honeydue/select.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "household.hpp"

namespace hd = honeydue;
using hd::col;
using home = residence::residence;
using job = task::task;

namespace {

template <class Condition>
using asked = decltype(hd::select<&job::id>().where(std::declval<Condition>()));

/// What follows "where" in a select of task's id.
template <class Condition>
constexpr std::string_view text_of() {
    return asked<Condition>::text().substr(
        std::string_view{"select id from task_task where "}.size());
}

}  // namespace

// Comparison.
static_assert(text_of<decltype(col<&job::title> == "x")>() == "title = $1");
static_assert(text_of<decltype(col<&job::title> != "x")>() == "title <> $1");
static_assert(text_of<decltype(col<&job::effort> < 3)>() == "effort < $1");
static_assert(text_of<decltype(col<&job::effort> <= 3)>() == "effort <= $1");
static_assert(text_of<decltype(col<&job::effort> > 3)>() == "effort > $1");
static_assert(text_of<decltype(col<&job::effort> >= 3)>() == "effort >= $1");
static_assert(text_of<decltype(3 < col<&job::effort>)>() == "$1 < effort");
static_assert(text_of<decltype(col<&job::id> == hd::id<job>{7})>() == "id = $1");
static_assert(text_of<decltype(col<&job::assigned_to_id> == hd::id<auth::user>{7})>() ==
              "assigned_to_id = $1");

// A string meets a column as a literal would; everything else says its type.
static_assert(asked<decltype(col<&job::title> == "x")>::oids()[0] == hd::oids::inferred);
static_assert(asked<decltype(col<&job::title> == std::string{})>::oids()[0] == hd::oids::inferred);
static_assert(asked<decltype(col<&job::effort> < 3)>::oids()[0] == hd::oids::int4);
static_assert(asked<decltype(col<&job::id> == hd::id<job>{})>::oids()[0] == hd::oids::int8);
static_assert(asked<decltype(col<&job::due_date> == hd::date{})>::oids()[0] == hd::oids::date);

// Logic.
static_assert(text_of<decltype(col<&job::title> == "x" && col<&job::effort> > 1)>() ==
              "title = $1 and effort > $2");
static_assert(text_of<decltype(col<&job::title> == "x" || col<&job::effort> > 1)>() ==
              "(title = $1 or effort > $2)");
static_assert(text_of<decltype(!(col<&job::title> == "x"))>() == "not (title = $1)");
static_assert(text_of<decltype((col<&job::title> == "x" || col<&job::effort> > 1) &&
                               !(col<&job::effort> < 9))>() ==
              "(title = $1 or effort > $2) and not (effort < $3)");

// NULL.
static_assert(text_of<decltype(col<&job::due_date>.is_null())>() == "due_date is null");
static_assert(text_of<decltype(col<&job::due_date>.is_not_null())>() == "due_date is not null");

// Membership.
static_assert(text_of<decltype(col<&job::id>.in(std::vector<hd::id<job>>{}))>() == "id = any($1)");
static_assert(asked<decltype(col<&job::id>.in(std::vector<hd::id<job>>{}))>::oids()[0] ==
              hd::oids::int8_array);
// Text is what the column says: an enum, citext, char(n).
static_assert(asked<decltype(col<&job::title>.in(std::vector<std::string>{}))>::oids()[0] ==
              hd::oids::inferred);

TEST_CASE("a condition is a value: it is named, kept, passed on and combined", "[condition]") {
    const auto mine = col<&job::assigned_to_id> == hd::id<auth::user>{7};
    const auto urgent = col<&job::effort> > 3;
    const auto both = [](const auto& a, const auto& b) { return a && b; };
    const auto query = hd::select<&job::id>().where(both(mine, urgent));
    CHECK(query.make_statement().text() ==
          "select id from task_task where assigned_to_id = $1 and effort > $2");
    CHECK(query.make_statement().parameters().size() == 2);
}

TEST_CASE("values become parameters in the order of their numbers", "[condition]") {
    const auto query = hd::select<&job::id>().limit(5).where(col<&job::title> == std::string{"a"} &&
                                                             col<&job::effort> > 3);
    hd::parameters expected;
    expected.add(std::string{"a"});
    expected.add(std::int32_t{3});
    expected.add(std::int64_t{5});
    const hd::statement made = query.make_statement();
    const auto sent = made.parameters().wire();
    CHECK(std::vector(sent.begin(), sent.end()) ==
          std::vector(expected.wire().begin(), expected.wire().end()));
}

TEST_CASE("a condition owns what owns, so the list it was made from may go", "[condition]") {
    auto list = std::vector<hd::id<job>>{{1}, {2}};
    const auto query = hd::select<&job::id>().where(col<&job::id>.in(list));
    hd::parameters expected;
    expected.add(list);
    list.clear();
    const hd::statement made = query.make_statement();
    const auto sent = made.parameters().wire();
    CHECK(std::vector(sent.begin(), sent.end()) ==
          std::vector(expected.wire().begin(), expected.wire().end()));
}
