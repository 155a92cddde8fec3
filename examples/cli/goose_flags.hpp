// SPDX-License-Identifier: MIT
// The command line of the goose program: Go's flags, allowed before, between and after the words.
// Pure: arguments and environment in, settings or a complaint out.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cli {

/// Which goose's wording is spoken.
enum class goose_wording { v3_22, v3_27 };

using variables = std::function<std::optional<std::string>(const std::string& name)>;

struct goose_flags {
    std::string folder = ".";
    std::string table = "goose_db_version";
    std::string env_file;
    std::chrono::nanoseconds timeout{0};
    goose_wording wording = goose_wording::v3_22;
    bool is_verbose = false;
    bool wants_help = false;
    bool wants_version = false;
    bool is_sequential = false;
    bool allows_missing = false;
    bool ignores_versions = false;
    bool is_colorless = false;
    bool is_compatible = false;  ///< ours: files are read bug for bug
    std::vector<std::string> words;
};

/// What Go's flag package says of a command line it refuses. Empty words: help was asked for.
struct flag_fault {
    std::string words;
    goose_wording wording = goose_wording::v3_22;
};

struct parsed_flags {
    goose_flags flags;
    std::optional<flag_fault> fault;
};

[[nodiscard]] parsed_flags parse_goose_flags(std::span<const std::string> arguments);

/// Go's strconv.ParseBool.
[[nodiscard]] std::optional<bool> parse_go_bool(std::string_view text);

/// For the usage: each flag with its help, as Go prints them.
[[nodiscard]] std::string flag_defaults(goose_wording wording);

/// GOOSE_DRIVER in front, GOOSE_DBSTRING second.
[[nodiscard]] std::vector<std::string> merge_words(std::vector<std::string> words,
                                                   const variables& environment);

}  // namespace cli
