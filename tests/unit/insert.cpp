// SPDX-License-Identifier: MIT
// The text of inserts and upserts, and what a range becomes.
#include <honeydue/insert.hpp>

#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "texts.hpp"

namespace hd = honeydue;
using authtoken::token;
using hd::col;
using home = residence::residence;
using job = task::task;

namespace shelf {
struct box {
    honeydue::id<box> id{};
    std::vector<std::string> tags{};
    std::optional<std::vector<std::int32_t>> sizes{};
    std::string n;
};
struct counter {
    honeydue::id<counter> id{};
};
/// What the server fills, by the model's own word; a key of two columns; names of its own.
struct line {
    static constexpr honeydue::table meta{.key = "order_id, position",
                                          .rename = {{"order", "order_id"}, {"class_", "class"}},
                                          .generated = {"total"},
                                          .defaulted = {"created_at"}};
    std::int64_t order = 0;
    std::int32_t position = 0;
    std::vector<std::string> class_{};
    honeydue::numeric total{};
    honeydue::timestamptz created_at{};
};
/// The identity is another model's here, and so a value like any.
struct borrowed {
    honeydue::id<counter> counter_id{};
    std::string note;
};
}  // namespace shelf

namespace {

template <class Rows>
using inserted = decltype(hd::insert(std::declval<Rows>()));
template <class Query>
constexpr std::string_view text = Query::text();

}  // namespace

static_assert(text<inserted<home>> ==
              "insert into residence_residence (owner_id, name, city) values ($1, $2, $3)");
static_assert(text<inserted<token>> ==
              "insert into authtoken_token (key, user_id) values ($1, $2)");
static_assert(text<inserted<shelf::counter>> == "insert into shelf_counter default values");
static_assert(text<inserted<odd::words>> ==
              "insert into \"select\".\"Order\" (\"user\", \"camelCase\") values ($1, $2)");
static_assert(inserted<home>::oids()[0] == hd::oids::int8);
static_assert(inserted<home>::oids()[1] == hd::oids::inferred);
static_assert(text<decltype(hd::insert(home{}).overriding())> ==
              "insert into residence_residence (id, owner_id, name, city) overriding system value "
              "values ($1, $2, $3, $4)");
static_assert(text<decltype(hd::insert(home{}).with_defaults<&home::city>())> ==
              "insert into residence_residence (owner_id, name) values ($1, $2)");
static_assert(text<decltype(hd::insert(home{}).returning())> ==
              "insert into residence_residence (owner_id, name, city) values ($1, $2, $3) "
              "returning id, owner_id, name, city");
static_assert(text<decltype(hd::insert(home{}).returning<&home::id>())> ==
              "insert into residence_residence (owner_id, name, city) values ($1, $2, $3) "
              "returning id");
static_assert(text<decltype(hd::insert(shelf::line{}).returning())> ==
              "insert into shelf_line (order_id, position, class) values ($1, $2, $3) "
              "returning order_id, position, class, total, created_at");
static_assert(text<decltype(hd::insert(shelf::line{}).overriding())> ==
              "insert into shelf_line (order_id, position, class) overriding system value values "
              "($1, $2, $3)");
static_assert(text<inserted<shelf::borrowed>> ==
              "insert into shelf_borrowed (counter_id, note) values ($1, $2)");
static_assert(std::is_void_v<inserted<home>::row>);
static_assert(std::is_same_v<decltype(hd::insert(home{}).returning())::row, home>);
static_assert(
    std::is_same_v<decltype(hd::insert(home{}).returning<&home::id>())::row, hd::id<home>>);

// A range: one text, an array for each column.
static_assert(text<inserted<std::vector<home>>> ==
              "insert into residence_residence (owner_id, name, city) select x.owner_id, x.name, "
              "x.city from unnest($1, $2, $3) with ordinality x(owner_id, name, city, n) order by "
              "x.n");
static_assert(inserted<std::vector<home>>::oids()[0] == hd::oids::int8_array);
static_assert(inserted<std::vector<home>>::oids()[1] == hd::oids::text_array);
static_assert(
    text<inserted<std::vector<shelf::box>>> ==
    "insert into shelf_box (tags, sizes, n) select case when x.tags then null else "
    "coalesce(items_1.items, '{}') end, case when x.sizes then null else "
    "coalesce(items_2.items, '{}') end, x.n from unnest($1, $2, $3) with ordinality "
    "x(tags, sizes, n, row_number_of_range) left join (select owner, array_agg(item order "
    "by position) as items from unnest($4, $5) with ordinality u(item, owner, position) "
    "group by owner) as items_1 on items_1.owner = x.row_number_of_range left join "
    "(select owner, array_agg(item order by position) as items from unnest($6, $7) with "
    "ordinality u(item, owner, position) group by owner) as items_2 on "
    "items_2.owner = x.row_number_of_range order by x.row_number_of_range");

static_assert(
    text<inserted<std::vector<shelf::line>>> ==
    "insert into shelf_line (order_id, position, class) select x.order_id, x.position, case when "
    "x.class then null else coalesce(items_2.items, '{}') end from unnest($1, $2, $3) with "
    "ordinality x(order_id, position, class, n) left join (select owner, array_agg(item order by "
    "position) as items from unnest($4, $5) with ordinality u(item, owner, position) group by "
    "owner) as items_2 on items_2.owner = x.n order by x.n");

// From a select.
static_assert(text_of(hd::insert<&home::owner_id, &home::name>(
                  hd::select<&auth::user::id, &auth::user::username>())) ==
              "insert into residence_residence (owner_id, name) select auth_user.id, "
              "auth_user.username from auth_user");

// Upserts.
static_assert(text<decltype(hd::upsert(token{}).on_conflict<&token::key>().do_nothing())> ==
              "insert into authtoken_token (key, user_id) values ($1, $2) on conflict (key) do "
              "nothing");
static_assert(
    text<decltype(hd::upsert(token{}).on_conflict<&token::key>().update<&token::user_id>())> ==
    "insert into authtoken_token (key, user_id) values ($1, $2) on conflict (key) do update set "
    "user_id = excluded.user_id");
static_assert(
    text<decltype(hd::upsert(token{}).on_constraint<"token_uniq">().do_nothing())> ==
    "insert into authtoken_token (key, user_id) values ($1, $2) on conflict on constraint "
    "token_uniq do nothing");
static_assert(
    text<decltype(hd::upsert(std::vector<token>{})
                      .on_conflict<&token::key, &token::user_id>()
                      .update<&token::user_id>()
                      .where(col<&token::user_id> != hd::excluded<&token::user_id>)
                      .returning<&token::key>())> ==
    "insert into authtoken_token (key, user_id) select x.key, x.user_id from unnest($1, $2) with "
    "ordinality x(key, user_id, n) order by x.n on conflict (key, user_id) do update set user_id = "
    "excluded.user_id where authtoken_token.user_id <> excluded.user_id returning "
    "authtoken_token.key");

static_assert(text<decltype(hd::upsert(shelf::line{})
                                .on_conflict<&shelf::line::order, &shelf::line::position>()
                                .update<&shelf::line::class_>())> ==
              "insert into shelf_line (order_id, position, class) values ($1, $2, $3) on conflict "
              "(order_id, position) do update set class = excluded.class");

TEST_CASE("a range of any length makes the same text and one array for each column", "[insert]") {
    const auto one = hd::insert(std::vector<home>(1)).make_statement();
    const auto many = hd::insert(std::vector<home>(1000)).make_statement();
    CHECK(one.text().data() == many.text().data());
    CHECK(one.parameters().size() == 3);
    CHECK(many.parameters().size() == 3);
    CHECK(hd::insert(std::vector<home>{}).make_statements().empty());
}

TEST_CASE("the values of a row go in the order of its members, the identity key left out",
          "[insert]") {
    const home row{.id = {9}, .owner_id = hd::foreign_key<auth::user>{4}, .name = "n"};
    hd::parameters expected;
    expected.add(row.owner_id);
    expected.add(row.name);
    expected.add_null();
    const hd::statement made = hd::insert(row).make_statement();
    const auto sent = made.parameters().wire();
    CHECK(std::vector(sent.begin(), sent.end()) ==
          std::vector(expected.wire().begin(), expected.wire().end()));
}
