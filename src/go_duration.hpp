// SPDX-License-Identifier: MIT
// Durations as Go writes them, for the variables of services that come from there.
// Source: ParseDuration, src/time/format.go of the Go project.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace honeydue {

/// "1800s", "1h30m", "1.5h", "-300ms", "0": a signed sequence of decimal numbers, each with a unit
/// of ns, us, ms, s, m, h. Empty for anything Go refuses, and for what exceeds 64 bits of
/// nanoseconds.
[[nodiscard]] std::optional<std::chrono::nanoseconds> parse_go_duration(std::string_view text);

}  // namespace honeydue
