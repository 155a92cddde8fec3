// SPDX-License-Identifier: MIT
// The connection a transaction runs on, on loan from a pool or the caller's own, and what may be
// said on it.
#pragma once

#include <chrono>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <honeydue/connection.hpp>
#include <honeydue/error.hpp>
#include <honeydue/rows.hpp>
#include <honeydue/statement.hpp>
#include <honeydue/stream.hpp>

namespace honeydue::detail {

class transaction_link {
public:
    transaction_link() = default;
    transaction_link(const transaction_link&) = delete;
    transaction_link& operator=(const transaction_link&) = delete;
    virtual ~transaction_link() = default;

    [[nodiscard]] virtual result<std::vector<rows>> run(std::span<const statement> group,
                                                        const sending& how) = 0;
    [[nodiscard]] virtual result<void> stream(const statement& one, row_sink sink,
                                              const sending& how) = 0;
    [[nodiscard]] virtual std::unique_ptr<part_source> pull(statement one, const sending& how) = 0;
    [[nodiscard]] virtual session_state state() const = 0;

    /// Asks something on another connection, for this one is lost.
    [[nodiscard]] virtual result<rows> elsewhere(const statement& question, deadline until) = 0;

    /// Ends the transaction if one is open; the caller does not wait for it where a pool can.
    virtual void roll_back(deadline until) noexcept = 0;
};

/// Text of the library's own, which the reader of statements would refuse from a caller.
[[nodiscard]] statement control(std::string text, effect does = effect::unknown);

/// Errors: refused, for what ends a transaction behind the library's back, or is no part of a
/// group: COMMIT as text, CALL, COPY.
[[nodiscard]] result<void> check_members(std::span<const statement> group);

/// The error of a guard that did not hold, in its own words; others as they are.
[[nodiscard]] error in_words(error failure);

/// How long to wait before attempt `made` + 1: full jitter below 10 ms x 2^made, at most 1 s.
/// Source: M. Brooker, "Exponential Backoff And Jitter", 2015.
[[nodiscard]] std::chrono::microseconds retry_pause(int made);

}  // namespace honeydue::detail
