// SPDX-License-Identifier: MIT
// The text and the type of what the server computes.
#include <honeydue/function.hpp>

#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "texts.hpp"

namespace hd = honeydue;
using hd::col;
using job = task::task;

namespace shelf {
struct box {
    honeydue::id<box> id{};
    honeydue::jsonb data;
    std::vector<std::string> tags{};
    honeydue::timestamptz made{};
    honeydue::numeric price{};
};
}  // namespace shelf
using shelf::box;

namespace {

template <class Wanted, class Expression>
constexpr bool yields(const Expression& /*expression*/) {
    return std::is_same_v<typename Expression::value_type, Wanted>;
}

constexpr auto effort = col<&job::effort>;

}  // namespace

// Arithmetic: parentheses wherever operators nest.
static_assert(value_text(effort + 1) == "effort + $1");
static_assert(value_text(effort - 1) == "effort - $1");
static_assert(value_text(effort * 2 + 1) == "(effort * $1) + $2");
static_assert(value_text((effort + 1) * 2) == "(effort + $1) * $2");
static_assert(value_text(effort / 2) == "effort / $1");
static_assert(value_text(effort % 2) == "effort % $1");
static_assert(where_text(effort + 1 > 3) == "(effort + $1) > $2");
static_assert(value_text(col<&job::due_date> + 7) == "due_date + $1");
static_assert(yields<std::int32_t>(effort + 1));
static_assert(yields<std::int64_t>(effort + std::int64_t{1}));
static_assert(yields<double>(effort * 1.5));
static_assert(yields<hd::numeric>(col<&box::price> * 2));
static_assert(yields<std::optional<hd::date>>(col<&job::due_date> + 7));
static_assert(yields<std::optional<std::int32_t>>(col<&job::due_date> - hd::date{}));

// Functions say what type a string of the program has: nothing else would.
static_assert(value_text(hd::lower(col<&job::title>)) == "lower(title)");
static_assert(value_text(hd::upper("x")) == "upper($1::text)");
static_assert(value_text(hd::length(col<&job::title>)) == "length(title)");
static_assert(value_text(hd::abs(effort)) == "abs(effort)");
static_assert(value_text(hd::concat(col<&job::title>, "/", effort)) ==
              "concat(title, $1::text, effort)");
static_assert(value_text(hd::call<"repeat", std::string>(col<&job::title>, 2)) ==
              "repeat(title, $1)");
static_assert(value_text(hd::coalesce(col<&job::due_date>, hd::current_date())) ==
              "coalesce(due_date, current_date)");
static_assert(value_text(hd::nullif(col<&job::title>, "x")) == "nullif(title, $1)");
static_assert(value_text(hd::greatest(effort, 3)) == "greatest(effort, $1)");
static_assert(value_text(hd::least(effort, 3)) == "least(effort, $1)");
static_assert(value_text(hd::now()) == "now()");
static_assert(value_text(hd::cast<std::int64_t>(effort)) == "effort::bigint");
static_assert(value_text(hd::cast<std::int64_t>(effort + 1)) == "(effort + $1)::bigint");
static_assert(yields<hd::date>(hd::coalesce(col<&job::due_date>, hd::current_date())));
static_assert(yields<std::optional<hd::date>>(hd::coalesce(col<&job::due_date>,
                                                           col<&job::due_date>)));
static_assert(yields<std::optional<std::string>>(hd::nullif(col<&job::title>, "x")));

// Time.
static_assert(text_of(hd::select(hd::date_trunc<"month">(col<&box::made>))) ==
              "select date_trunc('month', made) from shelf_box");
static_assert(text_of(hd::select(hd::extract<"year">(col<&box::made>))) ==
              "select extract(year from made) from shelf_box");
static_assert(yields<hd::numeric>(hd::extract<"year">(col<&box::made>)));

// Case.
static_assert(value_text(hd::case_(effort > 3, "large").otherwise("small")) ==
              "case when effort > $1 then $2 else $3 end");
static_assert(value_text(hd::case_(effort > 3, 2).when(effort > 1, 1)) ==
              "case when effort > $1 then $2 when effort > $3 then $4 end");
static_assert(yields<std::optional<std::int32_t>>(hd::case_(effort > 3, 2)));
static_assert(yields<std::int32_t>(hd::case_(effort > 3, 2).otherwise(1)));
static_assert(yields<std::string>(hd::case_(effort > 3, "a").otherwise("b")));

// json, arrays, full text.
static_assert(text_of(hd::select(hd::json_text(hd::json_at(col<&box::data>, "a"), "b"))) ==
              "select (data -> $1::text) ->> $2::text from shelf_box");
static_assert(text_of(hd::select(hd::json_at(col<&box::data>, 0))) ==
              "select data -> $1 from shelf_box");
static_assert(decltype(hd::select<&box::id>().where(hd::has_key(col<&box::data>, "a")))::text() ==
              "select id from shelf_box where data ? $1::text");
static_assert(decltype(hd::select<&box::id>().where(
                  hd::contains(col<&box::tags>, std::vector<std::string>{})))::text() ==
              "select id from shelf_box where tags @> $1");
static_assert(decltype(hd::select<&box::id>().where(
                  hd::contained_in(col<&box::tags>, std::vector<std::string>{})))::text() ==
              "select id from shelf_box where tags <@ $1");
static_assert(decltype(hd::select<&box::id>().where(
                  hd::overlaps(col<&box::tags>, std::vector<std::string>{})))::text() ==
              "select id from shelf_box where tags && $1");
static_assert(decltype(hd::select<&box::id>().where(hd::contains(col<&box::data>,
                                                                 hd::jsonb{})))::text() ==
              "select id from shelf_box where data @> $1");
static_assert(text_of(hd::select<&box::id>().where(hd::has_element(col<&box::tags>, "x"))) ==
              "select id from shelf_box where $1 = any(tags)");
static_assert(where_text(hd::matches<"english">(col<&job::title>, "roof")) ==
              "to_tsvector('english', title) @@ websearch_to_tsquery('english', $1::text)");

TEST_CASE("text that is meant as it is has no wildcards left", "[function]") {
    CHECK(hd::escape_like("50%_off\\") == "50\\%\\_off\\\\");
    CHECK(hd::escape_like("plain") == "plain");
}
