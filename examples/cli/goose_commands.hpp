// SPDX-License-Identifier: MIT
// goose's commands on a database, by the migrator, told in goose's lines.
#pragma once

#include <chrono>
#include <cstdint>
#include <stop_token>
#include <string>
#include <string_view>

#include "goose_files.hpp"

namespace cli {

struct goose_request {
    std::string command;
    std::int64_t version = 0;  ///< of up-to and down-to
};

struct goose_settings {
    std::string folder;
    std::string table;
    std::chrono::milliseconds timeout{0};
    bool is_verbose = false;
    bool allows_missing = false;
    bool ignores_versions = false;
    bool is_colorless = false;
    bool is_compatible = false;
    goose_log log;
    std::stop_token stop{};
};

[[nodiscard]] bool is_goose_command(std::string_view word);

/// A duration as goose rounds it and Go prints it: "1.23s", "12.35ms", "123.46µs".
[[nodiscard]] std::string goose_duration(std::chrono::nanoseconds took);

/// "Mon Jan  2 15:04:05 2006", from the wall time "2006-01-02 15:04:05.000000".
[[nodiscard]] std::string goose_time(std::string_view wall_time);

[[nodiscard]] goose_outcome run_command(const goose_request& wanted, std::string_view dbstring,
                                        const goose_settings& how);

}  // namespace cli
