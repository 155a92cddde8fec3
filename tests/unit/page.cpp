// SPDX-License-Identifier: MIT
// The texts of pages, and what is not taken for a cursor.
#include <honeydue/page.hpp>

#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <tuple>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "texts.hpp"

namespace hd = honeydue;
using hd::col;
using home = residence::residence;
using job = task::task;

namespace {

template <class... Keys>
using complete = decltype(hd::detail::completed_keys<job, 0>(hd::detail::key_list<Keys...>{}));

template <class Key>
constexpr auto key_text(const Key& /*key*/) {
    return value_text(hd::detail::rows_beyond<complete<Key>>{typename complete<Key>::values{}});
}
template <class Key>
constexpr auto reversed_text(const Key& /*key*/) {
    using list = typename complete<Key>::reversed;
    return value_text(hd::detail::rows_beyond<list>{typename list::values{}});
}

constexpr auto due = col<&job::due_date>;

/// Answers what was asked of it before.
struct recorder {
    std::vector<std::string> texts{};
    hd::result<std::vector<hd::rows>> run(std::span<const hd::statement> group) {
        for (const hd::statement& one : group)
            texts.emplace_back(one.text());
        return std::vector<hd::rows>(group.size());
    }
};

const std::string query = "select a from b order by c";

std::string sealed(std::string_view secret) {
    hd::parameters keys;
    keys.add(std::int64_t{7});
    keys.add(std::optional<std::string>{});
    return hd::detail::seal_cursor(query, keys, secret);
}
hd::result<std::vector<std::byte>> opened(std::string_view cursor, std::string_view of,
                                          std::string_view secret) {
    std::array<hd::cell, 2> cells;
    return hd::detail::open_cursor(cursor, of, secret, cells);
}

}  // namespace

TEST_CASE("keys of one direction that cannot be NULL are compared as one row", "[page]") {
    CHECK(key_text(col<&job::title>.ascending()) == "(title, id) > ($1, $2)");
    CHECK(key_text(col<&job::title>.descending()) == "(title, id) < ($1, $2)");
    CHECK(key_text(col<&job::id>.descending()) == "(id) < ($1)");
    CHECK(reversed_text(col<&job::title>.ascending()) == "(title, id) < ($1, $2)");
}

TEST_CASE("NULL has its place in what lies beyond a row, whichever way", "[page]") {
    CHECK(key_text(due.ascending()) ==
          "(due_date > $1 or due_date is null and $1 is not null or due_date is not distinct from "
          "$1 and (id > $2))");
    CHECK(key_text(due.descending().nulls_last()) ==
          "(due_date < $1 or due_date is null and $1 is not null or due_date is not distinct from "
          "$1 and (id < $2))");
    CHECK(key_text(due.ascending().nulls_first()) ==
          "(due_date > $1 or due_date is not null and $1 is null or due_date is not distinct from "
          "$1 and (id > $2))");
    CHECK(reversed_text(due.ascending()) ==
          "(due_date < $1 or due_date is not null and $1 is null or due_date is not distinct from "
          "$1 and (id < $2))");
}

TEST_CASE("a cursor that is cut off, changed or of another query is refused", "[page]") {
    const std::string plain = sealed({});
    CHECK(opened(plain, query, {}));
    for (std::size_t length = 0; length < plain.size(); ++length) {
        const auto cut = opened(std::string_view{plain}.substr(0, length), query, {});
        REQUIRE_FALSE(cut);
        CHECK(cut.error().code() == hd::errc::cursor);
    }
    CHECK_FALSE(opened(plain, query + " desc", {}));
    CHECK_FALSE(opened(plain + "AAAA", query, {}));
    CHECK_FALSE(opened("!" + plain, query, {}));
    CHECK_FALSE(opened(std::string(20'000, 'A'), query, {}));
}

TEST_CASE("a signed cursor opens with its secret alone, and no bit of it can be changed",
          "[page]") {
    const std::string with = sealed("a secret");
    CHECK(opened(with, query, "a secret"));
    CHECK_FALSE(opened(with, query, "another"));
    CHECK_FALSE(opened(with, query, {}));
    CHECK_FALSE(opened(sealed({}), query, "a secret"));
    for (std::size_t at = 0; at < with.size(); ++at) {
        std::string changed = with;
        changed[at] = changed[at] == 'A' ? 'B' : 'A';
        CHECK_FALSE(opened(changed, query, "a secret"));
    }
}

TEST_CASE("a size out of range is refused before anything is sent", "[page]") {
    recorder db;
    const auto pages = hd::pages_of(hd::select<job>(), col<&job::title>.ascending());
    for (const std::int64_t size : {0L, -1L, 100'001L}) {
        const auto refused = pages.size(size).fetch(db);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().code() == hd::errc::configuration);
    }
    CHECK_FALSE(pages.after("nonsense").fetch(db));
    CHECK(db.texts.empty());
}

TEST_CASE("a cursor that somebody made up of values no server has is refused as a cursor",
          "[page]") {
    const auto pages = hd::pages_of(hd::select<job>(), due.ascending());
    const auto first = pages.prepare();
    REQUIRE(first);
    const std::string text{first->make_statement().text()};
    const auto made_up = [&](std::int32_t days) {
        hd::parameters keys;
        keys.add(days);
        keys.add(std::int64_t{7});
        return hd::detail::seal_cursor(text, keys, {});
    };
    CHECK(pages.after(made_up(1)).prepare());
    CHECK(pages.after(made_up(std::numeric_limits<std::int32_t>::max())).prepare());
    const std::int32_t beyond_the_last = std::numeric_limits<std::int32_t>::max() - 1;
    const auto refused = pages.after(made_up(beyond_the_last)).prepare();
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code() == hd::errc::cursor);
}

TEST_CASE("a cursor's text that is no UTF-8 is refused before the server would", "[page]") {
    const auto pages = hd::pages_of(hd::select<job>(), col<&job::title>.ascending());
    const auto first = pages.prepare();
    REQUIRE(first);
    const std::string text{first->make_statement().text()};
    const auto made_up = [&](const std::string& title) {
        hd::parameters keys;
        keys.add(title);
        keys.add(std::int64_t{7});
        return hd::detail::seal_cursor(text, keys, {});
    };
    for (const char* right : {"", "Gutter", "R\xc3\xa4ume", "\xf0\x9f\x8f\xa0", "\xef\xbf\xbd"})
        CHECK(pages.after(made_up(right)).prepare());
    for (const char* wrong : {"\xff", "R\xe4ume", "\xc0\x80", "\xed\xa0\x80", "\xf0\x9f\x8f"}) {
        const auto refused = pages.after(made_up(wrong)).prepare();
        REQUIRE_FALSE(refused);
        CHECK(refused.error().code() == hd::errc::cursor);
    }
}
