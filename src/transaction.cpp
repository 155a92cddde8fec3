// SPDX-License-Identifier: MIT
// One attempt at a transaction, step by step: what travels with what, and what its end means.
#include <honeydue/transaction.hpp>

#include <algorithm>
#include <random>
#include <thread>

#include <fmt/format.h>

#include "commit_token.hpp"
#include "transaction_link.hpp"

namespace honeydue {

namespace {

using clock = std::chrono::steady_clock;

/// A server that is told when to stop may stop this much before us.
constexpr std::chrono::milliseconds rounding{5};

/// A report of this class says that the server gave up the transaction for the sake of others.
bool ended_by_report(const error& failure) {
    return !failure.sqlstate().empty() && !failure.connection_lost();
}

/// Nothing has left, so that the transaction stands as it did.
bool stayed_here(const error& failure) {
    return failure.code() == errc::refused || failure.code() == errc::encode ||
           failure.code() == errc::round_trip_budget;
}

std::chrono::milliseconds left_until(deadline until) {
    return std::chrono::floor<std::chrono::milliseconds>(until - clock::now());
}

/// Bounds each statement, and the server's wait for the next one: should our end vanish without a
/// word, a pooler would hold the transaction, and its locks, for ever. Never loosens a stricter
/// limit, and ends with the transaction.
statement limit_transaction(std::chrono::milliseconds left) {
    return runtime(
        "select set_config(name, $1, true) "
        "from unnest(array['statement_timeout', 'idle_in_transaction_session_timeout']) name "
        "where current_setting(name)::interval = interval '0' "
        "or current_setting(name)::interval > $1::interval",
        fmt::format("{}ms", std::max<std::int64_t>(left.count(), 1)));
}

/// The limit of one step: what was before comes back after it.
statement limit_step(std::chrono::milliseconds left) {
    return runtime(
        "select set_config('honeydue.limit', current_setting('statement_timeout'), true), "
        "set_config('statement_timeout', $1, true) "
        "where current_setting('statement_timeout')::interval = interval '0' "
        "or current_setting('statement_timeout')::interval > $1::interval",
        fmt::format("{}ms", std::max<std::int64_t>(left.count(), 1)));
}

statement lift_limit() {
    return runtime(
        "select set_config('statement_timeout', before, true) "
        "from current_setting('honeydue.limit', true) before where before <> ''");
}

}  // namespace

transaction::transaction(detail::link_ptr link, const transaction_options& options, deadline until,
                         int attempt)
    : link_{std::move(link)}, options_{options}, until_{until}, attempt_{attempt} {
    prefixes_.push_back({detail::control(options.begin_text(), effect::reads)});
    prefixes_.push_back({limit_transaction(left_until(until))});
    // Asked for by all but the last group, which learns its fate and its number together.
    if (options.access != access_mode::read_only && options.proof == commit_proof::none) {
        prefixes_.push_back({detail::observe_transaction(), 0, true});
    }
}

transaction::~transaction() {
    if (verdict_ == verdict::open) roll_back();
}

/// Sends what is owed and the group; answers the group's part.
result<std::vector<rows>> transaction::send(std::span<const statement> group, deadline until) {
    std::vector<statement> all;
    all.reserve(prefixes_.size() + group.size() + 2);
    for (const prefix& one : prefixes_)
        all.push_back(one.text);
    if (until < until_) all.push_back(limit_step(left_until(until)));
    const std::size_t before = all.size();
    all.insert(all.end(), group.begin(), group.end());
    if (until < until_) all.push_back(lift_limit());
    auto received = link_->run(all, {.until = std::min(until, until_), .as = framing::atomic});
    begun_ = begun_ || received || link_->state() != session_state::idle;
    if (!received) {
        error failure = failed_step(std::move(received.error()), before, group.size());
        const bool late = failure.sqlstate() == "57014"_sqlstate &&
                          clock::now() + rounding >= std::min(until, until_);
        if (late) failure = error{errc::deadline, failure.sqlstate(), *failure.report()};
        return tl::unexpected{std::move(failure)};
    }
    observe(*received);
    prefixes_.clear();
    const auto first = received->begin() + static_cast<std::ptrdiff_t>(before);
    return std::vector<rows>{first, first + static_cast<std::ptrdiff_t>(group.size())};
}

/// The failure as the caller counts his statements. What was owed is paid when it was the group
/// itself that failed; when it was not, nobody knows how far the server came.
error transaction::failed_step(error failure, std::size_t before, std::size_t asked) {
    if (stayed_here(failure)) return failure;
    failed_ = true;
    const std::size_t at = failure.statement();
    const bool owed_is_paid = prefixes_.empty() || at > before;
    if (owed_is_paid) prefixes_.clear();
    beyond_savepoints_ = beyond_savepoints_ || !owed_is_paid;
    const std::size_t ours = at > before && at <= before + asked ? at - before : 0;
    return detail::in_words(std::move(failure)).at(asked > 1 ? ours : 0);
}

void transaction::observe(std::span<const rows> answers) {
    const auto found = std::ranges::find_if(prefixes_, &prefix::observes);
    if (found == prefixes_.end()) return;
    const rows& answer = answers[static_cast<std::size_t>(found - prefixes_.begin())];
    if (answer.size() != 1) return;
    static_cast<void>(decode(answer.at(0, 0), self_.number));
    static_cast<void>(decode(answer.at(0, 1), self_.begun));
    static_cast<void>(decode(answer.at(0, 2), self_.timeline));
}

result<void> transaction::may_step(std::span<const statement> group) const {
    if (verdict_ != verdict::open) {
        return fail(errc::refused, "this transaction has ended: nothing can follow its last step");
    }
    if (failed_) {
        return fail(
            errc::refused,
            "a step of this transaction failed: return its error, or put such a step into a "
            "savepoint");
    }
    return detail::check_members(group);
}

result<std::vector<rows>> transaction::run(std::span<const statement> group, const sending& how) {
    if (group.empty()) return std::vector<rows>{};
    if (auto may = may_step(group); !may) return tl::unexpected{std::move(may.error())};
    auto received = send(group, how.until);
    // Without COMMIT nothing of it can stay, whatever became of the statement.
    if (!received) return tl::unexpected{std::move(received.error()).with(outcome::did_not_run)};
    return received;
}

/// Sends what is owed by itself, ahead of a stream.
result<void> transaction::begin_now() {
    if (prefixes_.empty()) return {};
    auto begun = send({}, until_);
    if (!begun) return tl::unexpected{std::move(begun.error()).with(outcome::did_not_run)};
    return {};
}

result<void> transaction::stream(const statement& one, row_sink sink, const sending& how) {
    if (auto may = may_step(std::span{&one, 1}); !may) return may;
    if (auto begun = begin_now(); !begun) return begun;
    const sending by{.until = std::min(how.until, until_), .as = framing::atomic};
    auto streamed = link_->stream(one, sink, by);
    // The sink's error may be any; the session tells whether something left.
    failed_ = link_->state() != session_state::in_transaction;
    if (streamed) return streamed;
    return tl::unexpected{detail::in_words(std::move(streamed.error())).with(outcome::did_not_run)};
}

class transaction::pulled_step final : public part_source {
public:
    pulled_step(transaction& of, statement one, const sending& how)
        : of_{of}, one_{std::move(one)}, how_{how} {}
    ~pulled_step() override {
        if (parts_ != nullptr) leave();
    }

    result<std::optional<rows>> next() override {
        if (!std::exchange(begun_, true)) {
            if (auto may = begin(); !may) return tl::unexpected{std::move(may.error())};
        }
        if (parts_ == nullptr) return std::optional<rows>{};
        auto part = parts_->next();
        if (!part || !*part) leave();
        if (part) return part;
        return tl::unexpected{detail::in_words(std::move(part.error())).with(outcome::did_not_run)};
    }

private:
    result<void> begin() {
        if (auto may = of_.may_step(std::span{&one_, 1}); !may) return may;
        if (auto begun = of_.begin_now(); !begun) return begun;
        how_ = {.until = std::min(how_.until, of_.until_), .as = framing::atomic};
        parts_ = of_.link_->pull(std::move(one_), how_);
        return {};
    }
    /// The session tells whether the transaction is still there.
    void leave() {
        parts_.reset();
        of_.failed_ = of_.link_->state() != session_state::in_transaction;
    }

    transaction& of_;
    statement one_;
    sending how_;
    std::unique_ptr<part_source> parts_;
    bool begun_ = false;
};

std::unique_ptr<part_source> transaction::pull(statement one, const sending& how) {
    return std::make_unique<pulled_step>(*this, std::move(one), how);
}

result<rows> transaction::run_last(const statement& last) {
    if (auto may = may_step(std::span{&last, 1}); !may) return tl::unexpected{may.error()};
    auto received = commit(std::span{&last, 1});
    if (!received) return tl::unexpected{std::move(received.error())};
    return std::move(received->front());
}

/// Sends `last` and COMMIT as one group.
result<std::vector<rows>> transaction::commit(std::span<const statement> last) {
    std::erase_if(prefixes_, [](const prefix& one) { return one.observes; });
    const bool reads = options_.access == access_mode::read_only;
    std::vector<statement> group{last.begin(), last.end()};
    if (options_.proof == commit_proof::token && !reads) {
        token_ = detail::new_commit_token();
        group.push_back(detail::leave_commit_token(token_));
    }
    group.push_back(detail::control("commit", reads ? effect::reads : effect::unknown));
    if (auto told = invalidations_.before_commit(); !told) {
        roll_back();
        return tl::unexpected{std::move(told.error())};
    }
    auto received = send(group, until_);
    if (!received) {
        error failure = std::move(received.error());
        const bool is_callers = last.size() > 1 && failure.statement() <= last.size();
        if (!is_callers) failure = std::move(failure).at(0);
        return tl::unexpected{lost_commit(std::move(failure))};
    }
    if (received->back().tag() != "COMMIT") {
        conclude(verdict::rolled_back);
        return tl::unexpected{detail::not_committed()};
    }
    conclude(verdict::committed);
    received->resize(last.size());
    return received;
}

/// The group with COMMIT failed: by the server's word, or with its answer lost.
error transaction::lost_commit(error failure) {
    if (!failure.may_have_run() || ended_by_report(failure)) {
        roll_back();
        return std::move(failure).with(outcome::did_not_run);
    }
    failure = std::move(failure).with(find_out());
    if (failure.outcome() == outcome::ran) conclude(verdict::committed);
    if (failure.outcome() == outcome::did_not_run) roll_back();
    if (failure.outcome() == outcome::may_have_run) {
        lost_ = failure;
        conclude(verdict::unknown);
    }
    return failure;
}

/// Asks the server, on another connection, what became of this transaction.
outcome transaction::find_out() {
    const auto ask = [&](const statement& question, deadline until) {
        return link_->elsewhere(question, until);
    };
    if (!token_.empty()) return detail::claim_commit_token(token_, until_, ask);
    if (self_.number.empty()) return outcome::may_have_run;
    return detail::look_up_transaction(self_, until_, ask);
}

std::optional<error> transaction::finish(const error* failure) {
    if (verdict_ == verdict::unknown) {
        return error{failure != nullptr ? *failure : *lost_}.with(outcome::may_have_run);
    }
    if (failure != nullptr) {
        if (verdict_ == verdict::committed) return error{*failure}.with(outcome::ran);
        if (verdict_ == verdict::open) roll_back();
        return *failure;
    }
    if (verdict_ == verdict::committed) return std::nullopt;
    if (verdict_ == verdict::open && !begun_ && !failed_) {
        conclude(verdict::committed);
        return std::nullopt;
    }
    if (verdict_ != verdict::open || failed_) {
        if (verdict_ == verdict::open) roll_back();
        return error{errc::commit,
                     "the body returned a value though a step of the transaction had failed: it is "
                     "rolled back"};
    }
    auto received = commit({});
    if (received || verdict_ == verdict::committed) return std::nullopt;
    return std::move(received.error());
}

void transaction::roll_back() noexcept {
    link_->roll_back(until_);
    conclude(verdict::rolled_back);
}

void transaction::conclude(honeydue::verdict how) {
    verdict_ = how;
    if (how == verdict::committed) invalidations_.committed();
    if (how == verdict::rolled_back) invalidations_.rolled_back();
    if (how == verdict::unknown) invalidations_.unknown();
    for (const hook& one : std::exchange(hooks_, {})) {
        if (one.when == how) one.call();
    }
}

void transaction::after_commit(std::function<void()> call) {
    hooks_.push_back({verdict::committed, std::move(call)});
}
void transaction::after_rollback(std::function<void()> call) {
    hooks_.push_back({verdict::rolled_back, std::move(call)});
}
void transaction::after_unknown(std::function<void()> call) {
    hooks_.push_back({verdict::unknown, std::move(call)});
}

transaction::savepoint_mark transaction::set_savepoint() {
    const savepoint_mark mark{++savepoints_, hooks_.size(), invalidations_.mark()};
    prefixes_.push_back(
        {detail::control(fmt::format("savepoint honeydue_{}", mark.number)), mark.number});
    return mark;
}

void transaction::end_savepoint(const savepoint_mark& mark, savepoint_end how) {
    if (verdict_ != verdict::open) return;
    const bool undo = how == savepoint_end::undo;
    if (undo) {
        hooks_.resize(mark.hooks);
        invalidations_.rollback_to(mark.invalidated);
    }
    const bool unsent = std::erase_if(prefixes_, [&](const prefix& one) {
                            return one.savepoint == mark.number;
                        }) > 0;
    if (unsent || beyond_savepoints_) return;
    if (undo) {
        const session_state now = link_->state();
        if (now != session_state::in_transaction && now != session_state::failed_transaction)
            return;
        prefixes_.push_back(
            {detail::control(fmt::format("rollback to savepoint honeydue_{}", mark.number))});
        failed_ = false;
    }
    prefixes_.push_back(
        {detail::control(fmt::format("release savepoint honeydue_{}", mark.number))});
}

namespace detail {

attempts::attempts(const transaction_options& options)
    : options_{options}, until_{clock::now() + options.timeout} {}

bool attempts::again(const error& failure, verdict ended) {
    const bool given_up =
        failure.sqlstate() == "40001"_sqlstate || failure.sqlstate() == "40P01"_sqlstate;
    if (ended != verdict::rolled_back || failure.may_have_run()) return false;
    if (!given_up && !failure.connection_lost()) return false;
    if (number_ >= options_.attempts) return false;
    const auto wait = retry_pause(number_);
    if (clock::now() + wait >= until_) return false;
    std::this_thread::sleep_for(wait);
    ++number_;
    return true;
}

}  // namespace detail

}  // namespace honeydue
