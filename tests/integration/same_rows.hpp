// SPDX-License-Identifier: MIT
// A typed query beside the same one written by hand.
#pragma once

#include <string>

#include <catch2/catch_test_macros.hpp>

#include <honeydue/query.hpp>

#include "query_database.hpp"

namespace honeydue::support {

/// What `query` answers is what the hand-written text does.
template <class Query, class... Values>
void check_same(const Query& query, const std::string& by_hand, const Values&... values) {
    auto on = opened_query_database();
    const auto ours = query.fetch_all(on);
    CAPTURE(Query::text(), by_hand, ours ? std::string{} : explain(ours.error()));
    REQUIRE(ours);
    CHECK_FALSE(ours->empty());
    const auto theirs = fetch_all<typename Query::row>(on, runtime(by_hand, values...));
    REQUIRE(theirs);
    CHECK(*ours == *theirs);
}

}  // namespace honeydue::support
