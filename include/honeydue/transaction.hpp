// SPDX-License-Identifier: MIT
// Transactions whose steps depend on each other: BEGIN travels with the first step, COMMIT with the
// last when told so. k steps cost k round trips. What needs no answer in between is one group:
// atomically, in batch.hpp.
#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <honeydue/batch.hpp>
#include <honeydue/connection.hpp>
#include <honeydue/error.hpp>
#include <honeydue/invalidation.hpp>
#include <honeydue/pool.hpp>
#include <honeydue/rows.hpp>
#include <honeydue/statement.hpp>

namespace honeydue {

/// What is known of a transaction's end.
enum class verdict : std::uint8_t {
    open,  ///< it has not ended
    committed,
    rolled_back,  ///< it has left no trace
    unknown,      ///< COMMIT was sent, no answer came, and nobody could say
};

namespace detail {

class transaction_link;

struct unlink {
    void operator()(transaction_link* link) const noexcept;
};
using link_ptr = std::unique_ptr<transaction_link, unlink>;

/// By what a transaction can be found later: its number, and the second and the timeline of the
/// server's it was given out in. No number on a standby.
struct transaction_identity {
    std::string number{};
    std::string begun{};
    std::string timeline{};
};

/// A connection for one attempt: on loan from a pool, or the caller's own.
[[nodiscard]] result<link_ptr> open_link(pool& from, deadline until);
[[nodiscard]] result<link_ptr> open_link(connection& own, deadline until);

/// Something that can begin transactions.
template <class Db>
concept transactor = requires(Db& db, deadline until) {
    open_link(db, until);
};

}  // namespace detail

/// One attempt at a transaction; an executor. It is given to the body of `transact`.
/// Thread: the one that runs the body. Lifetime: of that call.
class transaction {
public:
    transaction(detail::link_ptr link, const transaction_options& options, deadline until,
                int attempt);
    transaction(const transaction&) = delete;
    transaction& operator=(const transaction&) = delete;

    /// Rolls back when still open; in the background on a pool.
    ~transaction();

    /// One step. A deadline of its own is told to the server too, and ends with the step.
    /// Errors: as `connection::run`; row_count, when a guard did not hold; refused after a step
    /// failed or COMMIT was sent, and for what may not be in a transaction: COMMIT as text, CALL,
    /// COPY. Cost: 1 round trip, BEGIN and savepoints included; none for an empty group.
    [[nodiscard]] result<std::vector<rows>> run(std::span<const statement> group,
                                                const sending& how = {});

    /// A step whose rows go to `sink` as they arrive; the server knows of the transaction's
    /// deadline only. Errors: as `run`; of the sink, which ends the transaction. Cost: 1 round
    /// trip; when BEGIN or a savepoint is owed, one more.
    [[nodiscard]] result<void> stream(const statement& one, row_sink sink, const sending& how = {});

    /// The same, read as it is asked for; see `connection::pull`. Given up before its end, with
    /// more to come, it ends the transaction. Lifetime: ends before the body does.
    [[nodiscard]] std::unique_ptr<part_source> pull(statement one, const sending& how = {});

    /// The last step, with COMMIT behind it in the same flight. Nothing can follow.
    /// Errors: as `run`; commit. When the answer is lost, `may_have_run()` says whether the
    /// transaction may be committed.
    /// Cost: 1 round trip.
    template <class Query>
    [[nodiscard]] auto commit_with(const Query& last) -> result<answer_to<Query>> {
        const statement made = detail::statement_of(last);
        auto received = run_last(made);
        if (!received) return tl::unexpected{std::move(received.error())};
        return detail::read_answer<Query>(made, *received);
    }

    /// Runs `body` so that its failure undoes only what it did: it returns a `result`, and an
    /// error, or an exception, rolls back to where it began. Cost: none of its own; SAVEPOINT and
    /// RELEASE travel with steps.
    template <std::invocable Body>
    [[nodiscard]] auto savepoint(Body&& body) -> std::invoke_result_t<Body&> {
        open_savepoint open{*this, set_savepoint()};
        std::invoke_result_t<Body&> answer = body();
        if (answer.has_value()) open.how = savepoint_end::keep;
        return answer;
    }

    /// Drops `key` of a cache<Key, T>, here and in every process, when this transaction has
    /// committed. Forgotten when a savepoint around it is undone.
    /// Errors: met at COMMIT, see `invalidations::before_commit`. Cost: one round trip to each
    /// shared tier before COMMIT and one after.
    template <class Cache, class Key>
    void invalidate(const Cache& of, const Key& key) {
        invalidations_.add(of, key);
    }
    template <class Cache>
    void invalidate_tag(const Cache& of, std::string_view tag) {
        invalidations_.add_tag(of, tag);
    }

    /// From 1: how often the body has been entered by this call of `transact`.
    [[nodiscard]] int attempt() const noexcept { return attempt_; }

    /// When the whole call gives up.
    [[nodiscard]] deadline until() const noexcept { return until_; }

    /// Called once, in the order they were given, when this attempt's end is known: exactly one of
    /// the three kinds. Those given inside a savepoint that is undone are forgotten. They do not
    /// throw.
    void after_commit(std::function<void()> call);
    void after_rollback(std::function<void()> call);
    void after_unknown(std::function<void()> call);

    [[nodiscard]] honeydue::verdict verdict() const noexcept { return verdict_; }

    /// Ends the attempt: commits when `failure` is null, else rolls back. Called by `transact`;
    /// what it answers is why the transaction is not committed.
    [[nodiscard]] std::optional<error> finish(const error* failure);

private:
    class pulled_step;

    enum class savepoint_end : std::uint8_t { keep, undo };

    struct hook {
        honeydue::verdict when;
        std::function<void()> call;
    };

    /// A statement of ours that waits for the next step to travel with.
    struct prefix {
        statement text;
        int savepoint = 0;
        bool observes = false;
    };

    struct savepoint_mark {
        int number;
        std::size_t hooks;
        std::size_t invalidated;
    };

    struct open_savepoint {
        transaction& of;
        savepoint_mark mark;
        savepoint_end how = savepoint_end::undo;
        ~open_savepoint() { of.end_savepoint(mark, how); }
    };

    [[nodiscard]] savepoint_mark set_savepoint();
    void end_savepoint(const savepoint_mark& mark, savepoint_end how);
    [[nodiscard]] result<void> may_step(std::span<const statement> group) const;
    [[nodiscard]] result<std::vector<rows>> send(std::span<const statement> group, deadline until);
    [[nodiscard]] result<void> begin_now();
    [[nodiscard]] error failed_step(error failure, std::size_t before, std::size_t asked);
    void observe(std::span<const rows> answers);
    [[nodiscard]] result<rows> run_last(const statement& last);
    [[nodiscard]] result<std::vector<rows>> commit(std::span<const statement> last);
    [[nodiscard]] error lost_commit(error failure);
    [[nodiscard]] outcome find_out();
    void roll_back() noexcept;
    void conclude(honeydue::verdict how);

    detail::link_ptr link_;
    transaction_options options_;
    deadline until_;
    std::vector<prefix> prefixes_;
    std::vector<hook> hooks_;
    invalidations invalidations_;
    detail::transaction_identity self_;
    std::string token_;
    std::optional<error> lost_;  ///< why COMMIT has no known end
    int attempt_;
    int savepoints_ = 0;
    bool begun_ = false;
    bool failed_ = false;
    bool beyond_savepoints_ = false;  ///< failed where it is not known which are set
    honeydue::verdict verdict_ = verdict::open;
};

namespace detail {

/// How often a body is tried, and how long is waited in between.
class attempts {
public:
    explicit attempts(const transaction_options& options);

    [[nodiscard]] deadline until() const noexcept { return until_; }
    [[nodiscard]] int number() const noexcept { return number_; }

    /// True when the body may run once more: the server gave the attempt up for the sake of others,
    /// or the connection was lost; it has certainly left no trace; and there is time. Waits with
    /// jitter before it answers.
    [[nodiscard]] bool again(const error& failure, verdict ended);

private:
    transaction_options options_;
    deadline until_;
    int number_ = 1;
};

}  // namespace detail

/// Runs `body(transaction&)`, which returns a `result`. A value commits, an error or an exception
/// rolls back. When the transaction fails for a transient reason and has certainly left no trace,
/// the body runs again, so it must not keep anything from an earlier attempt.
/// Errors: the body's; as `transaction::run`; commit; pool_exhausted.
/// Cost: one round trip for each step, one more for COMMIT unless the body said `commit_with`; none
/// when the body sends nothing.
template <detail::transactor Db, std::invocable<transaction&> Body>
[[nodiscard]] auto transact(Db& db, const transaction_options& options, Body&& body)
    -> std::invoke_result_t<Body&, transaction&> {
    using answer = std::invoke_result_t<Body&, transaction&>;
    if (auto sound = options.check(); !sound) {
        return answer{tl::unexpected{std::move(sound.error())}};
    }
    for (detail::attempts tries{options};;) {
        auto link = detail::open_link(db, tries.until());
        if (!link) return answer{tl::unexpected{std::move(link.error())}};
        transaction tx{std::move(*link), options, tries.until(), tries.number()};
        answer given = body(tx);
        auto failure = tx.finish(given ? nullptr : &given.error());
        if (!failure) return given;
        if (!tries.again(*failure, tx.verdict())) {
            return answer{tl::unexpected{std::move(*failure)}};
        }
    }
}

template <detail::transactor Db, std::invocable<transaction&> Body>
[[nodiscard]] auto transact(Db& db, Body&& body) -> std::invoke_result_t<Body&, transaction&> {
    return transact(db, transaction_options{}, std::forward<Body>(body));
}

}  // namespace honeydue
