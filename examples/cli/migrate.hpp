// SPDX-License-Identifier: MIT
// `honeydue migrate`: its commands and options, and what each asks of the migrator.
#pragma once

#include <CLI/CLI.hpp>

#include <stop_token>

namespace cli {

/// Adds the subcommand to `app`; after parsing, `run` does what was asked.
class migrate {
public:
    explicit migrate(CLI::App& app);
    ~migrate();
    migrate(const migrate&) = delete;
    migrate& operator=(const migrate&) = delete;

    /// The exit code.
    int run(std::stop_token stop);

private:
    struct given;

    std::unique_ptr<given> given_;
};

}  // namespace cli
