// SPDX-License-Identifier: MIT
// What is sent for a group that is a transaction, and what its answer means, without a server.
#include <honeydue/batch.hpp>

#include <chrono>
#include <span>
#include <string>
#include <string_view>
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

/// Answers each statement with nothing.
struct open_transaction {
    static void verdict() {}
    static result<std::vector<rows>> run(std::span<const statement> group, const sending& = {}) {
        return std::vector<rows>(group.size());
    }
};

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
    CHECK(texts_of(framed({runtime("do $$ begin end $$").as_reading()})).size() == 3);
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
    CHECK(proven.settled(lost, until, {}).outcome() == outcome::may_have_run);
    const auto long_ago = std::chrono::steady_clock::now() - 1h;
    CHECK(proven.settled(lost, long_ago, silent).outcome() == outcome::may_have_run);
    CHECK(asked == 1);
}

TEST_CASE("options out of range are refused by their name", "[batch]") {
    CHECK(transaction_options{}.check());
    CHECK_FALSE(transaction_options{.timeout = 0ms}.check());
    CHECK(transaction_options{.timeout = 1ms, .attempts = 1}.check());
    CHECK(transaction_options{.timeout = 3'600'000ms, .attempts = 100}.check());
    CHECK_FALSE(transaction_options{.timeout = 3'600'001ms}.check());
    CHECK_FALSE(transaction_options{.attempts = 0}.check());
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

TEST_CASE("a condition leaves its statement's types, effect and place as they are", "[batch]") {
    parameters values;
    values.add(5);
    const statement untyped{"select $1 > 0", {}, values, effect::reads, place::in_transaction};
    const auto checked = require(untyped, "something");
    REQUIRE(checked.types().size() == 2);
    CHECK(checked.types()[0] == oids::inferred);
    CHECK(checked.effect() == effect::reads);
    CHECK(checked.place() == place::in_transaction);
}

TEST_CASE("the server quotes what was expected, so that it has no quotes of its own", "[batch]") {
    const auto checked = require(runtime("select true"), "a \"small\" n");
    const auto wire = checked.parameters().wire();
    const std::string sent{reinterpret_cast<const char*>(wire.data()), wire.size()};
    CHECK(sent.find("a 'small' n") != std::string::npos);
}

TEST_CASE("each option has its words in BEGIN, and each alone needs one", "[batch]") {
    const auto first = [](const transaction_options& options) {
        return texts_of(framed({runtime("select 1")}, options)).front();
    };
    CHECK(first({.isolation = isolation::read_committed}) ==
          "begin isolation level read committed");
    CHECK(first({.isolation = isolation::repeatable_read}) ==
          "begin isolation level repeatable read");
    CHECK(first({.access = access_mode::read_only}) == "begin read only");
    CHECK(first({.deferral = deferral::deferrable}) == "begin deferrable");
}

TEST_CASE("a group that only reads may be sent again: BEGIN and COMMIT write nothing", "[batch]") {
    const auto reading = framed({runtime("select 1")}, {.access = access_mode::read_only});
    CHECK(reading.sent().front().effect() == effect::reads);
    CHECK(reading.sent().back().effect() == effect::reads);
    const auto writing = framed({runtime("select 1")}, {.access = access_mode::read_write});
    CHECK(writing.sent().back().effect() == effect::unknown);
}

TEST_CASE("a transaction that is open, failed or not, has no other begun in it", "[batch]") {
    CHECK(detail::check_idle(session_state::idle));
    CHECK_FALSE(detail::check_idle(session_state::in_transaction));
    CHECK_FALSE(detail::check_idle(session_state::failed_transaction));
}

TEST_CASE("where COMMIT is sent, an answer other than COMMIT is an error", "[batch]") {
    const auto begun = framed({runtime("select 1")}, {.access = access_mode::read_write});
    const auto undone = begun.answers(std::vector<rows>(3));
    REQUIRE_FALSE(undone);
    CHECK(undone.error().code() == errc::commit);
    const auto plain = framed({runtime("select 1"), runtime("select 2")});
    const auto answered = plain.answers(std::vector<rows>(2));
    REQUIRE(answered);
    CHECK(answered->size() == 2);
}

TEST_CASE("a batch takes ten thousand statements and 16 MiB, and not one more", "[batch]") {
    open_transaction open;
    batch many;
    for (std::size_t i = 0; i < batch::most_statements; ++i)
        many.add(runtime("select 1"));
    CHECK(many.run(open));
    CHECK(many.add(runtime("select 1")).run(open).error().code() == errc::refused);

    batch large;
    large.add(runtime("select $1", std::string{}));
    const auto around = large.bytes();
    CHECK(around > std::string_view{"select $1"}.size());
    const auto filled = [&](std::size_t bytes) {
        return batch{}.add(runtime("select $1", std::string(bytes - around, 'x'))).run(open);
    };
    CHECK(filled(batch::most_bytes));
    CHECK(filled(batch::most_bytes + 1).error().code() == errc::refused);
}
