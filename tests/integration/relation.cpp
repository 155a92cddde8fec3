// SPDX-License-Identifier: MIT
// What belongs to a row, read with it in one round trip, beside the same read one query after
// another; and what an error inside a record says.
#include <honeydue/enumeration.hpp>
#include <honeydue/query.hpp>
#include <honeydue/sql.hpp>
#include <honeydue/trace.hpp>

#include <algorithm>
#include <chrono>
#include <limits>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "query_database.hpp"
#include "reference/reference.hpp"
#include "wire_proxy.hpp"

using namespace honeydue;
using namespace honeydue::support;
using home = residence::residence;
using job = task::task;
using done = task::taskcompletion;
using account = auth::user;

namespace relating {

struct done_job {
    record<job> task;
    children<done> completions;
};

struct household {
    record<home> residence;
    record<account> owner;
    std::vector<record<done_job>> tasks;
    children<account> members;
    std::int64_t documents = 0;
    std::optional<numeric> spent;
};

struct assigned {
    id<job> task{};
    std::optional<record<account>> assignee;
};

struct first_jobs {
    id<home> residence{};
    children<job> tasks;
};

enum class mood { calm, cross };

struct parent {
    static constexpr table meta{.name = "relating_parent"};
    honeydue::id<parent> id{};
};
struct child {
    static constexpr table meta{.name = "relating_child"};
    honeydue::id<child> id{};
    foreign_key<parent> parent_id;
    std::int16_t small = 0;
    std::int32_t medium = 0;
    float single = 0;
    double twice = 0;
    bool flag = false;
    std::string words;
    std::string fixed;     ///< char(3)
    std::string domained;  ///< a domain over text
    mood feels = mood::calm;
    bytes raw;
    uuid key;
    date day;
    time_of_day hour;
    timestamptz moment;
    interval span;
    numeric price;
    jsonb document;
    std::vector<std::int32_t> numbers;
    std::vector<std::optional<std::string>> names;
    std::optional<std::string> absent;
};
struct family {
    honeydue::id<parent> id{};
    children<child> all;
};

}  // namespace relating

template <>
inline constexpr honeydue::enum_storage honeydue::storage_of<relating::mood>{.type =
                                                                                 "relating_mood"};

using relating::assigned;
using relating::done_job;
using relating::first_jobs;
using relating::household;

namespace {

template <class T>
bool same(const T& a, const T& b) {
    return detail::tie_members(a) == detail::tie_members(b);
}
template <class T>
bool same(const children<T>& related, const std::vector<T>& apart) {
    return std::ranges::equal(related, apart,
                              [](const record<T>& a, const T& b) { return same(a.value, b); });
}

const auto by_id = col<&job::id>.ascending();

auto households() {
    return select<household>(
        whole<home>(), with<&home::owner_id>(),
        with_many<&job::residence_id, done_job>(
            whole<job>(), with_many<&done::task_id>().order_by(col<&done::id>.ascending()))
            .order_by(by_id),
        with_many_through<&residence::users::residence_id, &residence::users::user_id>().order_by(
            col<&account::id>.ascending()),
        count_many<&documents::document::residence_id>(),
        total_many<&job::residence_id>(sum(col<&job::actual_cost>)));
}

/// The same, one query after another.
void check_apart(connection& db, const household& one) {
    const auto id = one.residence->id;
    CHECK(
        same(one.residence.value, must(select<home>().where(col<&home::id> == id).fetch_one(db))));
    CHECK(same(
        one.owner.value,
        must(select<account>()
                 .where(col<&account::id> == honeydue::id<account>{one.residence->owner_id.value})
                 .fetch_one(db))));
    const auto jobs =
        must(select<job>().where(col<&job::residence_id> == id).order_by(by_id).fetch_all(db));
    REQUIRE(one.tasks.size() == jobs.size());
    for (std::size_t i = 0; i < jobs.size(); ++i) {
        CHECK(same(one.tasks[i]->task.value, jobs[i]));
        CHECK(same(one.tasks[i]->completions, must(select<done>()
                                                       .where(col<&done::task_id> == jobs[i].id)
                                                       .order_by(col<&done::id>.ascending())
                                                       .fetch_all(db))));
    }
    CHECK(same(one.members, must(select<account>()
                                     .join<&residence::users::user_id>()
                                     .where(col<&residence::users::residence_id> == id)
                                     .order_by(col<&account::id>.ascending())
                                     .fetch_all(db))));
    CHECK(one.documents == must(select(count())
                                    .from<documents::document>()
                                    .where(col<&documents::document::residence_id> == id)
                                    .fetch_one(db)));
    CHECK(one.spent == must(select(sum(col<&job::actual_cost>))
                                .where(col<&job::residence_id> == id)
                                .fetch_one(db)));
}

}  // namespace

TEST_CASE("parents, children, theirs, and those through a join table come in one round trip",
          "[relation]") {
    auto db = opened_query_database();
    std::vector<id<home>> some;
    for (std::int64_t number = 1; number <= 2000; number += 53)
        some.push_back(id<home>{number});
    const round_trips counted;
    const auto found = must(households()
                                .where(col<&home::id>.in(some))
                                .order_by(col<&home::id>.ascending())
                                .fetch_all(db));
    CHECK(counted.count() == 1);
    REQUIRE(found.size() > 30);
    for (const household& one : found)
        check_apart(db, one);
    const auto has = [&](auto what) { return std::ranges::any_of(found, what); };
    CHECK(has([](const household& one) { return !one.members.empty(); }));
    CHECK(has([](const household& one) { return one.members.empty(); }));
    CHECK(has([](const household& one) {
        return std::ranges::any_of(one.tasks,
                                   [](const auto& task) { return task->completions.size() > 1; });
    }));
    CHECK(has([](const household& one) { return one.spent && one.documents > 0; }));
}

TEST_CASE("a relation is one round trip on the wire", "[relation]") {
    wire_proxy wire{query_database().port, {.rtt = std::chrono::milliseconds{20}}};
    auto db = must(connection::open(through(query_database(), wire.port())));
    const auto before = wire.round_trips();
    CHECK(must(households().where(col<&home::id> == id<home>{1}).fetch_all(db)).size() == 1);
    CHECK(wire.round_trips() - before == 1);
}

TEST_CASE("a parent that may be absent is, exactly where its key is NULL", "[relation]") {
    auto db = opened_query_database();
    const auto some = must(select<assigned>(col<&job::id>, with<&job::assigned_to_id>())
                               .order_by(by_id)
                               .limit(500)
                               .fetch_all(db));
    const auto jobs = must(select<job>().order_by(by_id).limit(500).fetch_all(db));
    REQUIRE(some.size() == jobs.size());
    std::size_t absent = 0;
    for (std::size_t i = 0; i < some.size(); ++i) {
        absent += some[i].assignee ? 0 : 1;
        CHECK(some[i].assignee.has_value() == jobs[i].assigned_to_id.has_value());
        if (some[i].assignee) CHECK((*some[i].assignee)->id.value == jobs[i].assigned_to_id->value);
    }
    CHECK(absent > 0);
    CHECK(absent < some.size());
}

TEST_CASE("a limit, an order and a condition are each parent's own", "[relation]") {
    auto db = opened_query_database();
    const auto latest = col<&job::id>.descending();
    const auto open = col<&job::status> != "completed";
    const auto homes = must(
        select<first_jobs>(col<&home::id>,
                           with_many<&job::residence_id>().where(open).order_by(latest).limit(3))
            .where(col<&home::id> <= id<home>{40})
            .fetch_all(db));
    REQUIRE(homes.size() == 40);
    for (const first_jobs& one : homes) {
        const auto apart = must(select<job>()
                                    .where(col<&job::residence_id> == one.residence && open)
                                    .order_by(latest)
                                    .limit(3)
                                    .fetch_all(db));
        CHECK(same(one.tasks, apart));
    }
    CHECK(std::ranges::count_if(homes, [](const auto& one) { return one.tasks.size() == 3; }) > 20);
}

TEST_CASE("a total is of the children a condition leaves, and loads none", "[relation]") {
    auto db = opened_query_database();
    const auto open = col<&job::status> != "completed";
    using totals = std::tuple<id<home>, std::int64_t, std::optional<numeric>>;
    const auto homes =
        must(select(col<&home::id>, count_many<&job::residence_id>().where(open),
                    total_many<&job::residence_id>(sum(col<&job::estimated_cost>)).where(open))
                 .where(col<&home::id> <= id<home>{20})
                 .order_by(col<&home::id>.ascending())
                 .fetch_all(db));
    REQUIRE(homes.size() == 20);
    std::int64_t all = 0;
    for (const totals& one : homes) {
        const auto [number, cost] =
            must(select(count(), sum(col<&job::estimated_cost>))
                     .from<job>()
                     .where(col<&job::residence_id> == std::get<0>(one) && open)
                     .fetch_one(db));
        CHECK(std::get<1>(one) == number);
        CHECK(std::get<2>(one) == cost);
        all += number;
    }
    CHECK(all > 0);
    CHECK(all < 20 * 20);
}

TEST_CASE("relations are read in together, too", "[relation]") {
    auto db = opened_query_database();
    const round_trips counted;
    const auto [homes, jobs] =
        must(together(db, households().limit(2), select<job>().order_by(by_id).limit(3)));
    CHECK(counted.count() == 1);
    CHECK(homes.size() == 2);
    CHECK(jobs.size() == 3);
}

TEST_CASE("a page that is a cte has its relations read with it, in one round trip", "[relation]") {
    auto db = opened_query_database();
    const auto page = cte<"page">(select<&home::id>()
                                      .where(col<&home::id> > id<home>{10})
                                      .order_by(col<&home::id>.ascending())
                                      .limit(5));
    const auto latest = col<&job::id>.descending();
    const round_trips counted;
    const auto homes =
        must(select<first_jobs>(col<&home::id>,
                                with_many<&job::residence_id>().order_by(latest).limit(2))
                 .with(page)
                 .join(page, page[col<&home::id>] == col<&home::id>)
                 .order_by(col<&home::id>.ascending())
                 .fetch_all(db));
    CHECK(counted.count() == 1);
    REQUIRE(homes.size() == 5);
    for (std::size_t i = 0; i < homes.size(); ++i) {
        CHECK(homes[i].residence == id<home>{11 + static_cast<std::int64_t>(i)});
        CHECK(same(homes[i].tasks, must(select<job>()
                                            .where(col<&job::residence_id> == homes[i].residence)
                                            .order_by(latest)
                                            .limit(2)
                                            .fetch_all(db))));
    }
}

namespace {

using relating::child;
using relating::family;
using relating::parent;

/// A parent without children, one with one of each type, and one with a thousand.
struct made_family {
    explicit made_family(connection& on) : db{on} {
        clear();
        for (const char* one :
             {"create type relating_mood as enum ('calm', 'cross')",
              "create domain relating_words as text check (value <> '')",
              "create table relating_parent (id bigint primary key)",
              "create table relating_child (id bigint primary key generated by default as "
              "identity, parent_id bigint not null references relating_parent, small smallint, "
              "medium integer, single real, twice double precision, flag boolean, words "
              "varchar(20), fixed char(3), domained relating_words, feels relating_mood, raw "
              "bytea, key uuid, day date, hour time, moment timestamptz, span interval, price "
              "numeric, document jsonb, numbers integer[], names text[], absent text)",
              "insert into relating_parent values (1), (2), (3)",
              "insert into relating_child select n, case when n = 1 then 2 else 3 end, 1, 2, 0.5, "
              "0.25, true, 'words', 'abc', 'domain', 'cross', '\\x00ff', "
              "'00000000-0000-0000-0000-0000000000ff', '2026-06-01', '12:30', '2026-06-01 "
              "00:00+00', '1 month 2 days', 12.50, '{\"a\": 1}', '{1,2}', '{a,null}', null "
              "from generate_series(1, 1001) n"})
            must(db.run(runtime(one)));
    }
    ~made_family() { clear(); }
    made_family(const made_family&) = delete;
    made_family& operator=(const made_family&) = delete;

    void clear() {
        for (const char* one :
             {"drop table if exists relating_child, relating_parent",
              "drop domain if exists relating_words", "drop type if exists relating_mood"})
            must(db.run(runtime(one)));
    }
    connection& db;
};

auto families() {
    return select<family>(col<&parent::id>,
                          with_many<&child::parent_id>().order_by(col<&child::id>.ascending()))
        .order_by(col<&parent::id>.ascending());
}

}  // namespace

TEST_CASE("every type is read inside a record, an enum and a domain too", "[relation]") {
    auto db = opened_query_database();
    const made_family tables{db};
    const auto all = must(families().fetch_all(db));
    REQUIRE(all.size() == 3);
    CHECK(all[0].all.empty());
    REQUIRE(all[1].all.size() == 1);
    CHECK(all[2].all.size() == 1000);
    CHECK(same(all[1].all,
               must(select<child>().where(col<&child::parent_id> == id<parent>{2}).fetch_all(db))));
    const child& one = *all[1].all[0];
    CHECK(one.feels == relating::mood::cross);
    CHECK(one.domained == "domain");
    CHECK(one.names == std::vector<std::optional<std::string>>{"a", std::nullopt});
    CHECK(one.numbers == std::vector<std::int32_t>{1, 2});
    CHECK_FALSE(one.absent);
}

TEST_CASE("an error inside a record names the place and the member", "[relation]") {
    auto db = opened_query_database();
    const made_family tables{db};
    const auto fails = [&](const char* change) {
        must(db.run(runtime(change)));
        const auto failed = families().fetch_all(db);
        REQUIRE_FALSE(failed);
        CHECK(failed.error().code() == errc::decode);
        return failed.error().message();
    };
    CHECK(fails("update relating_child set words = null where id = 12")
              .starts_with("relating::family: column all[10]::words of row 3 is NULL"));
    must(db.run(runtime("update relating_child set words = 'x'")));
    CHECK(fails("alter table relating_child alter medium type real")
              .starts_with("relating::family: column all[0]::medium of row 2 "));
}

TEST_CASE("an error names the member of the outermost and of the innermost struct", "[relation]") {
    auto db = opened_query_database();
    const auto failed = fetch_all<record<std::tuple<std::int32_t, record<assigned>>>>(
        db, runtime("select row(1, row(null::bigint, null::record))"));
    REQUIRE_FALSE(failed);
    CHECK(failed.error().message().find("::1::task of row 1") != std::string::npos);
}
