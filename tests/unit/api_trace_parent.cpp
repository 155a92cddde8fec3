// SPDX-License-Identifier: MIT
// The header traceparent, as W3C's Trace Context has it.
#include "api/trace_parent.hpp"

#include <string>

#include <catch2/catch_test_macros.hpp>

using api::read_trace_parent;

TEST_CASE("a traceparent names the trace and the span of the caller", "[trace_parent]") {
    const auto read = read_trace_parent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
    REQUIRE(read);
    CHECK(read->trace_id == "4bf92f3577b34da6a3ce929d0e0e4736");
    CHECK(read->parent_id == "00f067aa0ba902b7");
    CHECK(read_trace_parent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-ff"));
    // A later version may say more, behind a dash.
    CHECK(read_trace_parent("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"));
    CHECK(read_trace_parent("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what"));
}

TEST_CASE("what is no traceparent is ignored", "[trace_parent]") {
    const std::string good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    for (std::size_t length = 0; length < good.size(); ++length)
        CHECK_FALSE(read_trace_parent(good.substr(0, length)));
    for (const std::string& wrong :
         {good + "-", good + "0", " " + good, good + " ",
          std::string{"ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"},
          std::string{"0x-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"},
          std::string{"00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01"},
          std::string{"00-4bf92f3577b34da6a3ce929d0e0e4736-00F067AA0BA902B7-01"},
          std::string{"00-00000000000000000000000000000000-00f067aa0ba902b7-01"},
          std::string{"00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01"},
          std::string{"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0g"},
          std::string{"00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"},
          std::string{"00-4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7-01"},
          std::string{"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7_01"},
          std::string{"cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01.what"}}) {
        INFO(wrong);
        CHECK_FALSE(read_trace_parent(wrong));
    }
}
