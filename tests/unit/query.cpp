// SPDX-License-Identifier: MIT
// The door to queries, and that one shape is one object in the whole program.
#include <honeydue/query.hpp>

#include <catch2/catch_test_macros.hpp>

#include "texts.hpp"

/// In select.cpp: the same query, seen by another translation unit.
const char* text_seen_elsewhere();

namespace hd = honeydue;
using hd::col;

TEST_CASE("identical shapes share one text in the whole program", "[query]") {
    const auto query = hd::select<&task::task::id>().where(col<&task::task::title> == "a").limit(1);
    const auto other = hd::select<&task::task::id>().where(col<&task::task::title> == "b").limit(2);
    CHECK(query.make_statement().text().data() == text_seen_elsewhere());
    CHECK(other.make_statement().text().data() == text_seen_elsewhere());
}
