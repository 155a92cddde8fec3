// SPDX-License-Identifier: MIT
// Go's durations.
#include <chrono>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "go_duration.hpp"

using namespace honeydue;
using namespace std::chrono_literals;

TEST_CASE("durations are read as Go reads them", "[pool]") {
    struct reading {
        const char* text;
        std::chrono::nanoseconds value;
    };
    // Of Go's own table, src/time/time_test.go.
    const auto one = GENERATE(values<reading>({
        {"0", 0s},
        {"5s", 5s},
        {"30s", 30s},
        {"1478s", 1478s},
        {"-5s", -5s},
        {"+5s", 5s},
        {"-0", 0s},
        {"+0", 0s},
        {"5.0s", 5s},
        {"5.6s", 5600ms},
        {"5.s", 5s},
        {".5s", 500ms},
        {"1.0s", 1s},
        {"1.00s", 1s},
        {"1.004s", 1004ms},
        {"1.0040s", 1004ms},
        {"100.00100s", 100'001ms},
        {"10ns", 10ns},
        {"11us", 11us},
        {"12\u00b5s", 12us},
        {"12\u03bcs", 12us},
        {"13ms", 13ms},
        {"14s", 14s},
        {"15m", 15min},
        {"16h", 16h},
        {"3h30m", 210min},
        {"10.5s4m", 4min + 10500ms},
        {"-2m3.4s", -(2min + 3400ms)},
        {"1h2m3s4ms5us6ns", 1h + 2min + 3s + 4ms + 5us + 6ns},
        {"39h9m14.425s", 39h + 9min + 14425ms},
        {"52763797000ns", 52763797000ns},
        {"0.3333333333333333333h", 20min},
        {"9007199254740993ns", 9007199254740993ns},
        {"9223372036854775807ns", 9223372036854775807ns},
        {"9223372036854775.807us", 9223372036854775807ns},
        {"9223372036s854ms775us807ns", 9223372036854775807ns},
        {"-9223372036854775807ns", -9223372036854775807ns},
        {"0.100000000000000000000h", 6min},
        {"0.830103483285477580700h", 49min + 48s + 372539827ns},
        {"1800s", 30min},
        {"0s", 0s},
        {"1h30m", 90min},
        {"1.5h", 90min},
        {"300ms", 300ms},
    }));
    CAPTURE(one.text);
    CHECK(parse_go_duration(one.text) == one.value);
}

TEST_CASE("what Go does not read as a duration is refused", "[pool]") {
    const auto* text = GENERATE(
        "", "3", "-", "s", ".", "-.", ".s", "+.s", "1d", " 5s", "5s ", "5 s", "1800", "30min",
        "1e3s", "9223372036854775810ns", "9223372036854775808ns", "-9223372036854775809ns",
        "9223372036854776us", "3000000h", "0x5s", "\x85\x85", "5S", "1h-30m");
    CAPTURE(text);
    CHECK_FALSE(parse_go_duration(text));
}
