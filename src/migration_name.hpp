// SPDX-License-Identifier: MIT
// The name of a new migration's file. Pure: the folder's names and the time in, a name out.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "migration_plan.hpp"

namespace honeydue::detail {

/// Lower case, with one underscore for each run of what is neither letter nor digit, and none at
/// the ends. Bytes beyond ASCII stay.
[[nodiscard]] std::string snake_case(std::string_view name);

/// Whether a version is a date and time since 1970, as goose numbers by default: YYYYMMDDhhmmss.
[[nodiscard]] bool is_timestamp(std::int64_t version);

/// `sources` are ascending. An empty folder begins with 00001.
[[nodiscard]] std::string next_file_name(const std::vector<migration_source>& sources,
                                         std::string_view name, std::chrono::sys_seconds now);

}  // namespace honeydue::detail
