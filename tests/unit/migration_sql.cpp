// SPDX-License-Identifier: MIT
// Cutting SQL text into statements.
#include "migration_sql.hpp"

#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

using namespace honeydue::detail;

namespace {

std::vector<std::string> pieces(std::string_view text) {
    std::vector<std::string> made;
    for (const sql_piece& piece : cut_statements(text).pieces)
        made.emplace_back(piece.text);
    return made;
}

using texts = std::vector<std::string>;

}  // namespace

TEST_CASE("statements are cut at semicolons, without them and without empty ones") {
    CHECK(pieces("select 1; select 2 ;; ; select 3") == texts{"select 1", "select 2", "select 3"});
    CHECK(pieces("").empty());
    CHECK(pieces(" -- only; a comment\n/* and; another */").empty());
}

TEST_CASE("comments around a statement are left out, and those inside stay") {
    CHECK(pieces("-- before\nselect /* ; */ 1 -- after\n;") == texts{"select /* ; */ 1"});
    CHECK(pieces("/* a /* nested ; */ ; */ select 1") == texts{"select 1"});
}

TEST_CASE("a comment that is never closed belongs to its statement, for the server refuses it") {
    CHECK(pieces("select 1 /* a;") == texts{"select 1 /* a;"});
    const sql_cut alone = cut_statements("select 1;\n/* a\nb");
    REQUIRE(alone.pieces.size() == 2);
    CHECK(alone.pieces[1].text == "/* a\nb");
    CHECK(alone.pieces[1].line == 1);
    CHECK(alone.pieces[1].last_line == 2);
}

TEST_CASE("a semicolon in a quote, an identifier or a dollar body does not cut") {
    for (const char* text :
         {"select 'a;''b;'", "select \"a;\"\"b\"", "select E'a\\';b'", "select $$a;$b$;$$",
          "select $t$a; $$ ; $u$ ; $t$", "select e'\\\\', ';'", "select a$b$c, ';', d$b$",
          "create rule r as on insert to t do (select 1; select 2)"}) {
        CAPTURE(text);
        CHECK(pieces(text) == texts{text});
        CHECK(cut_statements(text).open == sql_open::nothing);
    }
    CHECK(pieces("select '\\'; select ';'") == texts{"select '\\'", "select ';'"});
    CHECK(pieces("select $1; select $2") == texts{"select $1", "select $2"});
}

TEST_CASE("BEGIN ATOMIC keeps its statements together up to its END") {
    constexpr std::string_view body =
        "create or replace function f(a int) returns int begin atomic select 1; select case when a "
        "> 1 then 2 else 3 end; end";
    CHECK(pieces(std::string{body} + "; select 1") == texts{std::string{body}, "select 1"});
    CHECK(pieces("begin; select 1; end") == texts{"begin", "select 1", "end"});
}

TEST_CASE("what a text ends in the middle of is said, with the line it began on") {
    struct example {
        std::string_view text;
        sql_open open;
        std::size_t line;
    };
    for (const auto& [text, open, line] :
         {example{"select 1;\n'a\nb", sql_open::quote, 1},
          example{"select \"a", sql_open::identifier, 0},
          example{"\n\n/* /* */ ", sql_open::comment, 2},
          example{"as\n$x$ $$ ", sql_open::dollar_body, 1},
          example{"(\n", sql_open::parenthesis, 0},
          example{"create procedure p()\nbegin atomic select 1;", sql_open::atomic_body, 1}}) {
        CAPTURE(text);
        CHECK(cut_statements(text).open == open);
        CHECK(cut_statements(text).open_line == line);
    }
}

TEST_CASE("a piece knows the lines of its first and last token") {
    const sql_cut cut = cut_statements("-- c\n\nselect\n1\n; select 2");
    REQUIRE(cut.pieces.size() == 2);
    CHECK(cut.pieces[0].line == 2);
    CHECK(cut.pieces[0].last_line == 3);
    CHECK(cut.pieces[1].line == 4);
}
