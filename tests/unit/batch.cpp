// SPDX-License-Identifier: MIT
// What is sent for a group that is a transaction, and what its answer means, without a server.
#include <honeydue/batch.hpp>

#include <chrono>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "transaction_link.hpp"

using namespace honeydue;
using namespace std::chrono_literals;

namespace {

std::vector<std::string> texts_of(const detail::atomic_group& group) {
    std::vector<std::string> texts;
    for (const statement& one : group.sent())
        texts.emplace_back(one.text());
    return texts;
}

detail::atomic_group framed(std::vector<statement> statements,
                            const transaction_options& options = {}) {
    auto made = detail::atomic_group::of(std::move(statements), options);
    REQUIRE(made);
    return std::move(*made);
}

using texts = std::vector<std::string>;

}  // namespace

TEST_CASE("a group of its own needs no BEGIN; one with options has BEGIN and COMMIT", "[batch]") {
    const std::vector<statement> two{runtime("update a set n = 1"), runtime("update b set n = 1")};
    CHECK(texts_of(framed(two)) == texts{"update a set n = 1", "update b set n = 1"});
    const transaction_options strict{.isolation = isolation::serializable,
                                     .access = access_mode::read_write};
    CHECK(texts_of(framed(two, strict)) == texts{"begin isolation level serializable read write",
                                                 "update a set n = 1", "update b set n = 1",
                                                 "commit"});
}

TEST_CASE("a DO block, which could say COMMIT, is only sent after a BEGIN", "[batch]") {
    for (const char* text : {"do $$ begin end $$", "  /* once */ DO 'begin end'"}) {
        CHECK(texts_of(framed({runtime(text)})) == texts{"begin", text, "commit"});
    }
    CHECK(texts_of(framed({runtime("select 1 as done")})).size() == 1);
}

TEST_CASE("a proof of commit is a statement more, and none where nothing can be written",
          "[batch]") {
    const std::vector<statement> one{runtime("update a set n = 1")};
    const auto proven = texts_of(framed(one, {.proof = commit_proof::token}));
    REQUIRE(proven.size() == 2);
    CHECK(proven.front() == "insert into honeydue_commit (token) values ($1)");
    const transaction_options reading{.access = access_mode::read_only,
                                      .proof = commit_proof::token};
    CHECK(texts_of(framed(one, reading)).size() == 3);
}

TEST_CASE("what ends a transaction behind its back is refused by its number and its text",
          "[batch]") {
    for (const char* text :
         {"commit", "ROLLBACK", "/* */ begin", "savepoint s", "release s", "call f()",
          "copy t from stdin", "end", "start transaction", "prepare transaction 'x'"}) {
        INFO(text);
        const auto made =
            detail::atomic_group::of({runtime("select 1"), runtime(text)}, transaction_options{});
        REQUIRE_FALSE(made);
        CHECK(made.error().code() == errc::refused);
        CHECK(made.error().statement() == 2);
        CHECK(made.error().message().find(text) != std::string::npos);
    }
}

TEST_CASE("an error is numbered as the caller counts, not as the wire does", "[batch]") {
    const auto group =
        framed({runtime("select 1"), runtime("select 2")}, {.isolation = isolation::serializable});
    const auto told = [&](std::size_t wire) {
        const error failure = error{errc::statement, "division by zero"}.at(wire);
        return group.answers(tl::unexpected{failure}).error().statement();
    };
    CHECK(told(1) == 0);
    CHECK(told(2) == 1);
    CHECK(told(3) == 2);
    CHECK(told(4) == 0);
}

TEST_CASE("a lost answer is settled by the token, and only by it", "[batch]") {
    const auto until = std::chrono::steady_clock::now() + 1s;
    const error lost{errc::connection_lost, "gone", outcome::may_have_run};
    int asked = 0;
    const detail::ask_elsewhere silent = [&](const statement&, deadline) -> result<rows> {
        ++asked;
        return fail(errc::connect, "nobody there");
    };
    const auto plain = framed({runtime("update a set n = 1")});
    CHECK(plain.settled(lost, until, silent).outcome() == outcome::may_have_run);
    CHECK(asked == 0);
    const auto proven = framed({runtime("update a set n = 1")}, {.proof = commit_proof::token});
    const error refused{errc::statement, "undone"};
    CHECK(proven.settled(refused, until, silent).outcome() == outcome::did_not_run);
    CHECK(asked == 0);
}

TEST_CASE("options out of range are refused by their name", "[batch]") {
    CHECK(transaction_options{}.check());
    CHECK_FALSE(transaction_options{.timeout = 0ms}.check());
    CHECK_FALSE(transaction_options{.timeout = 3'600'001ms}.check());
    CHECK_FALSE(transaction_options{.attempts = 101}.check());
}

TEST_CASE("a condition wraps its statement and keeps its values", "[batch]") {
    const auto checked = require(runtime("select $1::integer > 0", 5), "something");
    CHECK(checked.text().find("with checked (holds) as (select $1::integer > 0\n)") == 0);
    CHECK(checked.text().find("$2") != std::string_view::npos);
    CHECK(checked.parameters().size() == 2);
    CHECK(checked.types().size() == 2);
    CHECK(checked.types()[1] == oids::text);
}
