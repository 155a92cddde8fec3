// SPDX-License-Identifier: MIT
// Golden folders: each folder of tests/golden is a case. input.sql is read for each direction it
// has an expectation for; up.strict.expected is the strict reading, which is compatible's when
// absent.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "migration_file.hpp"

using namespace honeydue::detail;
namespace fs = std::filesystem;

namespace {

std::string content(const fs::path& path) {
    std::ifstream from{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{from}, {}};
}

std::optional<std::string> golden_environment(std::string_view name) {
    if (name == "HONEYDUE_GOLDEN") return "golden";
    return std::nullopt;
}

std::string told(const std::string& input, direction way, reading how) {
    const auto read = read_migration(input, way, how, golden_environment);
    if (!read) {
        return "error at line " + std::to_string(read.error().line) + ": " + read.error().message +
               "\ncure: " + read.error().cure + "\n";
    }
    std::string made = read->in_transaction ? "" : "no transaction\n";
    for (const migration_statement& one : read->statements) {
        made += "=== line " + std::to_string(one.line) + "\n" + one.text + "\n";
    }
    return made;
}

}  // namespace

TEST_CASE("every golden folder reads as it is written down", "[migration][golden]") {
    std::vector<fs::path> cases;
    for (const auto& entry : fs::directory_iterator{HONEYDUE_SOURCE_DIR "/tests/golden"}) {
        if (entry.is_directory()) cases.push_back(entry.path());
    }
    std::sort(cases.begin(), cases.end());
    REQUIRE(cases.size() >= 10);
    for (const fs::path& folder : cases) {
        CAPTURE(folder.filename().string());
        const std::string input = content(folder / "input.sql");
        REQUIRE(fs::exists(folder / "up.expected"));
        REQUIRE(fs::exists(folder / "down.expected"));
        const std::string up = content(folder / "up.expected");
        CHECK(told(input, direction::up, reading::compatible) == up);
        CHECK(told(input, direction::down, reading::compatible) ==
              content(folder / "down.expected"));
        const fs::path strict = folder / "up.strict.expected";
        CHECK(told(input, direction::up, reading::strict) ==
              (fs::exists(strict) ? content(strict) : up));
    }
}
