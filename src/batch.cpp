// SPDX-License-Identifier: MIT
// What is sent for a transaction of one sync group, and what its answer means.
#include <honeydue/batch.hpp>

#include <algorithm>

#include <fmt/format.h>

#include <honeydue/detail/row_guard.hpp>
#include <honeydue/detail/sql_reader.hpp>

#include "commit_token.hpp"
#include "transaction_link.hpp"

namespace honeydue {

namespace {

template <class Value>
result<void> within(std::string_view field, Value value, Value least, Value most,
                    std::string_view unit) {
    if (value >= least && value <= most) return {};
    return fail(errc::configuration,
                fmt::format("transaction_options.{} is {}{}: it must be {} to {}{}", field, value,
                            unit, least, most, unit));
}

constexpr std::string_view isolation_texts[] = {"", " isolation level read committed",
                                                " isolation level repeatable read",
                                                " isolation level serializable"};
constexpr std::string_view access_texts[] = {"", " read write", " read only"};
constexpr std::string_view deferral_texts[] = {"", " deferrable"};

}  // namespace

result<void> transaction_options::check() const {
    if (auto sound = within<std::int64_t>("timeout", timeout.count(), 1, 3'600'000, " ms");
        !sound) {
        return sound;
    }
    return within("attempts", attempts, 1, 100, "");
}

std::string transaction_options::begin_text() const {
    return fmt::format("begin{}{}{}", isolation_texts[static_cast<std::size_t>(isolation)],
                       access_texts[static_cast<std::size_t>(access)],
                       deferral_texts[static_cast<std::size_t>(deferral)]);
}

bool transaction_options::needs_begin() const noexcept {
    return isolation != isolation::server_default || access != access_mode::server_default ||
           deferral != deferral::server_default;
}

namespace detail {

namespace {

/// Its body may say COMMIT, whatever its caller says of it, and the server refuses that only in a
/// transaction that was begun.
bool is_do(const statement& one) { return sql_tokens{one.text()}.next().names("do"); }

/// The reader takes PREPARE TRANSACTION, which ends one too, for a PREPARE.
bool is_two_phase(const statement& one) {
    sql_tokens tokens{one.text()};
    return tokens.next().names("prepare") && tokens.next().names("transaction");
}

}  // namespace

result<void> check_members(std::span<const statement> group) {
    for (std::size_t i = 0; i < group.size(); ++i) {
        if (group[i].place() != place::session) continue;
        const construct what = read_sql(group[i].text()).what;
        if (what < construct::transaction_control && !is_two_phase(group[i])) continue;
        return tl::unexpected{error{errc::refused, fmt::format("[{}] is not sent in a group: {}",
                                                               group[i].text(), describe(what))}
                                  .at(i + 1)};
    }
    return {};
}

result<void> check_idle(session_state now) {
    if (now != session_state::in_transaction && now != session_state::failed_transaction) return {};
    return fail(errc::refused,
                "a transaction is open on this connection: end it, or use transact throughout");
}

error in_words(error failure) {
    const std::size_t statement = failure.statement();
    return count_of_guard(std::move(failure)).at(statement);
}

result<atomic_group> atomic_group::of(std::vector<statement> statements,
                                      const transaction_options& options) {
    if (auto may = check_members(statements); !may) return tl::unexpected{std::move(may.error())};
    atomic_group made;
    made.asked_ = statements.size();
    made.commits_ = options.needs_begin() || std::ranges::any_of(statements, is_do);
    const bool reads = options.access == access_mode::read_only;
    if (made.commits_) made.sent_.push_back(control(options.begin_text(), effect::reads));
    if (options.proof == commit_proof::token && !reads) {
        made.token_ = new_commit_token();
        made.sent_.push_back(leave_commit_token(made.token_));
    }
    made.first_ = made.sent_.size();
    std::ranges::move(statements, std::back_inserter(made.sent_));
    if (made.commits_) {
        made.sent_.push_back(control("commit", reads ? effect::reads : effect::unknown));
    }
    return made;
}

result<std::vector<rows>> atomic_group::answers(result<std::vector<rows>> received) const {
    if (!received) {
        const std::size_t failed = received.error().statement();
        const std::size_t ours = failed > first_ && failed <= first_ + asked_ ? failed - first_ : 0;
        return tl::unexpected{in_words(std::move(received.error())).at(ours)};
    }
    if (commits_ && received->back().tag() != "COMMIT") return tl::unexpected{not_committed()};
    const auto first = received->begin() + static_cast<std::ptrdiff_t>(first_);
    return std::vector<rows>{first, first + static_cast<std::ptrdiff_t>(asked_)};
}

error atomic_group::settled(error lost, deadline until, const ask_elsewhere& ask) const {
    if (!lost.may_have_run() || token_.empty() || !ask) return lost;
    return std::move(lost).with(claim_commit_token(token_, until, ask));
}

}  // namespace detail

// The text that is no number ends in a part that only the server can compute, or the planner would
// compute all of it, and fail, beforehand.
statement require(const statement& checked, std::string_view expectation) {
    parameters values = checked.parameters();
    std::vector<oid> types{checked.types().begin(), checked.types().end()};
    types.resize(values.size(), oids::inferred);
    std::string said{expectation};
    std::ranges::replace(said, '"', '\'');
    values.add(detail::guard_mark.data() + said);
    types.push_back(oids::text);
    return statement{
        fmt::format("with checked (holds) as ({}\n) select * from checked where (select case when "
                    "coalesce(bool_and(holds), false) then null else (${} || left(count(*)::text, "
                    "0))::int4 end from checked) is null",
                    checked.text(), values.size()),
        std::move(types), std::move(values), checked.effect(), checked.place()};
}

std::size_t batch::bytes() const noexcept {
    std::size_t total = 0;
    for (const statement& one : statements_) {
        total += one.text().size() + one.parameters().wire().size();
    }
    return total;
}

result<void> batch::check() const {
    if (statements_.size() > most_statements) {
        return fail(
            errc::refused,
            fmt::format("a batch takes {} statements, this one has {}: send it in parts, or "
                        "insert a range as one statement",
                        most_statements, statements_.size()));
    }
    if (bytes() > most_bytes) {
        return fail(errc::refused, fmt::format("a batch takes {} bytes, this one has {}: send it "
                                               "in parts",
                                               most_bytes, bytes()));
    }
    return {};
}

}  // namespace honeydue
