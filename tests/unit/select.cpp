// SPDX-License-Identifier: MIT
// The text and the parameter types of selects, clause by clause.
#include <honeydue/function.hpp>
#include <honeydue/select.hpp>

#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include <catch2/catch_test_macros.hpp>

#include "household.hpp"

namespace hd = honeydue;
using hd::col;
using home = residence::residence;
using job = task::task;

namespace {

template <class Query>
constexpr std::string_view text_of(const Query&) {
    return Query::text();
}

}  // namespace

// What is read.
static_assert(text_of(hd::select<home>()) ==
              "select id, owner_id, name, city from residence_residence");
static_assert(text_of(hd::select<&job::title>()) == "select title from task_task");
static_assert(text_of(hd::select<&job::id, &job::title>()) == "select id, title from task_task");
static_assert(std::is_same_v<decltype(hd::select<home>())::row, home>);
static_assert(std::is_same_v<decltype(hd::select<&job::title>())::row, std::string>);
static_assert(std::is_same_v<decltype(hd::select<&job::id, &job::due_date>())::row,
                             std::tuple<hd::id<job>, std::optional<hd::date>>>);

// Names that would not be read bare.
static_assert(text_of(hd::select<odd::words>()) ==
              "select id, \"user\", \"camelCase\" from \"select\".\"Order\"");

// Where, order, limit, offset; in whatever order they are said.
static_assert(text_of(hd::select<&job::id>().where(col<&job::title> == "x")) ==
              "select id from task_task where title = $1");
static_assert(text_of(hd::select<&job::id>().order_by(col<&job::title>.ascending())) ==
              "select id from task_task order by title");
static_assert(text_of(hd::select<&job::id>().order_by(col<&job::title>.descending(),
                                                      col<&job::id>.ascending())) ==
              "select id from task_task order by title desc, id");
static_assert(
    text_of(hd::select<&job::id>().order_by(col<&job::due_date>.ascending().nulls_first())) ==
    "select id from task_task order by due_date nulls first");
static_assert(
    text_of(hd::select<&job::id>().order_by(col<&job::due_date>.descending().nulls_last())) ==
    "select id from task_task order by due_date desc nulls last");
static_assert(text_of(hd::select<&job::id>().limit(5)) == "select id from task_task limit $1");
static_assert(text_of(hd::select<&job::id>().offset(5)) == "select id from task_task offset $1");
static_assert(text_of(hd::select<&job::id>()
                          .offset(5)
                          .limit(2)
                          .order_by(col<&job::id>.ascending())
                          .where(col<&job::title> == "x")) ==
              "select id from task_task where title = $1 order by id limit $2 offset $3");
static_assert(decltype(hd::select<&job::id>().limit(5))::oids().size() == 1);
static_assert(decltype(hd::select<&job::id>().limit(5))::oids()[0] == hd::oids::int8);

// Two tables: every column says which.
static_assert(text_of(hd::select<&auth::user::id>().join<&authtoken::token::user_id>()) ==
              "select auth_user.id from auth_user inner join authtoken_token on "
              "authtoken_token.user_id = auth_user.id");
static_assert(text_of(hd::select<&job::id>().join<&job::residence_id>().join<&home::owner_id>()) ==
              "select task_task.id from task_task inner join residence_residence on "
              "task_task.residence_id = residence_residence.id inner join auth_user on "
              "residence_residence.owner_id = auth_user.id");
static_assert(text_of(hd::select<&job::id>().where(col<&job::residence_id>.in(
                  hd::select<&home::id>().where(col<&home::owner_id> == hd::id<auth::user>{1})))) ==
              "select task_task.id from task_task where task_task.residence_id in (select "
              "residence_residence.id from residence_residence where "
              "residence_residence.owner_id = $1)");

TEST_CASE("parameters are numbered in writing order, through sub-selects", "[select]") {
    const auto homes = hd::select<&home::id>().where(col<&home::name> == "a").limit(1);
    const auto query = hd::select<&job::id>().limit(2).where(col<&job::residence_id>.in(homes) &&
                                                             col<&job::title> == "b");
    CHECK(query.make_statement().text() ==
          "select task_task.id from task_task where task_task.residence_id in (select "
          "residence_residence.id from residence_residence where residence_residence.name = $1 "
          "limit $2) and task_task.title = $3 limit $4");
    hd::parameters expected;
    expected.add("a");
    expected.add(std::int64_t{1});
    expected.add("b");
    expected.add(std::int64_t{2});
    const hd::statement made = query.make_statement();
    const auto sent = made.parameters().wire();
    CHECK(std::vector(sent.begin(), sent.end()) ==
          std::vector(expected.wire().begin(), expected.wire().end()));
}

TEST_CASE("a select reads, may be sent anywhere, and its text ends with a NUL", "[select]") {
    const hd::statement made = hd::select<job>().make_statement();
    CHECK(made.effect() == hd::effect::reads);
    CHECK(made.place() == hd::place::anywhere);
    CHECK(made.text().data()[made.text().size()] == '\0');
    CHECK(made.check());
}

// A bare name in an order would be one of the result.
static_assert(
    text_of(hd::select(hd::cast<std::string>(col<&job::id>)).order_by(col<&job::id>.ascending())) ==
    "select id::text from task_task order by task_task.id");

const char* text_seen_elsewhere();
const char* text_seen_elsewhere() {
    return hd::select<&job::id>()
        .where(col<&job::title> == "here")
        .limit(9)
        .make_statement()
        .text()
        .data();
}
