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

TEST_CASE("of failures that waiting may cure the last one is reported, where one is missing",
          "[pool]") {
    const warm_up::time_point start{1h};
    warm_up warming{1, start, 10s};
    warming.failed({errc::connect, "cannot reach a:1"});
    warming.failed({errc::connect, "cannot reach b:1"});
    CHECK(warming.why()->message() == "cannot reach b:1");
    CHECK(warming.report() == "requested=1 warmed=0 failed=2 first_ms=0 all_ms=0 last_error=[" +
                                  explain(*warming.why()) + "]");
    warming.dialled(start + 3s);
    CHECK(warming.report() == "requested=1 warmed=1 failed=2 first_ms=3000 all_ms=3000");
}

TEST_CASE("a name that does not exist ends a warm-up, a name service that is away does not",
          "[pool]") {
    CHECK(is_permanent({errc::resolve, "a.example has no address"}));
    CHECK_FALSE(is_permanent({errc::resolve, "the name service cannot be reached"}));
    CHECK_FALSE(is_permanent({errc::connect, "cannot reach a:1"}));
}

TEST_CASE("a pool that has all its connections is warm, whatever another dial met", "[pool]") {
    const warm_up::time_point start{1h};
    warm_up warming{1, start, 10s};
    warming.failed({errc::authentication, "for good"});
    warming.dialled(start);
    CHECK(warming.look(start) == warm_up::verdict::warm);
}
