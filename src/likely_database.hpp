// SPDX-License-Identifier: MIT
// The commonest wrong database name: the right one in another case.
#pragma once

#include <honeydue/connection.hpp>
#include <honeydue/endpoint.hpp>
#include <honeydue/error.hpp>

namespace honeydue {

/// When `failure` is a missing database, asks the server once for one whose name differs only in
/// case, and says so. Cost: up to two handshakes and a round trip, at most 5 s, only then.
[[nodiscard]] error with_likely_database(error failure, const endpoint& to, deadline until);

}  // namespace honeydue
