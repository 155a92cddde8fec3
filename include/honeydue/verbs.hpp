// SPDX-License-Identifier: MIT
// What is done with a query: fetch_all, fetch_one, fetch_optional, execute, for_each, together. The
// verbs know the concept of an executor and nothing of connections.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <honeydue/error.hpp>
#include <honeydue/rows.hpp>
#include <honeydue/statement.hpp>

namespace honeydue {

/// Anything that sends statements: one call is one sync group and costs one round trip. It answers
/// one `rows` for each statement, or the first error.
template <class T>
concept executor = requires(T& db, std::span<const statement> group) {
    { db.run(group) } -> std::same_as<result<std::vector<rows>>>;
};

/// A typed query: it makes its statement and says what type a row of its answer is.
template <class T>
concept is_query = requires(const T& query) {
    typename T::row;
    { query.make_statement() } -> std::same_as<statement>;
};

namespace detail {

/// Errors: `errc::row_count`, saying how many rows there were.
[[nodiscard]] error not_one_row(std::size_t found, std::string_view text, effect done);

template <executor Db>
[[nodiscard]] result<rows> run_one(Db& db, const statement& wanted) {
    auto received = db.run(std::span{&wanted, 1});
    if (!received) return tl::unexpected{std::move(received.error())};
    return std::move(received->front());
}

/// A row that could not be read after a write: the write stands.
template <class T>
[[nodiscard]] result<std::vector<T>> decode_answer(const statement& asked, const rows& received) {
    auto values = decode<T>(received);
    if (values || asked.effect() == effect::reads) return values;
    return tl::unexpected{std::move(values.error()).with(outcome::may_have_run)};
}

}  // namespace detail

/// All rows. Cost: 1 round trip.
template <class Row, executor Db>
[[nodiscard]] result<std::vector<Row>> fetch_all(Db& db, const statement& wanted) {
    auto received = detail::run_one(db, wanted);
    if (!received) return tl::unexpected{std::move(received.error())};
    return detail::decode_answer<Row>(wanted, *received);
}

/// The only row, or nothing when there is none. Errors: `errc::row_count` for two or more. Cost: 1
/// round trip.
template <class Row, executor Db>
[[nodiscard]] result<std::optional<Row>> fetch_optional(Db& db, const statement& wanted) {
    auto values = fetch_all<Row>(db, wanted);
    if (!values) return tl::unexpected{std::move(values.error())};
    if (values->size() > 1) {
        return tl::unexpected{detail::not_one_row(values->size(), wanted.text(), wanted.effect())};
    }
    if (values->empty()) return std::optional<Row>{};
    return std::optional<Row>{std::move(values->front())};
}

/// The only row. Errors: `errc::row_count` for none, and for two or more. Cost: 1 round trip.
template <class Row, executor Db>
[[nodiscard]] result<Row> fetch_one(Db& db, const statement& wanted) {
    auto value = fetch_optional<Row>(db, wanted);
    if (!value) return tl::unexpected{std::move(value.error())};
    if (!*value) return tl::unexpected{detail::not_one_row(0, wanted.text(), wanted.effect())};
    return std::move(**value);
}

/// The number of rows the command tag names. Cost: 1 round trip.
template <executor Db>
[[nodiscard]] result<std::uint64_t> execute(Db& db, const statement& wanted) {
    return detail::run_one(db, wanted).map([](const rows& received) {
        return received.affected();
    });
}

/// Gives a query its verbs, so that a call reads as a sentence.
template <class Query>
class query_verbs {
public:
    template <executor Db>
    [[nodiscard]] auto fetch_all(Db& db) const {
        return honeydue::fetch_all<typename Query::row>(db, self().make_statement());
    }
    template <executor Db>
    [[nodiscard]] auto fetch_one(Db& db) const {
        return honeydue::fetch_one<typename Query::row>(db, self().make_statement());
    }
    template <executor Db>
    [[nodiscard]] auto fetch_optional(Db& db) const {
        return honeydue::fetch_optional<typename Query::row>(db, self().make_statement());
    }

private:
    [[nodiscard]] const Query& self() const { return static_cast<const Query&>(*this); }
};

namespace detail {

/// Reads the answers of several queries, in order, until one does not fit.
template <class... Queries, std::size_t... Index>
[[nodiscard]] auto decode_together(const std::vector<rows>& received, std::index_sequence<Index...>)
    -> result<std::tuple<std::vector<typename Queries::row>...>> {
    std::tuple<std::vector<typename Queries::row>...> answers;
    std::optional<error> failure;
    const auto take = [&](auto& into, auto values) {
        if (!values) failure = std::move(values.error());
        if (values) into = std::move(*values);
        return !failure;
    };
    static_cast<void>(
        (take(std::get<Index>(answers), decode<typename Queries::row>(received[Index])) && ...));
    if (failure) return tl::unexpected{std::move(*failure)};
    return answers;
}

}  // namespace detail

/// Several reads in one flight. They are not one snapshot: each sees what is committed when it
/// starts. Cost: 1 round trip.
template <executor Db, is_query... Queries>
[[nodiscard]] auto together(Db& db, const Queries&... queries)
    -> result<std::tuple<std::vector<typename Queries::row>...>> {
    static_assert(sizeof...(Queries) > 0, "together takes at least one query");
    static_assert(((Queries::effect == effect::reads) && ...),
                  "together takes reads: put a write into atomically, which is all or nothing");
    const std::array<statement, sizeof...(Queries)> group{queries.make_statement()...};
    auto received = db.run(std::span<const statement>{group});
    if (!received) return tl::unexpected{std::move(received.error())};
    return detail::decode_together<Queries...>(*received, std::index_sequence_for<Queries...>{});
}

}  // namespace honeydue
