// SPDX-License-Identifier: MIT
// Where goose's DBSTRING leads: what Go's driver reads in it, as endpoints of ours.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <honeydue/endpoint.hpp>

namespace cli {

/// The endpoints to try, in order: two where the text asks for TLS if there is any, as it does when
/// it says nothing. What it leaves out is taken from PGHOST and its kin, as libpq does.
/// Errors: configuration.
[[nodiscard]] honeydue::result<std::vector<honeydue::endpoint>> goose_targets(
    std::string_view dbstring);

}  // namespace cli
