// SPDX-License-Identifier: MIT
// What is known of a transaction whose answer is lost, by what somebody else answers about it.
#include "commit_token.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "made_rows.hpp"

using namespace honeydue;
using namespace honeydue::test;
using namespace std::chrono_literals;

namespace {

/// Somebody who answers with one row of texts, or with none.
detail::ask_elsewhere answering(const std::vector<made_cell>& cells) {
    return [cells](const statement&, deadline) -> result<rows> {
        const std::vector<made_column> columns(std::max<std::size_t>(cells.size(), 1),
                                               {"known", oids::text});
        if (cells.empty()) return make_rows(columns, {});
        return make_rows(columns, {cells});
    };
}

/// So long ago that nobody is asked twice.
deadline long_ago() { return std::chrono::steady_clock::now() - 1h; }

outcome claimed(const std::vector<made_cell>& cells) {
    return detail::claim_commit_token(detail::new_commit_token(), long_ago(), answering(cells));
}

outcome looked_up(const std::vector<made_cell>& cells) {
    return detail::look_up_transaction({"7", "1.5", "00000001"}, long_ago(), answering(cells));
}

}  // namespace

TEST_CASE("a token is a random uuid, another each time", "[transaction]") {
    for (int i = 0; i < 100; ++i) {
        const std::string token = detail::new_commit_token();
        REQUIRE(token.size() == 36);
        CHECK(token[14] == '4');
        CHECK(std::string{"89ab"}.find(token[19]) != std::string::npos);
        CHECK(token != detail::new_commit_token());
    }
}

TEST_CASE("who finds the token's place free has taken it: the transaction did not run",
          "[transaction]") {
    CHECK(claimed({"true"}) == outcome::did_not_run);
    CHECK(claimed({"false"}) == outcome::ran);
}

TEST_CASE("an answer that says nothing of the token leaves it open what became of it",
          "[transaction]") {
    CHECK(claimed({}) == outcome::may_have_run);
    CHECK(claimed({made_cell{}}) == outcome::may_have_run);
}

TEST_CASE("a number that was aborted did not run, one in progress may yet", "[transaction]") {
    CHECK(looked_up({"aborted", "false"}) == outcome::did_not_run);
    CHECK(looked_up({"in progress", "false"}) == outcome::may_have_run);
    CHECK(looked_up({made_cell{}, "false"}) == outcome::may_have_run);
}

TEST_CASE("a number that was committed ran, unless it may have been given out again",
          "[transaction]") {
    CHECK(looked_up({"committed", "false"}) == outcome::ran);
    CHECK(looked_up({"committed", "true"}) == outcome::may_have_run);
    CHECK(looked_up({"committed", made_cell{}}) == outcome::may_have_run);
}
