// SPDX-License-Identifier: MIT
// Several statements in one sync group, all or nothing, in one round trip: atomically for a number
// known when compiling, batch for one that is not.
#pragma once

#include <array>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <honeydue/connection.hpp>
#include <honeydue/detail/executor_kind.hpp>
#include <honeydue/error.hpp>
#include <honeydue/rows.hpp>
#include <honeydue/statement.hpp>
#include <honeydue/verbs.hpp>

namespace honeydue {

/// Source: PostgreSQL documentation, "Transaction Isolation".
enum class isolation : std::uint8_t {
    server_default,
    read_committed,
    repeatable_read,
    serializable,
};

enum class access_mode : std::uint8_t { server_default, read_write, read_only };

/// Deferrable waits, before it starts, for a snapshot that can never fail; of use to serializable
/// read_only alone.
enum class deferral : std::uint8_t { server_default, deferrable };

/// Whether a transaction leaves a token by which its fate can be found out when the answer is lost,
/// whatever became of the server meanwhile. Needs table honeydue_commit:
/// migrations/000002_honeydue_commit.sql. Without, `transact` asks by the transaction's number,
/// which a crash of the server makes worthless, and a group of its own cannot ask at all.
enum class commit_proof : std::uint8_t { none, token };

struct transaction_options {
    honeydue::isolation isolation = isolation::server_default;
    honeydue::access_mode access = access_mode::server_default;
    honeydue::deferral deferral = deferral::server_default;
    honeydue::commit_proof proof = commit_proof::none;

    /// Over everything: waiting for a connection, every attempt, and finding out a lost answer, for
    /// which 700 ms are granted beyond it. The server is told, too, and bounds each statement by
    /// it. Range: 1 ms to 1 h.
    std::chrono::milliseconds timeout{30'000};

    /// How often the body of `transact` may run. Range: 1 to 100; `atomically` and `batch` never
    /// send twice.
    int attempts = 5;

    /// Errors: `errc::configuration`, naming the field and its range.
    [[nodiscard]] result<void> check() const;

    /// "begin isolation level serializable read only".
    [[nodiscard]] std::string begin_text() const;

    /// Whether BEGIN must be said at all, or the group's own transaction serves.
    [[nodiscard]] bool needs_begin() const noexcept;

    friend bool operator==(const transaction_options&, const transaction_options&) = default;
};

namespace detail {

template <class Query>
struct query_answer {};
template <class Query>
    requires requires { typename Query::row; }
struct query_answer<Query> {
    using type = std::conditional_t<std::is_void_v<typename Query::row>, std::uint64_t,
                                    std::vector<typename Query::row>>;
};
template <>
struct query_answer<statement> {
    using type = rows;
};

}  // namespace detail

/// What a query answers inside a group: its rows, a write's affected count, or, for a bare
/// `statement`, what was received.
template <class Query>
using answer_to = typename detail::query_answer<Query>::type;

namespace detail {

[[nodiscard]] inline const statement& statement_of(const statement& bare) { return bare; }
template <is_query Query>
[[nodiscard]] statement statement_of(const Query& query) {
    return query.make_statement();
}

template <class Query>
[[nodiscard]] result<answer_to<Query>> read_answer([[maybe_unused]] const statement& asked,
                                                   const rows& received) {
    if constexpr (std::same_as<answer_to<Query>, rows>) {
        return received;
    } else if constexpr (std::same_as<answer_to<Query>, std::uint64_t>) {
        return received.affected();
    } else {
        static_assert(owns_its_values<typename Query::row>());
        return decode_answer<typename Query::row>(asked, received);
    }
}

/// Asks something on another connection than the one that is lost.
using ask_elsewhere = std::function<result<rows>(const statement&, deadline)>;

/// A group that is one transaction: what is sent for it, and what its answer means.
class atomic_group {
public:
    /// Errors: refused, for what may not be in a transaction: COMMIT as text, CALL, COPY.
    [[nodiscard]] static result<atomic_group> of(std::vector<statement> statements,
                                                 const transaction_options& options);

    [[nodiscard]] std::span<const statement> sent() const noexcept { return sent_; }

    /// The answers to the caller's statements, when COMMIT was meant and is what the server did.
    [[nodiscard]] result<std::vector<rows>> answers(result<std::vector<rows>> received) const;

    /// `lost` with what is known by the token, when there is one, at the latest soon after `until`.
    [[nodiscard]] error settled(error lost, deadline until, const ask_elsewhere& ask) const;

private:
    atomic_group() = default;

    std::vector<statement> sent_;
    std::size_t asked_ = 0;
    std::size_t first_ = 0;
    std::string token_;
    bool commits_ = false;
};

/// Executors that take a deadline and a framing: all of ours.
template <class Db>
concept group_executor = requires(Db& db, std::span<const statement> group, const sending& how) {
    { db.run(group, how) } -> std::same_as<result<std::vector<rows>>>;
};

/// An open transaction cannot begin another.
template <class Db>
concept is_in_transaction = requires(Db& db) {
    db.verdict();
};

/// Executors that stand for one session, which must be idle before and after.
template <class Db>
concept has_state = requires(Db& db) {
    { db.state() } -> std::same_as<session_state>;
};

[[nodiscard]] result<void> check_idle(session_state now);
[[nodiscard]] const statement& roll_back_statement();

template <group_executor Db>
void leave_idle(Db& db, deadline until) {
    if constexpr (has_state<Db>) {
        if (check_idle(db.state())) return;
        static_cast<void>(db.run(std::span{&roll_back_statement(), 1}, {.until = until}));
    }
}

/// A lease is one connection and knows no other.
template <group_executor Db>
[[nodiscard]] ask_elsewhere elsewhere_of(Db& db) {
    if constexpr (std::same_as<Db, lease>) return {};
    return [&db](const statement& question, deadline until) -> result<rows> {
        auto answers = db.run(std::span{&question, 1}, {.until = until});
        if (!answers) return tl::unexpected{std::move(answers.error())};
        return std::move(answers->front());
    };
}
[[nodiscard]] ask_elsewhere elsewhere_of(connection& lost);

template <group_executor Db>
[[nodiscard]] result<std::vector<rows>> run_atomically(Db& db, std::vector<statement> group,
                                                       const transaction_options& options) {
    if (auto sound = options.check(); !sound) return tl::unexpected{std::move(sound.error())};
    if constexpr (has_state<Db>) {
        if (auto idle = check_idle(db.state()); !idle) return tl::unexpected{idle.error()};
    }
    const deadline until = std::chrono::steady_clock::now() + options.timeout;
    auto framed = atomic_group::of(std::move(group), options);
    if (!framed) return tl::unexpected{std::move(framed.error())};
    auto received =
        framed->answers(db.run(framed->sent(), {until, framing::atomic, limiter::both}));
    if (received) return received;
    leave_idle(db, until);
    return tl::unexpected{framed->settled(std::move(received.error()), until, elsewhere_of(db))};
}

/// Reads the answers of several queries, in order, until one does not fit.
template <class... Queries, std::size_t... Index>
[[nodiscard]] auto read_answers(const std::array<statement, sizeof...(Queries)>& asked,
                                const std::vector<rows>& received, std::index_sequence<Index...>)
    -> result<std::tuple<answer_to<Queries>...>> {
    std::tuple<answer_to<Queries>...> answers;
    std::optional<error> failure;
    const auto take = [&](auto& into, auto value) {
        if (value) {
            into = std::move(*value);
        } else {
            failure = std::move(value.error());
        }
        return !failure;
    };
    static_cast<void>(
        (take(std::get<Index>(answers), read_answer<Queries>(asked[Index], received[Index])) &&
         ...));
    if (failure) return tl::unexpected{std::move(*failure)};
    return answers;
}

}  // namespace detail

/// Everything or nothing: the statements are one sync group, which the server treats as one
/// transaction. Inside `transact` they are a part of that one.
/// Errors: statement, saying which one; commit; connection_lost, where `may_have_run()` tells
/// whether the group may have been committed; row_count, when a guard did not hold. A group that
/// writes is never sent twice.
/// Cost: 1 round trip; with `commit_proof::token` one more, and only when the answer is lost.
template <detail::group_executor Db, class... Queries>
[[nodiscard]] auto atomically(Db& db, const transaction_options& options, const Queries&... queries)
    -> result<std::tuple<answer_to<Queries>...>> {
    static_assert(sizeof...(Queries) > 0, "atomically takes at least one statement");
    static_assert((detail::check_grouped<Queries, detail::kind_of_group<Db>>() && ...));
    static_assert(!detail::is_in_transaction<Db>,
                  "this transaction has begun: give its options to transact, not to atomically");
    const detail::call_scope call;
    const std::array<statement, sizeof...(Queries)> asked{detail::statement_of(queries)...};
    auto received = detail::run_atomically(db, {asked.begin(), asked.end()}, options);
    if (!received) return tl::unexpected{std::move(received.error())};
    return detail::read_answers<Queries...>(asked, *received,
                                            std::index_sequence_for<Queries...>{});
}

template <detail::group_executor Db, class... Queries>
    requires(
        !std::same_as<std::tuple_element_t<0, std::tuple<Queries..., void>>, transaction_options>)
[[nodiscard]] auto atomically(Db& db, const Queries&... queries)
    -> result<std::tuple<answer_to<Queries>...>> {
    if constexpr (!detail::is_in_transaction<Db>) {
        return atomically(db, transaction_options{}, queries...);
    } else {
        static_assert(
            (detail::check_grouped<Queries, detail::executor_kind::transaction>() && ...));
        const std::array<statement, sizeof...(Queries)> asked{detail::statement_of(queries)...};
        auto received = db.run(std::span<const statement>{asked});
        if (!received) return tl::unexpected{std::move(received.error())};
        return detail::read_answers<Queries...>(asked, *received,
                                                std::index_sequence_for<Queries...>{});
    }
}

/// The statement, held to a condition: the first column of its answer is a boolean, true in every
/// row, and there is a row. Else the group it is in is undone, and the error says what was
/// expected. Fits what reads and what writes with `returning`.
/// Errors: `errc::row_count`: "expected <expectation>; nothing was written". Cost: no round trip of
/// its own; its answer is the statement's.
[[nodiscard]] statement require(const statement& checked, std::string_view expectation);

template <is_query Query>
[[nodiscard]] statement require(const Query& checked, std::string_view expectation) {
    return require(detail::statement_of(checked), expectation);
}

/// A number of statements that is known at run time, sent as `atomically` sends them.
/// Range: 10 000 statements and 16 MiB of text and values; more is refused before it is sent.
class batch {
public:
    static constexpr std::size_t most_statements = 10'000;
    static constexpr std::size_t most_bytes = 16U << 20;

    template <class Query>
    batch& add(const Query& query) {
        static_assert(detail::check_grouped<Query, detail::executor_kind::group>());
        statements_.push_back(detail::statement_of(query));
        return *this;
    }

    [[nodiscard]] std::size_t size() const noexcept { return statements_.size(); }

    /// Of text and values.
    [[nodiscard]] std::size_t bytes() const noexcept;

    /// One answer for each statement, in order.
    /// Errors: as `atomically`; refused when it is too large. Cost: 1 round trip; none when empty.
    template <detail::group_executor Db>
    [[nodiscard]] result<std::vector<rows>> run(Db& db,
                                                const transaction_options& options = {}) const {
        if (auto small = check(); !small) return tl::unexpected{std::move(small.error())};
        if (statements_.empty()) return std::vector<rows>{};
        if constexpr (detail::is_in_transaction<Db>) {
            return db.run(std::span<const statement>{statements_});
        } else {
            return detail::run_atomically(db, statements_, options);
        }
    }

private:
    [[nodiscard]] result<void> check() const;

    std::vector<statement> statements_;
};

/// Forgets tokens of `commit_proof::token` older than `age`; answers how many. A token is of use
/// only until its caller has asked for it, so minutes are enough.
/// Cost: 1 round trip.
template <executor Db>
[[nodiscard]] result<std::uint64_t> sweep_commit_tokens(Db& db, std::chrono::seconds age) {
    return execute(db, runtime("delete from honeydue_commit where created_at < "
                               "now() - make_interval(secs => $1)",
                               static_cast<double>(age.count())));
}

}  // namespace honeydue
