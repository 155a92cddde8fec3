// SPDX-License-Identifier: MIT
// Our reading of migration files beside goose's own.
#include <cstdlib>
#include <string>

#include <catch2/catch_test_macros.hpp>

#include "goose_peer.hpp"
#include "made_folder.hpp"
#include "migration_file.hpp"
#include "sizes.hpp"

using namespace honeydue::support;
namespace detail = honeydue::detail;

namespace {

std::string ours(const std::string& text, detail::direction way) {
    const auto read = detail::read_migration(text, way, detail::reading::compatible);
    if (!read) return "refused: " + read.error().message;
    std::string told = read->in_transaction ? "in a transaction" : "without transaction";
    for (const auto& one : read->statements)
        told += "\n=== " + one.text;
    return told;
}

std::string theirs(goose_peer& goose, const std::string& text, std::string_view way) {
    std::string refused;
    const peer_statements read = goose.parse(way, text, refused);
    if (!refused.empty()) return "refused: " + refused;
    std::string told = read.in_transaction ? "in a transaction" : "without transaction";
    for (const std::string& one : read.texts)
        told += "\n=== " + one;
    return told;
}

}  // namespace

TEST_CASE("a file is read as goose reads it, in both directions", "[goose]") {
    const auto program = goose_peer::program();
    if (!program) SKIP("goose is not here: it needs Go 1.21 at scripts/setup");
    ::setenv("HD_NAME", "a name", 1);
    goose_peer goose{*program};
    const std::uint64_t first = first_seed();
    for (std::uint64_t seed = first; seed < first + parser_cases(); ++seed) {
        chance at{seed};
        const std::string text = made_text(at);
        CAPTURE(seed, text);
        REQUIRE(ours(text, detail::direction::up) == theirs(goose, text, "up"));
        REQUIRE(ours(text, detail::direction::down) == theirs(goose, text, "down"));
    }
}
