// SPDX-License-Identifier: MIT
// The connection a transaction runs on, on loan from a pool or the caller's own.
#pragma once

#include <chrono>
#include <span>
#include <vector>

#include <honeydue/connection.hpp>
#include <honeydue/error.hpp>
#include <honeydue/rows.hpp>
#include <honeydue/statement.hpp>

namespace honeydue::detail {

class transaction_link {
public:
    transaction_link() = default;
    transaction_link(const transaction_link&) = delete;
    transaction_link& operator=(const transaction_link&) = delete;
    virtual ~transaction_link() = default;

    [[nodiscard]] virtual result<std::vector<rows>> run(std::span<const statement> group,
                                                        const sending& how) = 0;
    [[nodiscard]] virtual session_state state() const = 0;

    /// Asks something on another connection, for this one is lost.
    [[nodiscard]] virtual result<rows> elsewhere(const statement& question, deadline until) = 0;

    /// Ends the open transaction; the caller does not wait for it where a pool can.
    virtual void roll_back(deadline until) noexcept = 0;
};

/// How long to wait before attempt `made` + 1: full jitter below 10 ms x 2^made, at most 1 s.
/// Source: M. Brooker, "Exponential Backoff And Jitter", 2015.
[[nodiscard]] std::chrono::microseconds retry_pause(int made);

}  // namespace honeydue::detail
