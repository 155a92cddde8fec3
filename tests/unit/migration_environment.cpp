// SPDX-License-Identifier: MIT
// Environment substitution in migrations.
#include "migration_environment.hpp"

#include <array>
#include <string>
#include <utility>

#include <catch2/catch_test_macros.hpp>

using namespace honeydue::detail;

namespace {

std::optional<std::string> variables(std::string_view name) {
    if (name == "NAME") return "value";
    if (name == "LONG") return "abcdefghij";
    if (name == "EMPTY") return "";
    if (name == "MONEY") return "$NAME";
    return std::nullopt;
}

std::string replaced(std::string_view line) {
    return substitute(line, variables).value_or("refused");
}

std::string refusal(std::string_view line) {
    const auto made = substitute(line, variables);
    return made ? "nothing" : made.error();
}

struct example {
    std::string_view line, expected;
};

}  // namespace

TEST_CASE("a name stands for its value, and for nothing when it is not set") {
    for (const auto& [line, expected] : std::array<example, 6>{{{"a $NAME b", "a value b"},
                                                                {"${NAME}x", "valuex"},
                                                                {"[$UNSET]", "[]"},
                                                                {"[${UNSET}]", "[]"},
                                                                {"$NAME$LONG", "valueabcdefghij"},
                                                                {"$MONEY", "$NAME"}}}) {
        CAPTURE(line);
        CHECK(replaced(line) == expected);
    }
}

TEST_CASE("a default stands in for what is unset, and with a colon for what is empty") {
    for (const auto& [line, expected] :
         std::array<example, 7>{{{"${UNSET:-d}", "d"},
                                 {"${EMPTY:-d}", "d"},
                                 {"${UNSET-d}", "d"},
                                 {"[${EMPTY-d}]", "[]"},
                                 {"${NAME:-d}", "value"},
                                 {"${UNSET:-a$NAME-${EMPTY:-b}}", "avalue-b"},
                                 {"${UNSET:-a\\}b}", "a\\b}"}}}) {
        CAPTURE(line);
        CHECK(replaced(line) == expected);
    }
}

TEST_CASE("a slice counts bytes, from the end when negative, and never leaves the value") {
    for (const auto& [line, expected] : std::array<example, 8>{{{"${LONG:2}", "cdefghij"},
                                                                {"${LONG:2:3}", "cde"},
                                                                {"${LONG: -3}", "hij"},
                                                                {"${LONG: -3:2}", "hi"},
                                                                {"${LONG:2:-4}", "cdef"},
                                                                {"[${LONG:9:-5}]", "[]"},
                                                                {"[${LONG:99}]", "[]"},
                                                                {"${LONG:0:99}", "abcdefghij"}}}) {
        CAPTURE(line);
        CHECK(replaced(line) == expected);
    }
}

TEST_CASE("a dollar sign is kept when escaped, before a parenthesis and at the end") {
    for (const auto& [line, expected] :
         std::array<example, 6>{{{"\\$NAME", "$NAME"},
                                 {"$$NAME", "$NAME"},
                                 {"\\\\$NAME", "\\\\value"},
                                 {"$(x)", "$(x)"},
                                 {"ends in $", "ends in $"},
                                 {"as $$ body $$", "as $ body $"}}}) {
        CAPTURE(line);
        CHECK(replaced(line) == expected);
    }
}

TEST_CASE("a required variable that is not set refuses the line") {
    CHECK(refusal("${UNSET?}") == "$UNSET: not set");
    CHECK(refusal("${UNSET?give $NAME}") == "$UNSET: give value");
    CHECK(refusal("${EMPTY?x}") == "nothing");
    CHECK(refusal("${NAME?${UNSET?inner}}") == "nothing");
    CHECK(refusal("${UNSET?${UNSET?inner}}") == "$UNSET: inner");
    CHECK(refusal("${NAME:-${UNSET?inner}}") == "nothing");
}

TEST_CASE("what the grammar does not have is refused, before any variable is") {
    CHECK(refusal("$1") == "Expected identifier to start with a letter, got 1");
    CHECK(refusal("${NAME+y}") == "Expected an operator, got +");
    CHECK(refusal("${NAME:-a") == "Expected brace expansion to end with }, got \xEF\xBF\xBD");
    CHECK(refusal("${LONG:x}") ==
          R"(Unable to parse offset: strconv.Atoi: parsing "x": invalid syntax)");
    CHECK(refusal("${LONG:1:}") ==
          R"(Unable to parse length: strconv.Atoi: parsing "": invalid syntax)");
    CHECK(refusal("${LONG:99999999999999999999}") ==
          R"(Unable to parse offset: strconv.Atoi: parsing "99999999999999999999": value out of )"
          "range");
    CHECK(refusal("${UNSET?first} $1") == "Expected identifier to start with a letter, got 1");
}

TEST_CASE("expressions nested without end are refused, not followed") {
    std::string line;
    for (int i = 0; i < 100'000; ++i)
        line += "${UNSET:-";
    CHECK(refusal(line) == "expressions are nested too deep");
}
