// SPDX-License-Identifier: MIT
// The servers of the test row as honeydue's endpoints.
#pragma once

#include <string>
#include <utility>

#include <honeydue/endpoint.hpp>
#include <honeydue/statement.hpp>

#include "test_environment.hpp"

namespace honeydue::support {

/// The value, or the end of the test with the error's own words.
template <class T>
T must(result<T> answer) {
    if (!answer) throw server_error(explain(answer.error()));
    return std::move(*answer);
}

inline endpoint reach(const connection_parameters& by) {
    std::string text;
    for (const auto& [word, value] : by) {
        text += word + "='" + value + "' ";
    }
    return must(endpoint::parse(text));
}

/// BEGIN, COMMIT: what transactions send for their callers, who are refused it as text by a pool.
inline statement control(std::string word) { return statement{std::move(word), {}, {}}; }

/// The current row's server.
inline endpoint reach_row() { return reach(test_environment::shared().parameters()); }

/// The same server through another port, such as a wire's.
inline endpoint through(endpoint to, std::uint16_t port) {
    to.port = port;
    return to;
}

}  // namespace honeydue::support
