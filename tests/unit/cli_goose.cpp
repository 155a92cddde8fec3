// SPDX-License-Identifier: MIT
// The goose program's command line, names and lines, without a database.
#include "goose.hpp"
#include "goose_commands.hpp"
#include "goose_files.hpp"

#include <map>

#include <catch2/catch_test_macros.hpp>

using namespace cli;

namespace {

struct said {
    int code = 0;
    std::string out, err, log;
};

said run(const std::vector<std::string>& arguments,
         const std::map<std::string, std::string>& set = {}) {
    said all;
    all.code = run_goose(arguments, {[&](std::string_view text) { all.out += text; },
                                     [&](std::string_view text) { all.err += text; },
                                     [&](std::string_view line) { all.log += line; },
                                     [&](const std::string& name) -> std::optional<std::string> {
                                         const auto found = set.find(name);
                                         if (found == set.end()) return std::nullopt;
                                         return found->second;
                                     }});
    return all;
}

}  // namespace

TEST_CASE("goose's flags stand before, between and after the words") {
    const std::vector<std::string> given{"-dir", "m", "postgres", "--v", "x", "up", "-s=false"};
    const auto parsed = parse_goose_flags(given);
    REQUIRE_FALSE(parsed.fault);
    CHECK(parsed.flags.folder == "m");
    CHECK(parsed.flags.is_verbose);
    CHECK_FALSE(parsed.flags.is_sequential);
    CHECK(parsed.flags.words == std::vector<std::string>{"postgres", "x", "up"});
}

TEST_CASE("two dashes do not stop goose's flags, so a negative number is an unknown one") {
    CHECK(parse_goose_flags(std::vector<std::string>{"up", "-dir", "m", "--", "-v"})
              .flags.is_verbose);
    const said refused = run({"postgres", "x", "down-to", "-5"});
    CHECK(refused.code == 2);
    CHECK(refused.err.starts_with("flag provided but not defined: -5\n"));
}

TEST_CASE("a flag goose refuses exits 2 with its words, help exits 0, nothing exits 1") {
    CHECK(run({"-timeout", "1"})
              .err.starts_with("invalid value \"1\" for flag -timeout: parse error\n"));
    CHECK(run({"-v=maybe"}).err.starts_with("invalid boolean value \"maybe\" for -v: parse error"));
    CHECK(run({"-dir"}).err.starts_with("flag needs an argument: -dir"));
    CHECK(run({"-env", "none"}).code == 2);
    CHECK(run({"-h"}).code == 0);
    CHECK(run({"--help"}).code == 0);
    CHECK(run({}).code == 1);
    CHECK(run({"version"}).code == 1);
    CHECK(run({}).out.starts_with("Usage: goose [OPTIONS] DRIVER DBSTRING COMMAND\n"));
}

TEST_CASE("the version is that of the goose whose words are spoken") {
    CHECK(run({"-version", "whatever"}).out == "goose version: v3.22.1\n");
    CHECK(run({"--goose-version", "3.27", "-version"}).out == "goose version: v3.27.3\n");
}

TEST_CASE("GOOSE_DRIVER and GOOSE_DBSTRING go in front of the words") {
    const said shifted =
        run({"postgres", "x", "up"}, {{"GOOSE_DRIVER", "postgres"}, {"GOOSE_DBSTRING", "y"}});
    CHECK(shifted.log == "goose run: \"postgres\": no such command");
    CHECK(shifted.code == 1);
}

TEST_CASE("a command that is none, or lacks its version, is refused in goose's words") {
    CHECK(run({"postgres", "x", "validate"}).log == "goose run: \"validate\": no such command");
    CHECK(run({"postgres", "x", "up-to"}).log ==
          "goose run: up-to must be of form: goose [OPTIONS] DRIVER DBSTRING up-to VERSION");
    CHECK(run({"--goose-version=3.27", "-env=none", "postgres", "x", "up-to"}).log ==
          "goose run: up-to must be of form: goose DRIVER DBSTRING [OPTIONS] up-to VERSION");
    CHECK(run({"postgres", "x", "down-to", "x1"}).log ==
          "goose run: version must be a number (got 'x1')");
    CHECK(
        run({"create"}).log ==
        "goose run: create must be of form: goose [OPTIONS] DRIVER DBSTRING create NAME [go|sql]");
}

TEST_CASE("another driver is refused, and the password in DBSTRING is not repeated") {
    const said refused = run({"mysql", "user:secret@/db", "up"});
    CHECK(refused.code == 1);
    CHECK(refused.log.find("secret") == std::string::npos);
}

TEST_CASE("goose env lists its variables, quoted") {
    CHECK(run({"env"}, {{"GOOSE_DRIVER", "a\"b"}}).out ==
          "GOOSE_DRIVER=\"a\\\"b\"\nGOOSE_DBSTRING=\"\"\nGOOSE_MIGRATION_DIR=\".\"\n"
          "NO_COLOR=\"false\"\n");
}

TEST_CASE("a new file's name follows goose's rule, one trailing blank and two") {
    CHECK(goose_snake_case("trail-") == "trail_");
    CHECK(goose_snake_case("trail--") == "trail");
    CHECK(goose_snake_case("CamelCase") == "camelcase");
    CHECK(goose_snake_case("$()&^%(_--crazy__--input$)") == "crazy_input");
    CHECK(goose_snake_case("") == "");
}

TEST_CASE("a duration is rounded and written as goose does") {
    using std::chrono::nanoseconds;
    CHECK(goose_duration(nanoseconds{999}) == "999ns");
    CHECK(goose_duration(nanoseconds{123'456}) == "123.46µs");
    CHECK(goose_duration(nanoseconds{12'345'678}) == "12.35ms");
    CHECK(goose_duration(nanoseconds{1'234'567'890}) == "1.23s");
    CHECK(goose_duration(nanoseconds{61'230'000'000}) == "1m1.23s");
    CHECK(goose_duration(nanoseconds{3'600'000'000'000}) == "1h0m0s");
}

TEST_CASE("the time of a status line is Go's ANSIC") {
    CHECK(goose_time("2026-06-01 07:08:09.500000") == "Mon Jun  1 07:08:09 2026");
}
