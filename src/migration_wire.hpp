// SPDX-License-Identifier: MIT
// connection::run for a command that may be asked to stop in the middle.
#pragma once

#include <span>
#include <stop_token>
#include <vector>

#include <honeydue/connection.hpp>

namespace honeydue::detail {

/// Errors: as `connection::run`; deadline, when asked to stop: the connection is then busy with
/// what it was doing. Cost: as `connection::run`.
[[nodiscard]] result<std::vector<rows>> run_until_stopped(connection& on,
                                                          std::span<const statement> group,
                                                          deadline until,
                                                          const std::stop_token& stop);

/// Waits, and not longer than that. False when asked to stop.
[[nodiscard]] bool pause_unless_stopped(std::chrono::milliseconds wait,
                                        const std::stop_token& stop);

}  // namespace honeydue::detail
