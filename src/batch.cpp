// SPDX-License-Identifier: MIT
// What is sent for a transaction of one sync group, and what its answer means.
#include <honeydue/batch.hpp>

#include <algorithm>

#include <fmt/format.h>

#include "commit_token.hpp"

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

atomic_group::atomic_group(std::vector<statement> statements, const transaction_options& options)
    : asked_{statements.size()}, commits_{options.needs_begin()} {
    if (commits_) sent_.push_back(runtime(options.begin_text()));
    if (options.proof == commit_proof::token) {
        token_ = new_commit_token();
        sent_.push_back(leave_commit_token(token_));
    }
    first_ = sent_.size();
    std::ranges::move(statements, std::back_inserter(sent_));
    if (commits_) sent_.push_back(runtime("commit"));
}

result<std::vector<rows>> atomic_group::answers(result<std::vector<rows>> received) const {
    if (!received) {
        const std::size_t failed = received.error().statement();
        const std::size_t ours = failed > first_ && failed <= first_ + asked_ ? failed - first_ : 0;
        return tl::unexpected{std::move(received.error()).at(ours)};
    }
    if (commits_ && received->back().tag() != "COMMIT") return tl::unexpected{not_committed()};
    const auto first = received->begin() + static_cast<std::ptrdiff_t>(first_);
    return std::vector<rows>{first, first + static_cast<std::ptrdiff_t>(asked_)};
}

std::optional<statement> atomic_group::claim() const {
    if (token_.empty()) return std::nullopt;
    return claim_commit_token(token_);
}

error atomic_group::settled(error failure, const rows& claimed) {
    return std::move(failure).with(was_committed(claimed) ? outcome::ran : outcome::did_not_run);
}

}  // namespace detail

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
