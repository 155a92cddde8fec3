// SPDX-License-Identifier: MIT
// The wire proxy's judgement as dialogues.
#include "burst_counter.hpp"

#include <catch2/catch_test_macros.hpp>

using honeydue::support::burst_counter;

TEST_CASE("a burst that is answered is one round trip", "[burst_counter]") {
    burst_counter counter;
    counter.client_sent();
    CHECK(counter.round_trips() == 0);
    counter.client_was_answered();
    CHECK(counter.round_trips() == 1);
}

TEST_CASE("a burst written in pieces and answered in pieces is one round trip", "[burst_counter]") {
    burst_counter counter;
    counter.client_sent();
    counter.client_sent();
    counter.client_was_answered();
    counter.client_was_answered();
    counter.client_was_answered();
    CHECK(counter.round_trips() == 1);
}

TEST_CASE("each burst that waited for its answer counts", "[burst_counter]") {
    burst_counter counter;
    for (int exchange = 0; exchange < 5; ++exchange) {
        counter.client_sent();
        counter.client_was_answered();
    }
    CHECK(counter.round_trips() == 5);
}

TEST_CASE("a burst nobody answers does not count", "[burst_counter]") {
    burst_counter counter;
    counter.client_sent();
    counter.client_was_answered();
    counter.client_sent();
    CHECK(counter.round_trips() == 1);
}

TEST_CASE("a server that speaks unasked makes no round trip", "[burst_counter]") {
    burst_counter counter;
    counter.client_was_answered();
    CHECK(counter.round_trips() == 0);
}

TEST_CASE("a farewell to a client that has closed does not count", "[burst_counter]") {
    burst_counter counter;
    counter.client_sent();
    counter.client_closed();
    counter.client_was_answered();
    CHECK(counter.round_trips() == 0);
}

TEST_CASE("a reset counter still counts the burst under way", "[burst_counter]") {
    burst_counter counter;
    counter.client_sent();
    counter.client_was_answered();
    counter.client_sent();
    counter.reset();
    CHECK(counter.round_trips() == 0);
    counter.client_was_answered();
    CHECK(counter.round_trips() == 1);
}
