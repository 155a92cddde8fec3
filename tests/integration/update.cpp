// SPDX-License-Identifier: MIT
// Updates and deletes on a real server, and the guard that undoes a wrong number of rows.
#include <honeydue/query.hpp>
#include <honeydue/trace.hpp>

#include <optional>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "query_database.hpp"

using namespace honeydue;
using namespace honeydue::support;

namespace ledger_of_updates {

struct owner {
    honeydue::id<owner> id{};
    std::string name;
};
struct entry {
    honeydue::id<entry> id{};
    honeydue::foreign_key<owner> owner_id;
    std::string title;
    std::optional<std::string> note{};
    std::int32_t amount = 7;

    friend bool operator==(const entry&, const entry&) = default;
};

}  // namespace ledger_of_updates

namespace {

using ledger_of_updates::entry;
using ledger_of_updates::owner;

struct tables {
    connection on = opened_query_database();
    made_table owners{on, "ledger_of_updates_owner",
                      "id bigint generated always as identity primary key, name text not null"};
    made_table entries{on, "ledger_of_updates_entry",
                       "id bigint generated always as identity primary key, owner_id bigint not "
                       "null, title text not null, note text, amount int not null default 7"};

    tables() {
        must(insert(std::vector<owner>{{.name = "ann"}, {.name = "bob"}}).execute(on));
        std::vector<entry> rows;
        for (std::int32_t i = 0; i < 6; ++i) {
            rows.push_back({.owner_id = foreign_key<owner>{1 + i % 2},
                            .title = "t" + std::to_string(i),
                            .note = "n",
                            .amount = i});
        }
        must(insert(rows).execute(on));
    }

    [[nodiscard]] std::vector<std::int32_t> amounts() {
        return must(select<&entry::amount>().order_by(col<&entry::id>.ascending()).fetch_all(on));
    }
};

using numbers = std::vector<std::int32_t>;

}  // namespace

TEST_CASE("update sets values, NULL, defaults and expressions", "[update]") {
    tables db;
    CHECK(must(update<entry>()
                   .set(col<& entry::amount> = col<&entry::amount> + 10,
                        col<& entry::note> = std::nullopt)
                   .where(col<&entry::owner_id> == id<owner>{1})
                   .execute(db.on)) == 3);
    CHECK(db.amounts() == numbers{10, 1, 12, 3, 14, 5});
    CHECK(must(select(count()).from<entry>().where(col<&entry::note>.is_null()).fetch_one(db.on)) ==
          3);
    CHECK(must(update<entry>().set(col<& entry::amount> = by_default).all().execute(db.on)) == 6);
    CHECK(db.amounts() == numbers{7, 7, 7, 7, 7, 7});
    CHECK(must(update<entry>()
                   .set(col<& entry::note> = std::optional<std::string>{})
                   .set_if(false, col<& entry::amount> = 100)
                   .where_if(false, col<&entry::id> == id<entry>{1})
                   .execute(db.on)) == 6);
    CHECK(db.amounts() == numbers{7, 7, 7, 7, 7, 7});
}

TEST_CASE("update from another table, and what returning gives", "[update]") {
    tables db;
    const auto renamed =
        update<entry>()
            .set(col<& entry::title> = col<&owner::name>)
            .from<owner>()
            .where(col<&owner::id> == col<&entry::owner_id> && col<&entry::amount> < 2)
            .returning<&entry::amount, &entry::title>();
    CHECK(must(renamed.fetch_all(db.on)) ==
          std::vector<std::tuple<std::int32_t, std::string>>{{0, "ann"}, {1, "bob"}});
    const entry whole = must(update<entry>()
                                 .set(col<& entry::amount> = 50)
                                 .where(col<&entry::id> == id<entry>{3})
                                 .fetch_one(db.on));
    CHECK(whole.amount == 50);
    CHECK(whole.title == "t2");
}

TEST_CASE("delete with a condition, with another table, and of everything", "[update]") {
    tables db;
    CHECK(must(delete_from<entry>().where(col<&entry::amount> == 0).execute(db.on)) == 1);
    CHECK(must(delete_from<entry>()
                   .from<owner>()
                   .where(col<&owner::id> == col<&entry::owner_id> && col<&owner::name> == "bob")
                   .returning<&entry::id>()
                   .fetch_all(db.on))
              .size() == 3);
    CHECK(must(delete_from<entry>().all().execute(db.on)) == 2);
}

TEST_CASE("a cte may write: rows are moved in one statement", "[update]") {
    tables db;
    const auto gone = cte<"gone">(
        delete_from<entry>().where(col<&entry::amount> >= 4).returning<&entry::title>());
    const auto titles = select(gone[col<&entry::title>])
                            .from(gone)
                            .with(gone)
                            .order_by(gone[col<&entry::title>].ascending());
    CHECK(titles.effect == effect::writes);
    CHECK(must(titles.fetch_all(db.on)) == std::vector<std::string>{"t4", "t5"});
    CHECK(db.amounts() == numbers{0, 1, 2, 3});
}

TEST_CASE("fetch_one on a write that meets another number of rows writes nothing", "[update]") {
    tables db;
    const auto change = update<entry>().set(col<& entry::amount> = 99);
    const round_trips counted;
    const auto three = change.where(col<&entry::owner_id> == id<owner>{1}).fetch_one(db.on);
    REQUIRE_FALSE(three);
    CHECK(three.error().code() == errc::row_count);
    CHECK(three.error().message() == "expected 1 row(s), got 3; nothing was written");
    const auto none = change.where(col<&entry::id> == id<entry>{1000}).fetch_one(db.on);
    CHECK(none.error().message() == "expected 1 row(s), got 0; nothing was written");
    const auto many = change.where(col<&entry::owner_id> == id<owner>{1}).fetch_optional(db.on);
    CHECK(many.error().message() == "expected at most 1 row(s), got 3; nothing was written");
    CHECK(counted.count() == 3);
    CHECK(db.amounts() == numbers{0, 1, 2, 3, 4, 5});
    CHECK(must(change.where(col<&entry::id> == id<entry>{1000}).fetch_optional(db.on)) ==
          std::nullopt);
}

TEST_CASE("require_rows holds a write to its number, 0 included", "[update]") {
    tables db;
    const auto gone = delete_from<entry>().where(col<&entry::owner_id> == id<owner>{2});
    CHECK(gone.require_rows(2).execute(db.on).error().code() == errc::row_count);
    CHECK(gone.require_rows(0).execute(db.on).error().message() ==
          "expected 0 row(s), got 3; nothing was written");
    CHECK(db.amounts().size() == 6);
    CHECK(must(gone.require_rows(3).execute(db.on)) == 3);
    CHECK(must(gone.require_rows(0).execute(db.on)) == 0);
    CHECK(db.amounts().size() == 3);
}
