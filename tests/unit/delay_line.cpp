// SPDX-License-Identifier: MIT
// The wire proxy's delay as dialogues.
#include "delay_line.hpp"

#include <catch2/catch_test_macros.hpp>

using honeydue::support::delay_line;
using std::chrono::milliseconds;

namespace {

delay_line::clock::time_point at(int time) {
    return delay_line::clock::time_point{} + milliseconds(time);
}

}  // namespace

TEST_CASE("bytes leave the delay line when they are due and not before", "[delay_line]") {
    delay_line line;
    line.push("hello", at(10));
    CHECK(line.due_bytes(at(9)).empty());
    CHECK(line.due_bytes(at(10)) == "hello");
    CHECK(line.next_due() == at(10));
}

TEST_CASE("bytes that left in part leave the rest next", "[delay_line]") {
    delay_line line;
    line.push("hello", at(1));
    line.push("world", at(2));
    line.take(2);
    CHECK(line.due_bytes(at(5)) == "llo");
    line.take(3);
    CHECK(line.due_bytes(at(5)) == "world");
    CHECK(line.buffered() == 5);
}

TEST_CASE("a shorter delay does not let bytes overtake", "[delay_line]") {
    delay_line line;
    line.push("first", at(100));
    line.push("second", at(5));
    line.take(5);
    CHECK(line.due_bytes(at(99)).empty());
    CHECK(line.due_bytes(at(100)) == "second");
}

TEST_CASE("the end comes after the last byte", "[delay_line]") {
    delay_line line;
    line.push("x", at(10));
    line.push_end(at(1));
    CHECK_FALSE(line.is_at_end(at(10)));
    line.take(1);
    CHECK_FALSE(line.is_at_end(at(9)));
    CHECK(line.next_due() == at(10));
    CHECK(line.is_at_end(at(10)));
}

TEST_CASE("an idle delay line has nothing due", "[delay_line]") {
    const delay_line line;
    CHECK_FALSE(line.next_due());
    CHECK_FALSE(line.is_at_end(at(1000)));
}

TEST_CASE("what is dropped never arrives", "[delay_line]") {
    delay_line line;
    line.push("lost", at(1));
    line.drop_everything();
    CHECK(line.due_bytes(at(5)).empty());
    CHECK(line.buffered() == 0);
}
