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

/// Granted beyond the deadline, when that is what cut the answer off.
constexpr std::chrono::milliseconds time_to_find_out{700};

/// A report of this class says that the server gave up the transaction for the sake of others.
bool ended_by_report(const error& failure) {
    return !failure.sqlstate().empty() && !failure.connection_lost();
}

}  // namespace

transaction::transaction(detail::link_ptr link, const transaction_options& options, deadline until,
                         int attempt)
    : link_{std::move(link)}, options_{options}, until_{until}, attempt_{attempt} {
    prefixes_.push_back({runtime(options.begin_text())});
    // Asked for by all but the last group, which learns its fate and its number together.
    if (options.access != access_mode::read_only) {
        prefixes_.push_back({runtime("select pg_current_xact_id()::text"), 0, true});
    }
}

transaction::~transaction() {
    if (verdict_ == verdict::open) roll_back();
}

std::vector<statement> transaction::with_prefixes(std::span<const statement> group) const {
    std::vector<statement> all;
    all.reserve(prefixes_.size() + group.size() + 1);
    for (const prefix& one : prefixes_)
        all.push_back(one.text);
    all.insert(all.end(), group.begin(), group.end());
    return all;
}

/// Sends prefixes and group; answers the group's part.
result<std::vector<rows>> transaction::send(std::span<const statement> group, const sending& how) {
    const std::vector<statement> all = with_prefixes(group);
    const auto first = static_cast<std::ptrdiff_t>(prefixes_.size());
    auto received = link_->run(all, {.until = std::min(how.until, until_), .as = framing::atomic});
    begun_ = begun_ || received || link_->state() != session_state::idle;
    if (!received) {
        failed_ = true;
        const std::size_t failed = received.error().statement();
        const std::size_t ours = failed > prefixes_.size() ? failed - prefixes_.size() : 0;
        return tl::unexpected{std::move(received.error()).at(ours)};
    }
    for (std::size_t i = 0; i < prefixes_.size(); ++i) {
        if (!prefixes_[i].reads_xid) continue;
        if (auto number = decode<std::string>((*received)[i]); number && !number->empty()) {
            xid_ = std::move(number->front());
        }
    }
    prefixes_.clear();
    received->erase(received->begin(), received->begin() + first);
    return received;
}

result<std::vector<rows>> transaction::run(std::span<const statement> group, const sending& how) {
    if (group.empty()) return std::vector<rows>{};
    if (verdict_ != verdict::open) {
        return fail(errc::refused, "this transaction has ended: nothing can follow its last step");
    }
    if (failed_) {
        return fail(
            errc::refused,
            "a step of this transaction failed: return its error, or put such a step into a "
            "savepoint");
    }
    auto received = send(group, how);
    // Without COMMIT nothing of it can stay, whatever became of the statement.
    if (!received) return tl::unexpected{std::move(received.error()).with(outcome::did_not_run)};
    return received;
}

result<rows> transaction::run_last(const statement& last) {
    if (verdict_ != verdict::open || failed_) {
        auto refused = run(std::span{&last, 1});
        return tl::unexpected{std::move(refused.error())};
    }
    auto received = commit(std::span{&last, 1});
    if (!received) return tl::unexpected{std::move(received.error())};
    return std::move(received->front());
}

/// Sends `last` and COMMIT as one group.
result<std::vector<rows>> transaction::commit(std::span<const statement> last) {
    std::erase_if(prefixes_, [](const prefix& one) { return one.reads_xid; });
    std::vector<statement> group{last.begin(), last.end()};
    if (!begun_ && options_.proof == commit_proof::token) {
        token_ = detail::new_commit_token();
        group.push_back(detail::leave_commit_token(token_));
    }
    group.push_back(runtime("commit"));
    auto received = send(group, {});
    if (!received) {
        error failure = std::move(received.error());
        if (failure.statement() > last.size()) failure = std::move(failure).at(0);
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
    conclude(find_out());
    if (verdict_ == verdict::committed) return std::move(failure).with(outcome::ran);
    if (verdict_ == verdict::rolled_back) return std::move(failure).with(outcome::did_not_run);
    return failure;
}

/// Asks the server, on another connection, what became of this transaction.
verdict transaction::find_out() {
    const deadline until = std::max(until_, clock::now() + time_to_find_out);
    if (!token_.empty()) {
        auto claimed = link_->elsewhere(detail::claim_commit_token(token_), until);
        if (!claimed) return verdict::unknown;
        return detail::was_committed(*claimed) ? verdict::committed : verdict::rolled_back;
    }
    if (xid_.empty()) return verdict::unknown;
    const statement question{"select pg_xact_status($1::xid8)",
                             {oids::text},
                             [&] {
                                 parameters values;
                                 values.add(xid_);
                                 return values;
                             }(),
                             effect::reads};
    // The server may not have noticed yet that it has lost us.
    for (std::chrono::milliseconds pause{50}; clock::now() + pause < until; pause *= 2) {
        auto answer = link_->elsewhere(question, until);
        auto status = answer ? decode<std::optional<std::string>>(*answer)
                             : result<std::vector<std::optional<std::string>>>{};
        if (answer && status && status->size() == 1 && status->front()) {
            if (*status->front() == "committed") return verdict::committed;
            if (*status->front() == "aborted") return verdict::rolled_back;
        }
        std::this_thread::sleep_for(pause);
    }
    return verdict::unknown;
}

std::optional<error> transaction::finish(const error* failure) {
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
    if (begun_) link_->roll_back(until_);
    conclude(verdict::rolled_back);
}

void transaction::conclude(honeydue::verdict how) {
    verdict_ = how;
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
    const savepoint_mark mark{++savepoints_, hooks_.size()};
    prefixes_.push_back({runtime(fmt::format("savepoint honeydue_{}", mark.number)), mark.number});
    return mark;
}

void transaction::end_savepoint(const savepoint_mark& mark, savepoint_end how) {
    if (verdict_ != verdict::open) return;
    const bool unsent = std::erase_if(prefixes_, [&](const prefix& one) {
                            return one.savepoint == mark.number;
                        }) > 0;
    if (how == savepoint_end::undo) hooks_.resize(mark.hooks);
    if (unsent) return;
    if (how == savepoint_end::undo && link_->state() == session_state::broken) return;
    if (how == savepoint_end::undo) {
        prefixes_.push_back(
            {runtime(fmt::format("rollback to savepoint honeydue_{}", mark.number))});
        failed_ = false;
    }
    prefixes_.push_back({runtime(fmt::format("release savepoint honeydue_{}", mark.number))});
}

namespace detail {

attempts::attempts(const transaction_options& options)
    : options_{options}, until_{clock::now() + options.timeout} {}

bool attempts::again(const error& failure, verdict ended) {
    if (ended != verdict::rolled_back || !failure.transient() || failure.may_have_run()) {
        return false;
    }
    if (number_ >= options_.attempts) return false;
    const auto wait = retry_pause(number_);
    if (clock::now() + wait >= until_) return false;
    std::this_thread::sleep_for(wait);
    ++number_;
    return true;
}

}  // namespace detail

}  // namespace honeydue
