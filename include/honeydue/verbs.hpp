// SPDX-License-Identifier: MIT
// What is done with a query: fetch_all, fetch_one, fetch_optional, execute, for_each, stream,
// together. The verbs know the concept of an executor and nothing of connections.
#pragma once

#include <array>
#include <chrono>
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

#include <honeydue/detail/call_scope.hpp>
#include <honeydue/detail/executor_kind.hpp>
#include <honeydue/detail/row_guard.hpp>
#include <honeydue/error.hpp>
#include <honeydue/rows.hpp>
#include <honeydue/statement.hpp>
#include <honeydue/stream.hpp>

namespace honeydue {

/// Anything that sends statements: one call is one sync group and costs one round trip. It answers
/// one `rows` for each statement, or the first error.
template <class T>
concept executor = requires(T& db, std::span<const statement> group) {
    { db.run(group) } -> std::same_as<result<std::vector<rows>>>;
};

/// An executor that stops waiting at a moment it is given. Missing? Give `run` a second parameter,
/// an aggregate whose first member is a steady_clock::time_point.
template <class T>
concept executor_with_deadline = executor<T> &&
    requires(T& db, std::span<const statement> group, std::chrono::steady_clock::time_point until) {
    { db.run(group, {until}) } -> std::same_as<result<std::vector<rows>>>;
};

/// A typed query: it makes its statement and says what type a row of its answer is, void for an
/// affected count.
template <class T>
concept is_query = requires(const T& query) {
    typename T::row;
    { query.make_statement() } -> std::convertible_to<const statement&>;
};

namespace detail {

/// Errors: `errc::row_count`, saying how many rows there were.
[[nodiscard]] error not_one_row(std::size_t found, std::string_view text, effect done);

/// The error of a guard that did not hold, as the count it speaks of; others as they are.
[[nodiscard]] error count_of_guard(error failure);

/// Holds a group to reading.
[[nodiscard]] const statement& read_only();

template <executor Db>
[[nodiscard]] auto run(Db& db, std::span<const statement> group) {
    return db.run(group);
}
template <executor_with_deadline Db>
[[nodiscard]] auto run(Db& db, std::span<const statement> group,
                       std::chrono::steady_clock::time_point until) {
    return db.run(group, {until});
}

/// A bare statement is sent as it is; raw SQL that says it reads is held to that.
template <class Query>
inline constexpr bool says_reads = false;
template <class Query>
    requires requires { Query::is_raw; }
inline constexpr bool says_reads<Query> = Query::effect == effect::reads;

template <class Db, class... Queries>
inline constexpr bool is_held =
    (says_reads<Queries> || ...) && kind_of<Db> != executor_kind::transaction;

[[nodiscard]] inline const statement& made(const statement& bare) { return bare; }
template <is_query Query>
[[nodiscard]] decltype(auto) made(const Query& query) {
    return query.make_statement();
}

template <class Query, executor Db, class... Until>
[[nodiscard]] result<rows> run_one(Db& db, const statement& asked, Until... until) {
    auto received = [&] {
        if constexpr (is_held<Db, Query>) {
            const std::array<statement, 2> group{read_only(), asked};
            return detail::run(db, std::span<const statement>{group}, until...);
        } else {
            return detail::run(db, std::span{&asked, 1}, until...);
        }
    }();
    if (!received) return tl::unexpected{count_of_guard(std::move(received.error()))};
    return std::move(received->back());
}

/// A row that could not be read after a write: the write stands.
template <class Failed>
[[nodiscard]] Failed unread(const statement& asked, Failed failed) {
    if (asked.effect() == effect::reads) return failed;
    return tl::unexpected{std::move(failed.error()).with(outcome::may_have_run)};
}

template <class T>
[[nodiscard]] result<std::vector<T>> decode_answer(const statement& asked, const rows& received) {
    auto values = decode<T>(received);
    return values ? values : unread(asked, std::move(values));
}

template <class Row, class Query>
[[nodiscard]] result<std::optional<Row>> only_row(const statement& asked, const rows& received) {
    static_assert(owns_its_values<Row>());
    if (received.size() > 1) {
        return tl::unexpected{not_one_row(received.size(), asked.text(), asked.effect())};
    }
    auto values = decode_answer<Row>(asked, received);
    if (!values) return tl::unexpected{std::move(values.error())};
    if (values->empty()) return std::optional<Row>{};
    return std::optional<Row>{std::move(values->front())};
}

}  // namespace detail

/// All rows. A deadline, for executors that take one, is a steady_clock::time_point behind the
/// query, here and below. Cost: 1 round trip.
template <class Row, executor Db, class Query, class... Until>
[[nodiscard]] result<std::vector<Row>> fetch_all(Db& db, const Query& query, Until... until) {
    static_assert(detail::owns_its_values<Row>());
    const detail::call_scope call;
    const statement& asked = detail::made(query);
    auto received = detail::run_one<Query>(db, asked, until...);
    if (!received) return tl::unexpected{std::move(received.error())};
    return detail::decode_answer<Row>(asked, *received);
}

/// The only row, or nothing when there is none. Errors: `errc::row_count` for two or more. Cost: 1
/// round trip.
template <class Row, executor Db, class Query, class... Until>
[[nodiscard]] result<std::optional<Row>> fetch_optional(Db& db, const Query& query,
                                                        Until... until) {
    const detail::call_scope call;
    const statement& asked = detail::made(query);
    auto received = detail::run_one<Query>(db, asked, until...);
    if (!received) return tl::unexpected{std::move(received.error())};
    return detail::only_row<Row, Query>(asked, *received);
}

/// The only row. Errors: `errc::row_count` for none, and for two or more. Cost: 1 round trip.
template <class Row, executor Db, class Query, class... Until>
[[nodiscard]] result<Row> fetch_one(Db& db, const Query& query, Until... until) {
    const detail::call_scope call;
    const statement& asked = detail::made(query);
    auto received = detail::run_one<Query>(db, asked, until...);
    if (!received) return tl::unexpected{std::move(received.error())};
    auto value = detail::only_row<Row, Query>(asked, *received);
    if (!value) return tl::unexpected{std::move(value.error())};
    if (!*value) return tl::unexpected{detail::not_one_row(0, asked.text(), asked.effect())};
    return std::move(**value);
}

/// The number of rows the command tag names. Cost: 1 round trip.
template <executor Db, class Query, class... Until>
[[nodiscard]] result<std::uint64_t> execute(Db& db, const Query& query, Until... until) {
    return detail::run_one<Query>(db, detail::made(query), until...).map([](const rows& received) {
        return received.affected();
    });
}

/// Calls `take` with each row as it arrives, and holds few of them at a time. It returns nothing,
/// or `result<void>`, whose error ends it and closes the connection. Lifetime: a std::string_view
/// in a row lasts as long as that call.
/// Errors: of the statement, after rows were already given, too. Cost: 1 round trip.
template <class Row, class Db, class Query, class Take, class... Until>
[[nodiscard]] result<void> for_each(Db& db, const Query& query, Take&& take, Until... until) {
    const statement& asked = detail::made(query);
    detail::row_decoder<Row> decoder;
    const auto hand_over = [&](const rows& part) -> result<void> {
        if (auto met = decoder.meet(part); !met) return detail::unread(asked, std::move(met));
        for (std::size_t row = 0; row < part.size(); ++row) {
            Row value{};
            if (auto read = decoder.read(part, row, value); !read)
                return detail::unread(asked, std::move(read));
            if constexpr (std::is_void_v<std::invoke_result_t<Take&, Row&&>>) {
                take(std::move(value));
            } else if (result<void> went = take(std::move(value)); !went) {
                return went;
            }
        }
        return {};
    };
    return db.stream(asked, hand_over, {until...});
}

/// The rows as a range that is read as it is walked, `for (auto& row : stream<job>(db, query))`:
/// each is a `result`, and an error the last. Left early, the rest is read past when it has
/// arrived; else the server is told to stop and the connection is closed. Cost: 1 round trip.
template <class Row, class Db, class Query, class... Until>
[[nodiscard]] row_stream<Row> stream(Db& db, const Query& query, Until... until) {
    statement asked = detail::made(query);
    const effect does = asked.effect();
    return {db.pull(std::move(asked), {until...}), does};
}

namespace detail {

/// Statements of one insert that are too large for one; the count of all.
template <executor Db, class... Until>
[[nodiscard]] result<std::uint64_t> execute_all(Db& db, std::span<const statement> group,
                                                Until... until) {
    if (group.empty()) return std::uint64_t{0};
    auto received = detail::run(db, group, until...);
    if (!received) return tl::unexpected{std::move(received.error())};
    std::uint64_t count = 0;
    for (const rows& one : *received)
        count += one.affected();
    return count;
}

template <class Row, executor Db, class... Until>
[[nodiscard]] result<std::vector<Row>> fetch_every(Db& db, std::span<const statement> group,
                                                   Until... until) {
    static_assert(owns_its_values<Row>());
    std::vector<Row> all;
    if (group.empty()) return all;
    const call_scope call;
    auto received = detail::run(db, group, until...);
    if (!received) return tl::unexpected{std::move(received.error())};
    for (std::size_t i = 0; i < group.size(); ++i) {
        auto part = decode_answer<Row>(group[i], (*received)[i]);
        if (!part) return tl::unexpected{std::move(part.error())};
        if (group.size() == 1) return part;
        for (Row& value : *part)
            all.push_back(std::move(value));
    }
    return all;
}

template <class Query, class Db>
consteval bool check_executor() {
    static_assert(Query::place != place::in_transaction || kind_of<Db> != executor_kind::pool,
                  "a row lock ends with its statement outside a transaction: use transact");
    return true;
}

/// A write whose number of rows is said beforehand.
template <class Query>
class promised_write {
public:
    constexpr promised_write(const Query& query, std::int64_t promised)
        : query_(query), rows_{promised} {}

    /// Errors: `errc::row_count` when it was another number, and then nothing is written.
    template <executor Db, class... Until>
    [[nodiscard]] result<std::uint64_t> execute(Db& db, Until... until) const {
        return honeydue::execute(db, make_statement(), until...);
    }
    template <executor Db, class... Until>
    [[nodiscard]] auto fetch_all(Db& db, Until... until) const {
        return honeydue::fetch_all<row>(db, make_statement(), until...);
    }

    using row = typename Query::row;
    static constexpr honeydue::effect effect = honeydue::effect::writes;
    [[nodiscard]] statement make_statement() const {
        return guarded_query<Query, row_promise::exactly>{query_, rows_}.make_statement();
    }

private:
    Query query_;
    std::int64_t rows_;
};

}  // namespace detail

/// Gives a query its verbs, so that a call reads as a sentence. A write that gives no rows by
/// itself gives its model's columns to the fetch verbs. The promise of fetch_one and fetch_optional
/// on a write travels with it: a wrong number of rows is undone.
template <class Query>
class query_verbs {
public:
    template <executor Db, class... Until>
    [[nodiscard]] auto fetch_all(Db& db, Until... until) const {
        static_assert(detail::check_executor<Query, Db>());
        if constexpr (std::is_void_v<typename Query::row>) {
            return self().returning().fetch_all(db, until...);
        } else if constexpr (requires(const Query& query) { query.make_statements(); }) {
            const auto group = self().make_statements();
            return detail::fetch_every<typename Query::row>(db, std::span<const statement>{group},
                                                            until...);
        } else {
            return honeydue::fetch_all<typename Query::row>(db, self().make_statement(), until...);
        }
    }
    template <executor Db, class... Until>
    [[nodiscard]] auto fetch_one(Db& db, Until... until) const {
        static_assert(detail::check_executor<Query, Db>());
        if constexpr (std::is_void_v<typename Query::row>) {
            return self().returning().fetch_one(db, until...);
        } else {
            return honeydue::fetch_one<typename Query::row>(
                db, guarded<detail::row_promise::exactly>(), until...);
        }
    }
    template <executor Db, class... Until>
    [[nodiscard]] auto fetch_optional(Db& db, Until... until) const {
        static_assert(detail::check_executor<Query, Db>());
        if constexpr (std::is_void_v<typename Query::row>) {
            return self().returning().fetch_optional(db, until...);
        } else {
            return honeydue::fetch_optional<typename Query::row>(
                db, guarded<detail::row_promise::at_most>(), until...);
        }
    }

    /// How many rows a write touched.
    template <executor Db, class... Until>
    [[nodiscard]] result<std::uint64_t> execute(Db& db, Until... until) const {
        if constexpr (requires(const Query& query) { query.make_statements(); }) {
            const auto group = self().make_statements();
            return detail::execute_all(db, std::span<const statement>{group}, until...);
        } else {
            return honeydue::execute(db, self().make_statement(), until...);
        }
    }

    /// See honeydue::for_each.
    template <class Db, class Take, class... Until>
    [[nodiscard]] result<void> for_each(Db& db, Take&& take, Until... until) const {
        return honeydue::for_each<typename Query::row>(db, self().make_statement(),
                                                       std::forward<Take>(take), until...);
    }

    /// See honeydue::stream.
    template <class Db, class... Until>
    [[nodiscard]] auto stream(Db& db, Until... until) const {
        return honeydue::stream<typename Query::row>(db, self().make_statement(), until...);
    }

    /// A write that is undone when it touches another number of rows; `count` may be 0.
    [[nodiscard]] constexpr auto require_rows(std::int64_t count) const {
        static_assert(Query::effect == effect::writes,
                      "require_rows is a promise about a write: a select has fetch_one");
        return detail::promised_write<Query>{self(), count};
    }

private:
    [[nodiscard]] constexpr const Query& self() const { return static_cast<const Query&>(*this); }

    template <detail::row_promise Promise>
    [[nodiscard]] statement guarded() const {
        if constexpr (Query::effect == effect::writes && !requires { Query::is_rows; }) {
            return detail::guarded_query<Query, Promise>{self(), 1}.make_statement();
        } else {
            return self().make_statement();
        }
    }
};

namespace detail {

/// Reads the answers of several queries, in order, until one does not fit.
template <class... Queries, std::size_t... Index>
[[nodiscard]] auto decode_together(std::span<const rows> received, std::index_sequence<Index...>)
    -> result<std::tuple<std::vector<typename Queries::row>...>> {
    static_assert((owns_its_values<typename Queries::row>() && ...));
    std::tuple<std::vector<typename Queries::row>...> answers;
    std::optional<error> failure;
    const auto take = [&](std::size_t index, auto& into, auto values) {
        if (values) {
            into = std::move(*values);
        } else {
            failure = std::move(values.error()).in("together, query " + std::to_string(index + 1));
        }
        return !failure;
    };
    static_cast<void>(
        (take(Index, std::get<Index>(answers), decode<typename Queries::row>(received[Index])) &&
         ...));
    if (failure) return tl::unexpected{std::move(*failure)};
    return answers;
}

}  // namespace detail

/// Several reads in one flight. They are not one snapshot: each sees what is committed when it
/// starts. Errors: of the first that fails; one that cannot be read names the query. Cost: 1 round
/// trip.
template <executor Db, is_query... Queries>
[[nodiscard]] auto together(Db& db, const Queries&... queries)
    -> result<std::tuple<std::vector<typename Queries::row>...>> {
    static_assert(sizeof...(Queries) > 0, "together takes at least one query");
    static_assert(((Queries::effect == effect::reads) && ...),
                  "together takes reads: put a write into atomically, which is all or nothing; raw "
                  "SQL says .reads()");
    static_assert(((Queries::place == place::anywhere) && ...),
                  "together takes queries that may be sent anywhere: a row lock needs transact");
    constexpr std::size_t held = detail::is_held<Db, Queries...> ? 1 : 0;
    std::vector<statement> group;
    group.reserve(held + sizeof...(Queries));
    if (held != 0) group.push_back(detail::read_only());
    (group.push_back(queries.make_statement()), ...);
    const detail::call_scope call;
    auto received = db.run(std::span<const statement>{group});
    if (!received) return tl::unexpected{std::move(received.error())};
    return detail::decode_together<Queries...>(std::span<const rows>{*received}.subspan(held),
                                               std::index_sequence_for<Queries...>{});
}

}  // namespace honeydue
