// SPDX-License-Identifier: MIT
// Queries beside the database that would answer them: one round trip for all that the server takes,
// and every mismatch by its query, model and member.
#include <honeydue/query.hpp>
#include <honeydue/schema.hpp>
#include <honeydue/sql.hpp>
#include <honeydue/trace.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "pool_setting.hpp"
#include "query_database.hpp"
#include "reference/reference.hpp"
#include "wire_proxy.hpp"

using namespace honeydue;
using namespace honeydue::support;
using home = residence::residence;
using job = task::task;
using contact = contractor::contractor;

namespace checking {
struct item {
    honeydue::id<item> id{};
    std::string title;
    std::int32_t rank = 0;
    std::optional<std::string> note{};
};
struct described_home {
    std::string name;
    std::string city;
};
}  // namespace checking
using checking::described_home;
using checking::item;

namespace {

std::vector<std::string> sentences(const std::vector<mismatch>& found) {
    std::vector<std::string> all;
    for (const mismatch& one : found)
        all.push_back(one.sentence);
    return all;
}

const auto all_items = select<item>();
const auto titles = select<&item::id, &item::title>();

}  // namespace

TEST_CASE("queries that fit are described in one round trip on the wire, and not run",
          "[schema_verify]") {
    wire_proxy wire{query_database().port, {.rtt = std::chrono::milliseconds{20}}};
    auto db = must(connection::open(through(query_database(), wire.port())));
    const auto before = wire.round_trips();
    const round_trips counted;
    const auto found =
        must(verify(db, select<home>(), select<job>().where(col<&job::id> == id<job>{1}),
                    select<contact>(), update<job>().set(col<& job::title> = "verified").all(),
                    delete_from<job>().all(), select<&job::id, &job::title>().limit(3),
                    sql<"select name, description from residence_residence where id = $1">(1)
                        .reads()
                        .as<std::tuple<std::string, std::optional<std::string>>>()));
    CHECK(sentences(found).empty());
    CHECK(counted.count() == 1);
    CHECK(wire.round_trips() - before == 1);
    CHECK(must(select(count()).from<job>().fetch_one(db)) == 40'000);
    CHECK(must(select(count()).from<job>().where(col<&job::title> == "verified").fetch_one(db)) ==
          0);
}

TEST_CASE("a service verifies its queries through the pool it serves from, in one round trip",
          "[schema_verify]") {
    wire_proxy wire{query_database().port, {.rtt = std::chrono::milliseconds{20}}};
    auto db = must(pool::open(asks_nothing(through(query_database(), wire.port()), 2, 1)));
    const auto before = wire.round_trips();
    CHECK(must(verify(db, select<home>(), select<job>(), select<contact>())).empty());
    CHECK(wire.round_trips() - before == 1);
    const auto refused = sql<"select nothing from task_task">().reads().as<std::string>();
    CHECK(sentences(must(verify(db, refused, select<home>()))).size() == 1);
    CHECK(wire.round_trips() - before == 3);
    auto held = must(db.acquire());
    CHECK(must(verify(held, select<home>())).empty());
    CHECK(wire.round_trips() - before == 4);
}

TEST_CASE("a missing column, another type and a column that can be NULL are each reported",
          "[schema_verify]") {
    auto db = opened_query_database();
    const made_table table{db, "checking_item",
                           "id bigint primary key, title bytea not null, rank integer, note text"};
    const auto found = sentences(must(verify(db, all_items, titles)));
    REQUIRE(found.size() == 3);
    CHECK(found[0] == "query 1: checking::item::title: expected text, the result has bytea");
    CHECK(found[1] ==
          "query 1: checking::item::rank: the column checking_item.rank can be NULL and the member "
          "is not std::optional");
    CHECK(found[2].starts_with("query 2: column 2 into std::tuple<"));
    CHECK(found[2].ends_with(": expected text, the result has bytea"));
    const auto raw = sql<"select city from residence_residence">().reads().as<described_home>();
    CHECK(sentences(must(verify(db, raw))) ==
          std::vector<std::string>{
              "query 1: checking::described_home::name: the result has no column of that name",
              "query 1: checking::described_home::city: the column residence_residence.city can be "
              "NULL and the member is not std::optional"});
}

TEST_CASE("a query the server refuses costs one round trip more, and the others are checked",
          "[schema_verify]") {
    auto db = opened_query_database();
    const made_table table{db, "checking_item",
                           "id bigint primary key, title text not null, note text not null"};
    const round_trips counted;
    const auto found = sentences(must(verify(
        db, sql<"select note from checking_item">().reads().as<std::int32_t>(), all_items,
        select<home>(), sql<"select title, nothing from checking_item">().reads().as<std::string>(),
        sql<"select title, note from checking_item">().reads().as<std::string>())));
    CHECK(counted.count() == 3);
    REQUIRE(found.size() == 4);
    CHECK(found[0] == "query 1: column 1 into int: expected integer, the result has text");
    CHECK(found[1].starts_with("query 2: statement: column \"rank\" does not exist"));
    CHECK(found[2].starts_with("query 4: statement: column \"nothing\" does not exist"));
    CHECK(found[3].starts_with("query 5: "));
    CHECK(found[3].ends_with(": the result has 2 columns, expected 1"));
}

TEST_CASE("a column kept from NULL by a domain or a constraint is not reported, nor an expression",
          "[schema_verify]") {
    auto db = opened_query_database();
    must(db.run(runtime("drop domain if exists checking_rank cascade")));
    must(db.run(runtime("create domain checking_rank as integer not null")));
    {
        const made_table table{db, "checking_item",
                               "id bigint primary key, title text not null, rank checking_rank, "
                               "note text"};
        const auto text = sql<"select coalesce(note, '') from checking_item">();
        CHECK(sentences(must(verify(db, all_items, titles, select<&item::rank>(),
                                    text.reads().as<std::string>())))
                  .empty());
    }
    must(db.run(runtime("drop domain checking_rank")));
}
