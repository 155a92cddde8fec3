// SPDX-License-Identifier: MIT
// The real API program as a child, and the port it took.
#pragma once

#include "child_program.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace honeydue::support {

class api_process : public child_program {
public:
    explicit api_process(const environment_variables& variables,
                         const std::vector<std::string>& options = {"--port", "0"},
                         line_observer observer = {})
        : child_program("honeydue-api", variables, options, std::move(observer)) {}

    // Waits until it listens. Errors: server_error with what it said instead.
    std::uint16_t port() {
        if (port_ == 0) {
            const auto said = line("listening on ");
            port_ = static_cast<std::uint16_t>(std::stoi(said.substr(said.rfind(':') + 1)));
        }
        return port_;
    }

private:
    std::uint16_t port_ = 0;
};

}  // namespace honeydue::support
