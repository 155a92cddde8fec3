// SPDX-License-Identifier: MIT
// Inserts and upserts on a real server: what arrives, in how many round trips, and what is undone.
#include <honeydue/query.hpp>
#include <honeydue/sql.hpp>
#include <honeydue/trace.hpp>

#include <optional>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "query_database.hpp"

using namespace honeydue;
using namespace honeydue::support;

namespace shop {

struct item {
    honeydue::id<item> id{};
    std::string code;
    std::optional<std::string> note{};
    std::int32_t stock = 0;
    std::vector<std::string> tags{};
    std::optional<std::vector<std::optional<std::int32_t>>> sizes{};
    honeydue::timestamptz created_at{};

    friend bool operator==(const item&, const item&) = default;
};

struct archive {
    honeydue::id<archive> id{};
    std::string code;
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
    std::int32_t amount = 0;
    std::int32_t total = 0;
    honeydue::timestamptz created_at{};
};

/// What char(n), citext and enum columns are to a std::string.
struct label {
    honeydue::id<label> id{};
    std::string fixed;
    std::string caseless;
    std::string mood;
};

}  // namespace shop

namespace {

using shop::item;

constexpr const char* item_table =
    "id bigint generated always as identity primary key, code text not null unique, note text, "
    "stock int not null check (stock >= 0), tags text[] not null, sizes int[], "
    "created_at timestamptz not null default now()";

struct shop_tables {
    connection on = opened_query_database();
    made_table items{on, "shop_item", item_table};

    [[nodiscard]] std::int64_t count() {
        return must(select(honeydue::count()).from<item>().fetch_one(on));
    }
};

std::vector<item> some_items(std::size_t size) {
    std::vector<item> made;
    for (std::size_t i = 0; i < size; ++i) {
        item one{.code = "code " + std::to_string(i), .stock = static_cast<std::int32_t>(i)};
        if (i % 3 == 0) one.note = "note ' \" \\ $1 " + std::to_string(i);
        for (std::size_t k = 0; k < i % 4; ++k)
            one.tags.push_back("tag,{}\"" + std::to_string(k));
        if (i % 2 == 0) one.sizes = {std::nullopt, static_cast<std::int32_t>(i)};
        if (i % 5 == 0) one.sizes = std::vector<std::optional<std::int32_t>>{};
        made.push_back(std::move(one));
    }
    return made;
}

}  // namespace

TEST_CASE("insert gives the row back with what the server made", "[insert]") {
    shop_tables shop;
    const item draft{.code = "a", .note = "b", .stock = 3, .tags = {"x", "y"}};
    const item made = must(insert(draft).with_defaults<&item::created_at>().fetch_one(shop.on));
    CHECK(made.id.value == 1);
    CHECK(made.code == "a");
    CHECK(made.tags == draft.tags);
    CHECK(made.created_at.wire() > 0);
    CHECK(must(insert(item{.code = "b"}).execute(shop.on)) == 1);
    CHECK(must(insert(item{.code = "c"}).returning<&item::id, &item::code>().fetch_one(shop.on)) ==
          std::tuple{id<item>{3}, std::string{"c"}});
    CHECK(must(insert(item{.id = {77}, .code = "d"})
                   .overriding()
                   .returning<&item::id>()
                   .fetch_one(shop.on)) == id<item>{77});
}

TEST_CASE("a range is one statement of one text, in order, arrays and NULLs included", "[insert]") {
    shop_tables shop;
    for (const std::size_t size : {std::size_t{1}, std::size_t{2}, std::size_t{60}}) {
        must(shop.on.run(runtime("truncate shop_item restart identity")));
        auto drafts = some_items(size);
        const round_trips counted;
        const auto made = must(insert(drafts).fetch_all(shop.on));
        CHECK(counted.count() == 1);
        REQUIRE(made.size() == size);
        for (std::size_t i = 0; i < size; ++i) {
            drafts[i].id = {static_cast<std::int64_t>(i) + 1};
            CHECK(made[i] == drafts[i]);
        }
        CHECK(must(select<item>().order_by(col<&item::id>.ascending()).fetch_all(shop.on)) ==
              drafts);
    }
}

TEST_CASE("what the model says the server fills is left out and read back", "[insert]") {
    auto on = opened_query_database();
    const made_table lines{on, "shop_line",
                           "order_id bigint, position int, class text[] not null, amount int not "
                           "null, total int generated always as (amount * 2) stored, created_at "
                           "timestamptz not null default '2024-02-29 00:00:00+00', primary key "
                           "(order_id, position)"};
    using shop::line;
    const auto day = timestamptz::parse("2024-02-29 00:00:00+00").value();
    const line one{.order = 1, .position = 1, .class_ = {"a"}, .amount = 4, .total = 99};
    const line made = must(insert(one).fetch_one(on));
    CHECK(made.total == 8);
    CHECK(made.created_at == day);
    CHECK(made.class_ == one.class_);
    std::vector<line> more{{.order = 1, .position = 2, .class_ = {"b", "c"}, .amount = 5},
                           {.order = 2, .position = 1, .amount = 6}};
    const auto several = must(insert(more).fetch_all(on));
    REQUIRE(several.size() == 2);
    CHECK(several[0].class_ == more[0].class_);
    CHECK(several[0].total == 10);
    CHECK(several[1].total == 12);
    CHECK(several[1].created_at == day);
    const line again = must(upsert(line{.order = 1, .position = 2, .class_ = {}, .amount = 7})
                                .on_conflict<&line::order, &line::position>()
                                .update<&line::amount, &line::class_>()
                                .fetch_one(on));
    CHECK(again.total == 14);
    CHECK(again.class_.empty());
    CHECK(must(select(col<&line::order>, col<&line::position>, col<&line::amount>, count())
                   .group_by(col<&line::order>, col<&line::position>)
                   .fetch_all(on))
              .size() == 3);
}

TEST_CASE("an empty range sends nothing and answers 0", "[insert]") {
    shop_tables shop;
    const round_trips counted;
    CHECK(must(insert(std::vector<item>{}).execute(shop.on)) == 0);
    CHECK(must(insert(std::vector<item>{}).fetch_all(shop.on)).empty());
    CHECK(counted.count() == 0);
}

TEST_CASE("a hundred thousand rows with arrays and NULLs are one round trip", "[insert]") {
    shop_tables shop;
    const round_trips counted;
    CHECK(must(insert(some_items(100'000)).execute(shop.on)) == 100'000);
    CHECK(counted.count() == 1);
    CHECK(
        must(shop.on.run(runtime("select 1 from shop_item where cardinality(tags) = 3"))).size() ==
        25'000);
}

TEST_CASE("rows beyond 16 MiB are several statements of one group, all or nothing", "[insert]") {
    shop_tables shop;
    std::vector<item> large(9, item{.code = "", .note = std::string(std::size_t{3} << 20, 'x')});
    for (std::size_t i = 0; i < large.size(); ++i)
        large[i].code = std::to_string(i);
    CHECK(insert(large).make_statements().size() >= 2);
    const round_trips counted;
    CHECK(must(insert(large).execute(shop.on)) == 9);
    CHECK(counted.count() == 1);
    large[0].code = "new";
    CHECK(insert(large).execute(shop.on).error().sqlstate() == "23505"_sqlstate);
    CHECK(shop.count() == 9);
}

TEST_CASE("insert from a select", "[insert]") {
    shop_tables shop;
    const made_table archive{shop.on, "shop_archive",
                             "id bigint generated always as identity primary key, code text"};
    must(insert(some_items(10)).execute(shop.on));
    const auto moved = insert<&shop::archive::code>(
        select<&item::code>().where(col<&item::stock> >= 7).order_by(col<&item::id>.ascending()));
    CHECK(must(moved.execute(shop.on)) == 3);
    CHECK(must(select<&shop::archive::code>().fetch_all(shop.on)) ==
          std::vector<std::string>{"code 7", "code 8", "code 9"});
}

TEST_CASE("upsert leaves alone, takes the new row's columns, or computes", "[insert]") {
    shop_tables shop;
    must(insert(item{.code = "a", .stock = 1}).execute(shop.on));
    const item again{.code = "a", .note = "new", .stock = 5};
    CHECK(must(upsert(again).on_conflict<&item::code>().do_nothing().execute(shop.on)) == 0);
    const item taken =
        must(upsert(again).on_conflict<&item::code>().update<&item::note>().fetch_one(shop.on));
    CHECK(taken.note == "new");
    CHECK(taken.stock == 1);
    const auto added = upsert(again).on_conflict<&item::code>().set(
        col<& item::stock> = col<&item::stock> + excluded<&item::stock>);
    CHECK(must(added.fetch_one(shop.on)).stock == 6);
    CHECK(must(added.where(col<&item::stock> < 6).execute(shop.on)) == 0);
    CHECK(must(added.where(col<&item::stock> < 7).execute(shop.on)) == 1);
    CHECK(must(upsert(again).on_constraint<"shop_item_code_key">().do_nothing().execute(shop.on)) ==
          0);
    const auto many = some_items(5);
    must(upsert(many).on_conflict<&item::code>().update<&item::stock>().execute(shop.on));
    CHECK(must(upsert(many).on_conflict<&item::code>().update<&item::stock>().execute(shop.on)) ==
          5);
    CHECK(shop.count() == 6);
}

TEST_CASE("fetch_one on an upsert that did nothing is a count of 0, by the guard in its flight",
          "[insert]") {
    shop_tables shop;
    must(insert(item{.code = "a"}).execute(shop.on));
    const round_trips counted;
    const auto none =
        upsert(item{.code = "a"}).on_conflict<&item::code>().do_nothing().fetch_one(shop.on);
    REQUIRE_FALSE(none);
    CHECK(none.error().code() == errc::row_count);
    CHECK(none.error().message() == "expected 1 row(s), got 0; nothing was written");
    CHECK_FALSE(none.error().may_have_run());
    CHECK(counted.count() == 1);
}

TEST_CASE("a string meets char(n), citext and enum columns as a literal would", "[insert]") {
    auto on = opened_query_database();
    {
        plain_client administrator{[] {
            auto parameters = test_environment::shared().postgres().as_superuser();
            parameters["dbname"] = "query_reference";
            return parameters;
        }()};
        administrator.execute(
            "create extension if not exists citext; drop type if exists mood "
            "cascade; create type mood as enum ('sad', 'happy')");
    }
    const made_table labels{on, "shop_label",
                            "id bigint generated always as identity primary key, fixed char(5) not "
                            "null, caseless citext not null, mood mood not null"};
    using shop::label;
    must(insert(label{.fixed = "ab", .caseless = "MiXed", .mood = "happy"}).execute(on));
    const auto found = [&](const auto& condition) {
        return must(select<&label::id>().where(condition).fetch_all(on)).size();
    };
    CHECK(found(col<&label::fixed> == "ab") == 1);
    CHECK(found(col<&label::fixed> == std::string{"ab   "}) == 1);
    CHECK(found(col<&label::caseless> == "mixed") == 1);
    CHECK(found(col<&label::mood> == "happy") == 1);
    CHECK(found(col<&label::mood> == "sad") == 0);
    CHECK(found(col<&label::mood>.in({"sad", "happy"})) == 1);
    CHECK(found(col<&label::mood>.in(std::vector<std::string>{"sad"})) == 0);
    CHECK(found(col<&label::mood>.not_in({"sad"})) == 1);
    CHECK(found(col<&label::caseless>.in({"mixed"})) == 1);
    CHECK(found(col<&label::fixed>.in({"ab", "x"})) == 1);
    CHECK(must(update<label>()
                   .set(col<& label::mood> = "sad", col<& label::caseless> = "X")
                   .where(col<&label::caseless> == "MIXED")
                   .execute(on)) == 1);
    CHECK(found(col<&label::mood> == "sad" && col<&label::caseless> == "x") == 1);
}
