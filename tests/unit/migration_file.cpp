// SPDX-License-Identifier: MIT
// Reading goose's files: what is annotation, what is statement, and what is refused.
#include "migration_file.hpp"

#include <map>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

using namespace honeydue::detail;

namespace {

std::optional<std::string> variables(std::string_view name) {
    if (name == "NAME") return "value";
    if (name == "ENDS") return "a;";
    return std::nullopt;
}

std::vector<std::string> texts(const migration_parsed<migration_script>& read) {
    std::vector<std::string> made;
    for (const migration_statement& one : read.value().statements)
        made.push_back(one.text);
    return made;
}

using statements = std::vector<std::string>;

statements up(std::string_view text) { return texts(read_migration(text, direction::up)); }
statements down(std::string_view text) { return texts(read_migration(text, direction::down)); }

std::string refusal(std::string_view text, direction way = direction::up) {
    const auto read = read_migration(text, way);
    return read ? "nothing" : read.error().message;
}

migration_fault strictly(std::string_view text, direction way = direction::up) {
    const auto read = read_migration(text, way, reading::strict, variables);
    return read ? migration_fault{0, "nothing", ""} : read.error();
}

bool has(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a statement ends with the line whose last word ends in a semicolon") {
    CHECK(up("-- +goose Up\nselect 1;\nselect\n  2;\n") == statements{"select 1;", "select\n  2;"});
    CHECK(up("-- +goose Up\nselect 1; -- why\n") == statements{"select 1; -- why"});
    CHECK(up("-- +goose Up\nselect 1;-- why\nselect 2;\n") ==
          statements{"select 1;-- why\nselect 2;"});
    CHECK(up("-- +goose Up\nx;\xC2\xA0\n") == statements{"x;"});
    CHECK(up("-- +goose Up\n;\n") == statements{";"});
}

TEST_CASE("each direction gives the statements of its own section") {
    constexpr std::string_view file = "-- +goose Up\na;\n-- +goose Down\nb;\nc;\n";
    CHECK(up(file) == statements{"a;"});
    CHECK(down(file) == statements{"b;", "c;"});
    CHECK(down("-- +goose Up\na;\n").empty());
}

TEST_CASE("a statement remembers the line it begins on") {
    const auto read = read_migration("\n-- +goose Up\n-- note\na;\n\n \nb\n;\n", direction::up);
    REQUIRE(read);
    CHECK(read->statements == std::vector<migration_statement>{{"a;", 4}, {"b\n;", 7}});
}

TEST_CASE("a block is one statement whatever semicolons are in it") {
    constexpr std::string_view file =
        "-- +goose Up\n-- +goose StatementBegin\na;\n\n-- inner\nb;\n-- +goose StatementEnd\nc;\n";
    CHECK(up(file) == statements{"a;\n\n-- inner\nb;", "c;"});
}

TEST_CASE("an empty block eats the line after it, as in goose") {
    constexpr std::string_view file =
        "-- +goose Up\n-- +goose StatementBegin\n-- +goose StatementEnd\n"
        "create table lost();\nselect 1;\n";
    CHECK(up(file) == statements{"", "select 1;"});
    CHECK(has(strictly(file).message, "an empty block"));
    CHECK(strictly(file).line == 3);
}

TEST_CASE("annotations are known in any case and spacing goose knows them in") {
    for (const char* line : {"-- +goose Up", "--+goose up", "-- +gooseUP", "-- Up +goose",
                             "---- +goose Up ----", "-- +goose\tUp  ", "\xC2\xA0-- +goose Up"}) {
        CAPTURE(line);
        CHECK(up(std::string{line} + "\na;\n") == statements{"a;"});
    }
    CHECK(up("-- +goose Up\n-- +goose \xC5\xBFtatementBegin\na\n-- +goose StatementEnd\n") ==
          statements{"a"});
    CHECK(up("-- +goose Up\n-- +GOOSE Down\na;\n") == statements{"a;"});
}

TEST_CASE("what looks like an annotation and is none is refused in goose's words") {
    CHECK(refusal(" -- +goose Up\n") ==
          R"(failed to parse annotation line " -- +goose Up": " -- +goose Up" contains leading )"
          "whitespace: invalid annotation");
    CHECK(refusal("-- +goose\n") ==
          R"(failed to parse annotation line "-- +goose": empty annotation)");
    CHECK(refusal("--- +goose Up\n") ==
          R"(failed to parse annotation line "--- +goose Up": "-  Up" not supported: invalid )"
          "annotation");
    CHECK(has(refusal("-- +goose Up +goose Up\n"), "contains multiple '+goose' annotations"));
    CHECK(has(refusal("-- +goose Up;\n"), "not supported"));
    CHECK(has(refusal("-- +goose Up\na;\n-- see +goose docs\n"), "not supported"));
}

TEST_CASE("sections and blocks out of order are refused with the state goose names") {
    CHECK(has(refusal("-- +goose Up\n-- +goose Up\n"),
              "duplicate '-- +goose Up' annotations; "
              "stateMachine=1, see https://"));
    CHECK(has(refusal("-- +goose Down\n"),
              "must start with '-- +goose Up' annotation, "
              "stateMachine=0"));
    CHECK(has(refusal("-- +goose StatementBegin\n"), "must be defined after '-- +goose Up' or"));
    CHECK(has(refusal("-- +goose Up\n-- +goose StatementEnd\n"),
              "must be defined after '-- +goose StatementBegin'"));
    CHECK(has(refusal("-- +goose Up\n-- +goose StatementBegin\na;\n"),
              "missing '-- +goose StatementEnd' annotation"));
    CHECK(has(refusal(""), "must start with '-- +goose Up' annotation, see"));
    CHECK(has(refusal("/* c */\n-- +goose Up\n"), "unexpected state 0 on line \"/* c */\""));
}

TEST_CASE("a statement without its end is refused with its text") {
    constexpr std::string_view ending =
        "failed to parse migration: state 1, direction: up: unexpected unfinished SQL query: "
        "\"select 1\": missing semicolon?";
    CHECK(refusal("-- +goose Up\nselect 1\n") == ending);
    CHECK(refusal("-- +goose Up\nselect 1\n-- +goose Down\n") == ending);
    CHECK(refusal("-- +goose Up\nselect 1\n-- +goose Down\n", direction::down) == "nothing");
}

TEST_CASE("a line of blanks begins a statement, and an empty one does not") {
    CHECK(up("-- +goose Up\na;\n\n-- last\n") == statements{"a;"});
    const auto read = read_migration("-- +goose Up\na;\n  \n-- last\n", direction::up);
    REQUIRE_FALSE(read);
    CHECK(has(read.error().message, R"("-- last": missing semicolon?)"));
    CHECK(read.error().line == 3);
    CHECK(has(read.error().cure, "blanks"));
}

TEST_CASE("line ends are LF or CRLF, and the last line needs none") {
    CHECK(up("-- +goose Up\r\na\r\nb;\r\n") == statements{"a\nb;"});
    CHECK(up("-- +goose Up\r\na;") == statements{"a;"});
    CHECK(up("-- +goose Up\r\na;\r") == statements{"a;"});
}

TEST_CASE("a byte order mark is refused, and the cure says so") {
    const auto read = read_migration("\xEF\xBB\xBF-- +goose Up\na;\n", direction::up);
    REQUIRE_FALSE(read);
    CHECK(read.error().message ==
          "failed to parse migration: unexpected state 0 on line "
          "\"\\ufeff-- +goose Up\", see "
          "https://github.com/pressly/goose#sql-migrations");
    CHECK(has(read.error().cure, "byte order mark"));
}

TEST_CASE("a line with its end is at most 4 MiB long") {
    const std::string head = "-- +goose Up\n";
    const std::string line(migration_reader::longest_line - 2, 'x');
    CHECK(up(head + line + ";\n").front().size() == migration_reader::longest_line - 1);
    CHECK(up(head + line + ";").front().size() == migration_reader::longest_line - 1);
    CHECK(refusal(head + line + "x;\n") ==
          "failed to scan migration: bufio.Scanner: token too long");
    CHECK(refusal(head + line + ";\r\n") ==
          "failed to scan migration: bufio.Scanner: token too long");
}

TEST_CASE("how a file is cut into parts does not change what is read") {
    const std::string file =
        "-- +goose Up\r\n-- +goose StatementBegin\nä;\n-- +goose StatementEnd\nb\n;\n-- +goose "
        "Down\nc;";
    for (std::size_t size = 1; size < file.size(); ++size) {
        migration_reader reader{direction::up, reading::compatible, process_environment};
        for (std::size_t at = 0; at < file.size(); at += size) {
            REQUIRE(reader.feed(std::string_view{file}.substr(at, size)));
        }
        REQUIRE(reader.finish());
        CHECK(reader.take() == std::vector<migration_statement>{{"ä;", 3}, {"b\n;", 5}});
    }
}

TEST_CASE("NO TRANSACTION holds for both directions wherever it stands") {
    constexpr std::string_view file =
        "-- +goose Up\na;\n-- +goose Down\n-- +goose NO TRANSACTION\nb;\n";
    CHECK_FALSE(read_migration(file, direction::up)->in_transaction);
    CHECK_FALSE(read_migration(file, direction::down)->in_transaction);
    CHECK(read_migration("-- +goose Up\na;\n", direction::up)->in_transaction);
    CHECK(has(strictly(file).message, "NO TRANSACTION in the Down section"));
}

TEST_CASE("variables are replaced between ENVSUB ON and OFF, in both sections") {
    constexpr std::string_view file =
        "-- +goose Up\n$NAME;\n-- +goose ENVSUB ON\n$NAME;\n$ENDS\n-- +goose ENVSUB OFF\n$NAME;\n";
    CHECK(texts(read_migration(file, direction::up, reading::compatible, variables)) ==
          statements{"$NAME;", "value;", "a;", "$NAME;"});
    constexpr std::string_view other =
        "-- +goose ENVSUB ON\n-- +goose Up\na;\n-- +goose Down\n$1;\n";
    CHECK(refusal(other) ==
          "variable substitution failed: Expected identifier to start with a "
          "letter, got 1:\n$1;");
}

TEST_CASE("a strict reading refuses a semicolon inside a token that goose would split at") {
    CHECK(strictly("-- +goose Up\ninsert into t values ('a;\nb');\n").message ==
          "a line ends in a semicolon inside a quoted string");
    CHECK(strictly("-- +goose Up\n/* a;\n*/ select 1;\n").message ==
          "a line ends in a semicolon inside a block comment");
    const migration_fault body = strictly(
        "-- +goose Up\ncreate function f() returns int as $$\nbegin\nreturn 1;\nend $$ language "
        "plpgsql;\n");
    CHECK(body.message == "a line ends in a semicolon inside a dollar-quoted body");
    CHECK(body.line == 2);
    CHECK(has(body.cure, "StatementBegin"));
    CHECK(strictly("-- +goose Up\ncreate function f() returns int begin atomic\nselect 1;\nend;\n")
              .message == "a line ends in a semicolon inside a BEGIN ATOMIC body");
}

TEST_CASE("a strict reading refuses an end that goose does not see") {
    const migration_fault glued = strictly("-- +goose Up\nselect 1;-- c\nselect 2;\n");
    CHECK(has(glued.message, "does not see that a statement ends"));
    CHECK(glued.line == 2);
    CHECK(strictly("-- +goose Up\nselect 1; select 2;\n").message == "nothing");
}

TEST_CASE("a strict reading refuses what begins or ends a transaction") {
    for (const char* text : {"begin;", "COMMIT;", "start transaction;", "end;", "rollback;",
                             "/* c */ Abort;", "prepare transaction 'x';"}) {
        CAPTURE(text);
        CHECK(has(strictly(std::string{"-- +goose Up\n"} + text + "\n").message, "a transaction"));
    }
    for (const char* text : {"rollback to s;", "savepoint s;", "rollback work to s;"}) {
        CAPTURE(text);
        CHECK(strictly(std::string{"-- +goose Up\n"} + text + "\n").message == "nothing");
    }
}

TEST_CASE("a strict reading refuses an unfinished statement that a block would swallow") {
    CHECK(has(strictly("-- +goose Up\nselect 1\n-- +goose StatementBegin\nx;\n"
                       "-- +goose StatementEnd\n")
                  .message,
              "would become part of it"));
}

TEST_CASE("a file's version is the number before its first underscore") {
    CHECK(version_of("00001_init.sql") == 1);
    CHECK(version_of("+1_a.sql") == 1);
    CHECK(version_of("1_.sql") == 1);
    CHECK(version_of("1_2_x.b.sql") == 1);
    CHECK(version_of("9223372036854775807_a.sql") == 9223372036854775807);
    CHECK(version_of("a.txt").error() == "migration file does not have .sql or .go file extension");
    CHECK(version_of("schema.sql").error() == "no filename separator '_' found");
    CHECK(version_of("0_a.sql").error() == "migration version must be greater than zero");
    CHECK(version_of("-1_a.sql").error() == "migration version must be greater than zero");
    CHECK(version_of("x_a.sql").error() ==
          "failed to parse version from migration file: x_a.sql: "
          R"(strconv.ParseInt: parsing "x": invalid syntax)");
    CHECK(has(version_of("9223372036854775808_a.sql").error(), "value out of range"));
    for (const char* name : {"_a.sql", " 1_a.sql", "0x1_a.sql", "1.0_a.sql", "+-1_a.sql"}) {
        CAPTURE(name);
        CHECK(has(version_of(name).error(), "invalid syntax"));
    }
}
