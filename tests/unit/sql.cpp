// SPDX-License-Identifier: MIT
// The reader of SQL: what is sound, where it may be sent, and what only looks like an offence.
#include <honeydue/sql.hpp>

#include <string>
#include <string_view>

#include <catch2/catch_test_macros.hpp>

#include "household.hpp"

namespace hd = honeydue;
using hd::place;
using hd::detail::read_sql;
using hd::detail::sql_fault;

namespace {

constexpr std::string_view innocent[] = {
    "select 1",
    "select 1;",
    "select 1 ; -- done",
    "/* a /* nested */ comment */ select 1",
    "-- set x = 1\nselect 1",
    "select 'set x = 1; listen y'",
    "select 'it''s; listen'",
    "select E'a\\'; listen b'",
    "select E'a'\n'\\'; listen'",
    "select U&'d\\0061t'",
    "select N'x', B'01', X'ff'",
    "select $$set x = 1; listen y$$",
    "select $body$ $$ ; $other$ $body$",
    "select \"listen; set\" from t",
    "select \"a\"\"b\" from t",
    "select listen from t",
    "select t.listen, t.load, t.prepare from t",
    "select load from discard",
    "select * from temp",
    "insert into temp values (1)",
    "insert into temp (a) values (1)",
    "insert into temp select 1",
    "with x as (insert into temp values (1) returning 1) select * from x",
    "merge into temp using s on s.id = temp.id when matched then do nothing",
    "update temp set a = 1",
    "delete from temp",
    "create table temp (a int)",
    "create table temporary (a int)",
    "create table if not exists set_config (a int)",
    "create table pg_advisory_lock (a int)",
    "create index on set_config (a)",
    "insert into set_config (a) values (1)",
    "select 1 from t join temp on true",
    "select temp from t",
    "select set from (select 1 as set) s",
    "select a as begin, b as commit from t",
    "select \"set_config\" from t",
    "select set_config from t",
    "select set_config('a', 'b', true)",
    "select set_config('a', $1, TRUE)",
    "select pg_catalog.set_config('a', 'b', true)",
    "select set_config('a', f(1, 2, false), true)",
    "select set_config(setting_name => 'a', new_value => 'b', is_local => true)",
    "select mine.set_config('a', 'b', false)",
    "select mine.pg_advisory_lock(1)",
    "select pg_advisory_xact_lock(1)",
    "select pg_try_advisory_xact_lock_shared(1)",
    "select pg_advisory_xact_lock(hashtext('pg_advisory_lock(1)'))",
    "with set_config (a) as (select 1) select a from set_config",
    "select a from f() as lastval (a)",
    "select * from t where x in (select execute from t)",
    "notify channel",
    "explain select 1",
    "explain (analyze, buffers) select 1",
    "values (1), (2)",
    "table t",
    "(select 1) union (select 2)",
    "((((((((((((((((select 1))))))))))))))))",
    "explain analyze verbose analyze verbose analyze verbose analyze verbose analyze verbose "
    "analyze "
    "verbose analyze verbose select 1",
    "truncate t",
    "analyze t",
    "do $$ begin perform 1; end $$",
    "create function f() returns int language sql as $$ select 1; $$",
    "create function f(int) returns int begin atomic select 1; select $1; end",
    "create function f() returns int begin atomic select case when true then 1 end; end",
    "create or replace procedure p() begin atomic select 1; select 2; end",
    "create rule r as on insert to t do also (select 1; select 2)",
    "create view v as select 1 as load",
    "alter table t set (fillfactor = 70)",
    "alter table t add column listen int",
    "alter role r set search_path = x",
    "update t set a = 1, b = 2 where id = $1",
    "with jobs as (select id from q for update skip locked limit 1) update q set a = 1",
    "select a$1 from t",
    "select 1.5e3, .5, 1",
    "select a -> 'b' ->> 'c', a @> $1, a ? 'b', a #>> '{a,b}' from t",
    "select '{}'::jsonb - $1, 5 - -3",
    "select array[1, 2][1], (array[1])[1:1]",
    "reindex table t",
    "cluster t",
    "refresh materialized view concurrently v",
    "select concurrently from t",
    "create index i on t (a)",
    "drop table t",
    "comment on table t is 'set x = 1'",
    "grant select on t to r",
    "select currval from t",
    "insert into t default values returning id",
    "select count(*) filter (where a) over (partition by b) from t",
};

struct offence {
    std::string_view text;
    hd::place where;
};
constexpr offence offences[] = {
    {"set x = 1", place::session},
    {"SET x TO 1", place::session},
    {"/* c */ sEt x = 1", place::session},
    {"set session x = 1", place::session},
    {"set session characteristics as transaction read only", place::session},
    {"set role r", place::session},
    {"set time zone 'UTC'", place::session},
    {"reset x", place::session},
    {"reset all", place::session},
    {"select set_config('a', 'b', false)", place::session},
    {"select set_config('a', 'b', $1)", place::session},
    {"select set_config('a', 'b', not true)", place::session},
    {"select set_config('a', 'b', 'true')", place::session},
    {"select pg_catalog.set_config('a', 'b', false)", place::session},
    {"select \"set_config\"('a', 'b', false)", place::session},
    {"select set_config/**/('a', 'b', false)", place::session},
    {"select SET_CONFIG('a', set_config('b', 'c', true), false)", place::session},
    {"select set_config('a', set_config('b', 'c', false), true)", place::session},
    {"select 1 where (select set_config('a', 'b', false)) is null", place::session},
    {"select 1 from t join s on pg_try_advisory_lock(1)", place::session},
    {"listen c", place::session},
    {"unlisten *", place::session},
    {"select pg_advisory_lock(1)", place::session},
    {"select pg_try_advisory_lock_shared(1, 2)", place::session},
    {"select pg_advisory_unlock_all()", place::session},
    {"select pg_catalog.pg_advisory_unlock(1)", place::session},
    {"select * from pg_advisory_lock(1)", place::session},
    {"prepare s as select $1", place::session},
    {"execute s(1)", place::session},
    {"explain analyze execute s", place::session},
    {"deallocate all", place::session},
    {"discard all", place::session},
    {"load 'x'", place::session},
    {"create temp table t (a int)", place::session},
    {"create temporary table t (a int)", place::session},
    {"create local temp table t as select 1", place::session},
    {"create or replace temp view v as select 1", place::session},
    {"create temp sequence s", place::session},
    {"create table pg_temp.t (a int)", place::session},
    {"create function pg_temp.f() returns int language sql as 'select 1'", place::session},
    {"select 1 into temp t", place::session},
    {"select 1 into temp customers from s", place::session},
    {"select 1 into temporary table t from s", place::session},
    {"select 1 into temp \"Q\" from s", place::session},
    {"with x as (insert into a values (1) returning 1) select 1 into temp y from x",
     place::session},
    {"declare c cursor with hold for select 1", place::session},
    {"select lastval()", place::session},
    {"select currval('s')", place::session},
    {"insert into t values (currval('s'))", place::session},
    {"select U&\"set\\005fconfig\"('a', 'b', false)", place::session},
    {"begin", place::session},
    {"START TRANSACTION", place::session},
    {"commit", place::session},
    {"end", place::session},
    {"rollback to savepoint s", place::session},
    {"abort", place::session},
    {"savepoint s", place::session},
    {"release s", place::session},
    {"prepare transaction 'x'", place::session},
    {"call p()", place::session},
    {"copy t to stdout", place::session},
    {"set local x = 1", place::in_transaction},
    {"set transaction read only", place::in_transaction},
    {"set constraints all deferred", place::in_transaction},
    {"create temp table t (a int) on commit drop", place::in_transaction},
    {"declare c cursor for select 1", place::in_transaction},
    {"fetch 1 from c", place::in_transaction},
    {"close c", place::in_transaction},
    {"lock table t", place::in_transaction},
    {"select 1 from t for update", place::in_transaction},
    {"select 1 from t for no key update skip locked", place::in_transaction},
    {"select 1 from t for share of t nowait", place::in_transaction},
    {"vacuum", place::alone},
    {"vacuum (analyze) t", place::alone},
    {"create index concurrently i on t (a)", place::alone},
    {"create unique index concurrently if not exists i on t (a)", place::alone},
    {"drop index concurrently i", place::alone},
    {"reindex index concurrently i", place::alone},
    {"reindex database d", place::alone},
    {"create database d", place::alone},
    {"drop database d", place::alone},
    {"create tablespace t location '/x'", place::alone},
    {"alter system set x = 1", place::alone},
    {"alter table t detach partition p concurrently", place::alone},
    {"commit prepared 'x'", place::alone},
    {"cluster", place::alone},
    {"create subscription s connection '' publication p", place::alone},
};

struct broken {
    std::string_view text;
    sql_fault fault;
};
constexpr broken faults[] = {
    {"", sql_fault::no_statement},
    {"-- nothing", sql_fault::no_statement},
    {"select 'a", sql_fault::open_text},
    {"select 'a''", sql_fault::open_text},
    {"select E'a\\'", sql_fault::open_text},
    {"select \"a", sql_fault::open_name},
    {"select $$a", sql_fault::open_dollar_quote},
    {"select $a$ $b$ $$", sql_fault::open_dollar_quote},
    {"select /* /* */ 1", sql_fault::open_comment},
    {"select (1", sql_fault::parentheses},
    {"select 1)", sql_fault::parentheses},
    {"((((((((((((((((((((", sql_fault::parentheses},  // found by the fuzzer: it looped
    {"select 1; select 2", sql_fault::several_statements},
    {"select 1;; select 2", sql_fault::several_statements},
    {"select $2", sql_fault::parameter_gap},
    {"select $1, $3", sql_fault::parameter_gap},
    {"select $0", sql_fault::parameter_gap},
};

template <hd::detail::fixed_text Text>
constexpr place place_at_compile_time = read_sql(Text.view()).place();

}  // namespace

static_assert(std::size(innocent) >= 60);
static_assert(place_at_compile_time<"select 1"> == place::anywhere);
static_assert(place_at_compile_time<"listen x"> == place::session);
static_assert(read_sql("select $1, $2, $1").parameters == 2);
static_assert(read_sql("select '$1', \"$2\", $$ $3 $$, a$4 -- $5").parameters == 0);
static_assert(read_sql("prepare s as select $1").parameters == 0);
static_assert(read_sql("insert into t values (1)").does == hd::effect::writes);
static_assert(read_sql("with x as (delete from t returning 1) select 1").does ==
              hd::effect::writes);
static_assert(read_sql("select nextval('s')").does == hd::effect::writes);
static_assert(read_sql("select 1 from t for update").does == hd::effect::writes);
static_assert(read_sql("select 1").does == hd::effect::unknown);

TEST_CASE("what only looks like an offence may be sent anywhere", "[sql]") {
    for (const std::string_view text : innocent) {
        CAPTURE(text);
        CHECK(read_sql(text).fault == sql_fault::none);
        CHECK(read_sql(text).place() == place::anywhere);
    }
}

TEST_CASE("what a shared session would break has its place", "[sql]") {
    for (const auto& [text, where] : offences) {
        CAPTURE(text);
        CHECK(read_sql(text).fault == sql_fault::none);
        CHECK(read_sql(text).place() == where);
        CHECK_FALSE(hd::detail::describe(read_sql(text).what).empty());
    }
}

TEST_CASE("a text that is no sound statement says why", "[sql]") {
    for (const auto& [text, fault] : faults) {
        CAPTURE(text);
        CHECK(read_sql(text).fault == fault);
    }
}

TEST_CASE("sql<> makes a statement of its text and arguments", "[sql]") {
    const auto query = hd::sql<"select id from task_task where title = $1 and id > $2">(
        "x", hd::id<task::task>{7});
    CHECK(query.make_statement().text() == "select id from task_task where title = $1 and id > $2");
    CHECK(query.make_statement().parameters().size() == 2);
    CHECK(query.make_statement().types()[0] == hd::oids::inferred);
    CHECK(query.make_statement().types()[1] == hd::oids::int8);
    CHECK(query.make_statement().effect() == hd::effect::unknown);
    CHECK(query.reads().make_statement().effect() == hd::effect::reads);
    CHECK(query.make_statement().check());
}

TEST_CASE("runtime reads its text when the program runs", "[sql]") {
    CHECK(hd::runtime("listen x").place() == place::session);
    CHECK(hd::runtime("vacuum").place() == place::alone);
    CHECK(hd::runtime("delete from t").effect() == hd::effect::writes);
    CHECK(hd::runtime("select 1; select 2").check().error().code() == hd::errc::refused);
    CHECK(hd::runtime("select $1, $2", 1).check().error().message() ==
          "the statement's text has placeholders up to $2, and 1 values were given");
    CHECK(hd::runtime("select 1", 1).check().error().code() == hd::errc::refused);
    CHECK(hd::runtime("select $1", 1).check());
}

TEST_CASE("eight KiB of SQL are read while compiling", "[sql]") {
    static constexpr auto large = [] {
        std::array<char, 8192> text{};
        constexpr std::string_view unit = "select a.id, f(b.name) from t where x = 'text' -- c\n";
        for (std::size_t i = 0; i < text.size(); ++i)
            text[i] = unit[i % unit.size()];
        for (std::size_t i = text.size() - 60; i < text.size(); ++i)
            text[i] = ' ';
        return text;
    }();
    static constexpr auto reading = read_sql({large.data(), large.size()});
    static_assert(reading.place() == place::anywhere);
    CHECK(reading.fault == read_sql({large.data(), large.size()}).fault);
}
