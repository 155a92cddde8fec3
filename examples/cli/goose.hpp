// SPDX-License-Identifier: MIT
// `honeydue goose`: stands in for the goose program with the postgres driver. Arguments,
// environment, streams, words and exit codes are goose's; docs/goose.md lists what is not.
#pragma once

#include <functional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>

#include "goose_flags.hpp"

namespace cli {

/// What the program is given besides its arguments.
struct goose_surroundings {
    std::function<void(std::string_view)> out;       ///< standard output
    std::function<void(std::string_view)> err;       ///< standard error
    std::function<void(std::string_view line)> log;  ///< a line there, behind the time of day
    variables environment;
    std::stop_token stop{};
};

/// The exit code.
[[nodiscard]] int run_goose(std::span<const std::string> arguments, const goose_surroundings& with);

}  // namespace cli
