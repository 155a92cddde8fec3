// SPDX-License-Identifier: MIT
// The verdicts of warm-up.
#include <chrono>
#include <string>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "warm_up.hpp"

using namespace honeydue;
using namespace std::chrono_literals;

TEST_CASE("a warm-up is warm when all are there", "[pool]") {
    const warm_up::time_point start{1h};
    warm_up warming{2, start, 10s};
    warming.dialled(start + 1s);
    CHECK(warming.look(start + 1s) == warm_up::verdict::goes_on);
    warming.dialled(start + 2s);
    CHECK(warming.look(start + 2s) == warm_up::verdict::warm);
    CHECK(warming.report() == "requested=2 warmed=2 failed=0 first_ms=1000 all_ms=2000");
}

TEST_CASE("a warm-up with some failures is partly warm, and says why", "[pool]") {
    const warm_up::time_point start{1h};
    warm_up warming{3, start, 10s};
    warming.dialled(start + 1s);
    warming.failed({errc::connect, "cannot reach a:1"});
    CHECK(warming.look(start + 1s) == warm_up::verdict::goes_on);
    warming.dialled(start + 1s);
    CHECK(warming.look(start + 1s) == warm_up::verdict::partly);
    CHECK(warming.report().find("requested=3 warmed=2") != std::string::npos);
    CHECK(warming.report().find("cannot reach a:1") != std::string::npos);
}

TEST_CASE("a warm-up goes on while a server may still come up, until its time is over", "[pool]") {
    const warm_up::time_point start{1h};
    warm_up warming{1, start, 10s};
    for (int i = 0; i < 5; ++i)
        warming.failed({errc::connect, "cannot reach a:1"});
    CHECK(warming.look(start + 9s) == warm_up::verdict::goes_on);
    CHECK(warming.look(start + 10s) == warm_up::verdict::failed);
}

TEST_CASE("a permanent failure ends a warm-up at once, and is the one reported", "[pool]") {
    const warm_up::time_point start{1h};
    const errc code = GENERATE(errc::authentication, errc::tls, errc::configuration);
    warm_up warming{20, start, 10s};
    warming.dialled(start);
    warming.failed({code, "for good"});
    warming.failed({errc::connect, "cannot reach a:1"});
    CHECK(warming.look(start) == warm_up::verdict::failed);
    CHECK(warming.why()->message() == "for good");
}
