// SPDX-License-Identifier: MIT
// Proof that a transaction was committed, for when its answer is lost: a row it leaves behind.
#pragma once

#include <string>
#include <string_view>

#include <honeydue/error.hpp>
#include <honeydue/rows.hpp>
#include <honeydue/statement.hpp>

namespace honeydue::detail {

/// A random uuid, version 4.
[[nodiscard]] std::string new_commit_token();

/// Sent inside the transaction.
[[nodiscard]] statement leave_commit_token(std::string_view token);

/// Sent by whoever lost the answer. It waits for the transaction to end if it is still open, and
/// takes the token's place if it is not there, so that a copy still on its way fails.
[[nodiscard]] statement claim_commit_token(std::string_view token);

/// What the answer to a claim means.
[[nodiscard]] bool was_committed(const rows& claimed);

/// COMMIT was answered with ROLLBACK: an earlier statement had failed.
[[nodiscard]] error not_committed();

}  // namespace honeydue::detail
