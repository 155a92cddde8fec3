// SPDX-License-Identifier: MIT
// Finding out what became of a transaction whose answer is lost: by a row it leaves behind, or by
// its number.
#pragma once

#include <string>
#include <string_view>

#include <honeydue/batch.hpp>
#include <honeydue/connection.hpp>
#include <honeydue/error.hpp>
#include <honeydue/rows.hpp>
#include <honeydue/statement.hpp>
#include <honeydue/transaction.hpp>

namespace honeydue::detail {

/// A random uuid, version 4.
[[nodiscard]] std::string new_commit_token();

/// Sent inside the transaction.
[[nodiscard]] statement leave_commit_token(std::string_view token);

/// Asks until somebody answers, at the latest soon after `until`; then `may_have_run`. It waits for
/// the transaction if that is still open, and takes the token's place if it is not there, so that a
/// copy still on its way fails. Asking twice is as asking once.
[[nodiscard]] outcome claim_commit_token(std::string_view token, deadline until,
                                         const ask_elsewhere& ask);

/// Asks what became of a transaction by its number. After a crash or a failover the number may be
/// another's, so that "committed" is not believed then.
[[nodiscard]] outcome look_up_transaction(const transaction_identity& which, deadline until,
                                          const ask_elsewhere& ask);

/// What tells a `transaction_identity`, asked inside the transaction: a column for each member.
[[nodiscard]] statement observe_transaction();

/// COMMIT was answered with ROLLBACK: an earlier statement had failed.
[[nodiscard]] error not_committed();

}  // namespace honeydue::detail
