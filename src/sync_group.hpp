// SPDX-License-Identifier: MIT
// One sync group in flight: its statements leave together, and its answers are read to the Sync.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <honeydue/connection.hpp>
#include <honeydue/error.hpp>
#include <honeydue/rows.hpp>
#include <honeydue/statement.hpp>

#include "libpq.hpp"

namespace honeydue {

/// Whether `group` may be sent at all: every statement is sound, and its place fits.
[[nodiscard]] result<void> check_group(std::span<const statement> group, framing as,
                                       bool in_transaction);

/// Bounds what follows in the transaction, and never loosens a stricter limit. Costs no round trip,
/// and ends with the transaction, so that a pooler's next client does not meet it.
[[nodiscard]] statement statement_limit(std::chrono::milliseconds left);

/// Thread: one at a time.
class sync_group {
public:
    explicit sync_group(deadline until) noexcept : until_{until} {}

    /// Hands every statement and the Sync to libpq, which copies them. An error leaves the
    /// connection unusable.
    /// `limit` goes before the first that is not BEGIN, and its answer is nobody's.
    [[nodiscard]] result<void> send(PGconn* to, std::span<const statement> group,
                                    const std::optional<statement>& limit = std::nullopt);

    /// Sends a prepared statement under a name that is new to everyone, and the question who has it
    /// under which. Two answers.
    [[nodiscard]] result<void> send_probe(PGconn* to);

    /// Has the server read each statement and say what it would answer, and sends the question
    /// behind them. Two answers for each, and one.
    [[nodiscard]] result<void> send_descriptions(PGconn* to, std::span<const statement> asked,
                                                 const statement& question);

    /// Rows of the only statement go to `sink` as they arrive, from now on.
    void stream_to(PGconn* from, row_sink sink);

    /// The same rows are kept until they are taken, one part at a time, and nothing is read from
    /// the wire while there is a part.
    void pull_from(PGconn* from);
    [[nodiscard]] std::optional<rows> take_part() noexcept {
        return std::exchange(part_, std::nullopt);
    }
    /// Whether there is nothing to do before more arrives.
    [[nodiscard]] bool waits(PGconn* on) const noexcept;

    /// Writes and reads what can be without waiting. An error is final and leaves the connection
    /// unusable; what the server refuses is not one, but the answer.
    [[nodiscard]] result<void> advance(PGconn* on, std::chrono::steady_clock::time_point now);

    /// True when the Sync has been read.
    [[nodiscard]] bool complete() const noexcept { return complete_; }

    /// The answer: one `rows` for each statement, or the first error.
    [[nodiscard]] result<std::vector<rows>> take();

    [[nodiscard]] interest wants() const noexcept;
    [[nodiscard]] deadline until() const noexcept { return until_; }

private:
    [[nodiscard]] result<void> drain(PGconn* on);
    [[nodiscard]] result<void> accept(libpq::result_ptr received);
    [[nodiscard]] error lost(PGconn* on);
    [[nodiscard]] error limited(error refused) const;
    [[nodiscard]] error blame(error failure) const;
    [[nodiscard]] outcome ran() const noexcept;

    deadline until_;
    std::optional<row_sink> sink_;
    std::optional<rows> part_;
    std::vector<rows> answers_;
    std::optional<error> refused_;
    std::size_t statements_ = 0;
    std::optional<std::size_t> limit_at_;  ///< among the answers
    int boundaries_ = 0;
    bool only_reads_ = true;
    bool writing_ = false;
    bool complete_ = false;
    bool pulled_ = false;
};

}  // namespace honeydue
