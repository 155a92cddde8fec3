// SPDX-License-Identifier: MIT
// Raw SQL on a real server: held to reading, refused in the wrong place before it leaves, and the
// reader's verdicts against the server's own view.
#include <honeydue/pool.hpp>
#include <honeydue/query.hpp>
#include <honeydue/sql.hpp>
#include <honeydue/trace.hpp>

#include <array>
#include <random>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "query_database.hpp"
#include "reference/reference.hpp"

using namespace honeydue;
using namespace honeydue::support;
using job = task::task;

namespace {

struct brief {
    honeydue::id<job> id{};
    std::string title;
};

}  // namespace

TEST_CASE("raw SQL gives scalars, tuples, structs and models", "[sql]") {
    auto on = opened_query_database();
    const auto byid = sql<"select id, title from task_task where id = $1">(id<job>{5});
    const auto row = must(byid.fetch_one<brief>(on));
    CHECK(row.id == id<job>{5});
    CHECK(must(byid.fetch_one<std::tuple<id<job>, std::string>>(on)) ==
          std::tuple{row.id, row.title});
    CHECK(must(sql<"select count(*) from task_task">().fetch_one<std::int64_t>(on)) > 30'000);
    CHECK(must(sql<"select * from task_task where id = $1">(id<job>{5}).fetch_one<job>(on)).title ==
          row.title);
    CHECK(must(sql<"select id from task_task where id < 0">().fetch_optional<id<job>>(on)) ==
          std::nullopt);
    CHECK(must(sql<"select id from task_task where id < 4 order by id">().fetch_all<id<job>>(on))
              .size() == 3);
}

TEST_CASE("raw SQL that says it reads is held to that by the server, in the same flight", "[sql]") {
    auto on = opened_query_database();
    const made_table table{on, "held_to_reading", "a int"};
    must(
        on.run(runtime("create or replace function writes_in_secret() returns int language sql as "
                       "'insert into held_to_reading values (1) returning a'")));
    const auto secret = sql<"select writes_in_secret()">();
    const round_trips counted;
    const auto refused = secret.reads().fetch_one<std::int32_t>(on);
    CHECK(counted.count() == 1);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().sqlstate() == "25006"_sqlstate);
    CHECK(must(sql<"select count(*) from held_to_reading">().fetch_one<std::int64_t>(on)) == 0);
    CHECK(must(secret.fetch_one<std::int32_t>(on)) == 1);
    CHECK(must(sql<"select current_setting('transaction_read_only')">().fetch_one<std::string>(
              on)) == "off");
    must(on.run(runtime("drop function writes_in_secret()")));
}

TEST_CASE("an unknown statement whose rows cannot be read may have run", "[sql]") {
    auto on = opened_query_database();
    const auto wrong = sql<"select 'x'::text">().fetch_one<std::int32_t>(on);
    CHECK(wrong.error().code() == errc::decode);
    CHECK(wrong.error().may_have_run());
    const auto two = sql<"select 1 union select 2">().fetch_one<std::int32_t>(on);
    CHECK(two.error().code() == errc::row_count);
    CHECK(two.error().may_have_run());
    CHECK_FALSE(
        sql<"select 'x'::text">().reads().fetch_one<std::int32_t>(on).error().may_have_run());
}

TEST_CASE("session state is allowed on a direct connection and refused by a pool", "[sql]") {
    auto on = opened_query_database();
    CHECK(sql<"set statement_timeout = 0">().execute(on));
    CHECK(sql<"select pg_advisory_lock(4711), pg_advisory_unlock(4711)">().execute(on));
    pool_config config;
    config.server = query_database();
    config.max_open = 1;
    config.min_idle = 1;
    auto db = must(pool::open(config));
    const round_trips counted;
    for (const char* text :
         {"set x.y = 1", "listen c", "select pg_advisory_lock(1)", "begin",
          "create temp table t (a int)", "call p()", "copy task_task to stdout"}) {
        CAPTURE(text);
        CHECK(execute(db, runtime(text)).error().code() == errc::refused);
    }
    CHECK(counted.count() == 0);
}

namespace {

/// Statements of a small grammar, among them every kind that leaves something in a session.
class generator {
public:
    explicit generator(unsigned seed) : random_{seed} {}

    std::string next() {
        std::string made = blanks() + pick(starts) + blanks();
        for (int parts = below(3); parts > 0; --parts)
            made += pick(middles) + blanks();
        return made + pick(ends);
    }

private:
    std::string pick(const std::vector<std::string>& from) {
        return from[static_cast<std::size_t>(below(static_cast<int>(from.size())))];
    }
    int below(int bound) { return static_cast<int>(random_() % static_cast<unsigned>(bound)); }
    std::string blanks() { return pick({" ", "\n", " /* set x = 1; */ ", " -- listen c\n", "\t"}); }

    static inline const std::vector<std::string> starts{
        "select 1",
        "select 'set x'",
        "select set_config('app.a', 'b', true)",
        "select set_config('app.a', 'b', false)",
        "SeLeCt SET_CONFIG('app.a', 'b', TRUE)",
        "select \"set_config\"('app.a', 'b', false)",
        "select pg_advisory_lock(7)",
        "select pg_advisory_xact_lock(7)",
        "select pg_try_advisory_lock_shared(7)",
        "set app.a = 'b'",
        "set session app.a = 'b'",
        "set local app.a = 'b'",
        "listen c",
        "LISTEN \"c\"",
        "notify c",
        "create temp table gen_t (a int)",
        "create table pg_temp.gen_t (a int)",
        "select 1 as a into temp gen_t",
        "select 1 as temp",
        "prepare gen_p as select 1",
        "declare gen_c cursor with hold for select 1",
        "declare gen_c cursor for select 1",
        "select $$set app.a = 'b'$$",
        "select E'a\\'; listen c; '",
        "values (1)",
        "with a as (select pg_advisory_lock(7)) select * from a",
        "with set_config (a) as (select 1) select a from set_config",
        "select pg_catalog.set_config('app.a', 'b', false)",
        "explain select pg_advisory_lock(7)",
        "explain (analyze) select pg_advisory_lock(7)",
        "show app.b",
        "reset app.a",
        "discard temp",
        "do $$ begin perform 1; end $$"};
    static inline const std::vector<std::string> middles{
        "",
        ", 2",
        ", 'listen'",
        ", set_config('app.c', 'd', true)",
        ", set_config('app.c', 'd', false)",
        "where true",
        "as b",
        ", (select set_config('app.c', 'd', $$false$$ = 'false'))",
        ", pg_backend_pid()",
        ", pg_try_advisory_lock(8)",
        "union all select 1",
        ", $$;$$",
        "limit 1"};
    static inline const std::vector<std::string> ends{"", ";", " ;", " -- end", "; /* end */"};

    std::minstd_rand random_;
};

/// What a statement left behind in its session.
constexpr std::string_view left_behind =
    "select (select count(*) from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()) "
    "+ "
    "(select count(*) from pg_listening_channels()) + (select count(*) from pg_cursors where name "
    "<> '') + (select "
    "count(*) from pg_prepared_statements where not from_sql or name <> '') + (select count(*) "
    "from "
    "pg_class where relnamespace = pg_my_temp_schema()) + (coalesce(current_setting('app.a', "
    "true), "
    "'') <> '')::int + (coalesce(current_setting('app.c', true), '') <> '')::int";

}  // namespace

TEST_CASE("what the reader calls harmless leaves nothing in a real session", "[sql]") {
    endpoint to = reach(test_environment::shared().postgres().as_user());
    auto on = must(connection::open(to));
    generator generated{20260601};
    int harmless = 0;
    int accepted = 0;
    int offending = 0;
    for (int i = 0; i < 2500; ++i) {
        const std::string text = generated.next();
        const auto reading = detail::read_sql(text);
        if (reading.fault != detail::sql_fault::none) continue;
        CAPTURE(text);
        // Sent whatever the verdict: only the harmless must leave nothing.
        const std::array<statement, 2> group{statement{text, {}, {}},
                                             statement{std::string{left_behind}, {}, {}}};
        const auto ran = on.run(std::span{group}.first(1));
        const auto left = must(fetch_one<std::int64_t>(on, group[1]));
        accepted += ran ? 1 : 0;
        if (reading.place() == place::anywhere) {
            ++harmless;
            CHECK(left == 0);
        }
        offending += left != 0 ? 1 : 0;
        if (left != 0) on = must(connection::open(to));
    }
    CHECK(harmless > 500);
    CHECK(accepted > 800);
    CHECK(offending > 200);
}

namespace {

/// Strings that have opened doors elsewhere, with what is made of them.
std::vector<std::string> injections() {
    const std::vector<std::string> seeds{"'",
                                         "''",
                                         "\"",
                                         "\\",
                                         "\\'",
                                         "';--",
                                         "'; drop table task_task; --",
                                         "' or '1'='1",
                                         "\" or \"1\"=\"1",
                                         "1; delete from auth_user",
                                         "$1",
                                         "$$",
                                         "$a$",
                                         "$a$ $a$",
                                         "%",
                                         "_",
                                         "%%",
                                         "\\%",
                                         "--",
                                         "/*",
                                         "*/",
                                         "/* */",
                                         ";",
                                         "' union select password from auth_user --",
                                         "\xc2\xbf'",
                                         "\xef\xbc\x87",
                                         "E'\\''",
                                         "U&'\\0027'",
                                         "N'x'",
                                         "\n'",
                                         "\r\n;",
                                         "\t",
                                         " ",
                                         "",
                                         "null",
                                         "NULL",
                                         "true",
                                         "default",
                                         "{",
                                         "}",
                                         "{\"a\",NULL}",
                                         "{}",
                                         "[1,2]",
                                         "(1,2)",
                                         "\xf0\x9f\x8f\xa0",
                                         "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x94\xa7",
                                         "\xe2\x80\xae",
                                         "\x01",
                                         "\x7f",
                                         "0x27",
                                         "' || pg_sleep(10) || '",
                                         "'; select pg_sleep(10); --",
                                         "current_user",
                                         "\\x27",
                                         "\\u0027",
                                         "&#39;",
                                         "%27"};
    std::vector<std::string> all = seeds;
    for (const std::string& one : seeds) {
        all.push_back("x" + one);
        all.push_back(one + one);
        all.push_back(std::string(50, '\'') + one);
    }
    return all;
}

}  // namespace

namespace injected {
struct row {
    honeydue::id<row> id{};
    std::string text;
    std::vector<std::string> list{};
    honeydue::jsonb data{"{}"};

    friend bool operator==(const row&, const row&) = default;
};
}  // namespace injected

TEST_CASE("no string is ever more than a value, through every place that takes one", "[sql]") {
    using injected::row;
    auto on = opened_query_database();
    const made_table table{
        on, "injected_row",
        "id bigint generated always as identity primary key, text text not null, "
        "list text[] not null, data jsonb not null"};
    const auto strings = injections();
    REQUIRE(strings.size() >= 200);
    const auto tables = [&] {
        return must(
            sql<"select count(*) from pg_class where relkind = 'r'">().fetch_one<std::int64_t>(on));
    };
    const std::int64_t before = tables();

    std::vector<row> rows;
    for (const std::string& one : strings)
        rows.push_back({.text = one, .list = {one, "x", one}});
    must(insert(rows).execute(on));
    const auto ordered = col<&row::id>.ascending();
    CHECK(must(select<&row::text>().order_by(ordered).fetch_all(on)) == strings);
    const auto lists = must(select<&row::list>().order_by(ordered).fetch_all(on));

    for (std::size_t i = 0; i < strings.size(); ++i) {
        const std::string& one = strings[i];
        CAPTURE(one);
        CHECK(lists[i] == rows[i].list);
        const auto texts = select<&row::text>();
        const auto all_are = [&](const auto& found) {
            if (!found || found->empty()) return false;
            return std::all_of(found->begin(), found->end(),
                               [&](const std::string& text) { return text == one; });
        };
        CHECK(all_are(texts.where(col<&row::text> == one).fetch_all(on)));
        CHECK(all_are(texts.where(col<&row::text>.in(std::vector{one})).fetch_all(on)));
        CHECK(all_are(texts.where(col<&row::text>.like(escape_like(one))).fetch_all(on)));
        CHECK(all_are(texts.where_if(true, col<&row::text> == one).fetch_all(on)));
        CHECK(all_are(texts.where(col<&row::text>.between(one, one)).fetch_all(on)));
        CHECK(must(select(concat(col<&row::text>, one)).limit(1).order_by(ordered).fetch_one(on)) ==
              strings[0] + one);
        CHECK(must(select(coalesce(nullif(col<&row::text>, strings[0]), one))
                       .order_by(ordered)
                       .limit(1)
                       .fetch_one(on)) == one);
        CHECK(must(sql<"select $1::text">(one).fetch_one<std::string>(on)) == one);
        CHECK(must(insert(row{.text = one}).fetch_one(on)).text == one);
    }
    for (const std::string& one : strings) {
        must(update<row>()
                 .set(col<& row::text> = one)
                 .where(col<&row::id> == id<row>{1})
                 .execute(on));
        CHECK(must(select<&row::text>().where(col<&row::id> == id<row>{1}).fetch_one(on)) == one);
    }
    CHECK(tables() == before);
}

TEST_CASE("ten megabytes of text and lists of 0, 1 and a million ids arrive", "[sql]") {
    auto on = opened_query_database();
    const std::string large(std::size_t{10} << 20, 'x');
    CHECK(must(sql<"select $1::text">(large).fetch_one<std::string>(on)) == large);
    CHECK(must(select(length(large)).from<auth::user>().limit(1).fetch_one(on)) == 10 << 20);
    std::vector<id<job>> ids;
    const auto among = [&] {
        return must(select(count()).from<job>().where(col<&job::id>.in(ids)).fetch_one(on));
    };
    CHECK(among() == 0);
    ids.push_back({1});
    CHECK(among() == 1);
    for (std::int64_t i = 2; i <= 1'000'000; ++i)
        ids.push_back({i});
    CHECK(among() == must(select(count()).from<job>().fetch_one(on)));
}
