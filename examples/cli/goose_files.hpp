// SPDX-License-Identifier: MIT
// What the goose program does with files and without a database: create, fix, init, validate. The
// errors are in goose's words.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "goose_flags.hpp"

namespace cli {

using goose_outcome = tl::expected<void, std::string>;
using goose_log = std::function<void(std::string_view line)>;

/// Lower case with underscores, as goose's own rule has it; bytes beyond ASCII stay as they are.
[[nodiscard]] std::string goose_snake_case(std::string_view name);

struct new_file {
    std::string folder;
    std::string name;
    std::string type;
    bool is_sequential = false;
    goose_wording wording = goose_wording::v3_22;
};
[[nodiscard]] goose_outcome create_file(const new_file& wanted, std::chrono::sys_seconds now,
                                        const goose_log& log);

/// Gives timestamped files the next sequential numbers.
[[nodiscard]] goose_outcome fix_files(const std::string& folder, const goose_log& log);

[[nodiscard]] goose_outcome init_folder(const std::string& folder, std::chrono::sys_seconds now,
                                        const goose_log& log);

/// Reads every file in both directions; `table` gets a line for each, and may be empty.
[[nodiscard]] goose_outcome validate_files(const std::string& folder, const goose_log& table);

}  // namespace cli
