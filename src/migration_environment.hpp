// SPDX-License-Identifier: MIT
// $NAME and ${NAME...} in one line of a migration, as goose replaces them between ENVSUB ON and
// ENVSUB OFF. Which lines are given to it is migration_file.hpp's business.
// Source: the grammar of the Go module mfridman/interpolate v0.0.2.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

namespace honeydue::detail {

/// The value of a variable; empty optional when it is not set.
using environment = std::function<std::optional<std::string>(std::string_view name)>;

/// The variables of this process.
[[nodiscard]] std::optional<std::string> process_environment(std::string_view name);

/// The line with its variables replaced, or what is wrong with it in goose's words.
/// Range: expressions nested up to 1000 deep, where goose has no limit.
[[nodiscard]] tl::expected<std::string, std::string> substitute(std::string_view line,
                                                                const environment& variables);

}  // namespace honeydue::detail
