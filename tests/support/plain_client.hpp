// SPDX-License-Identifier: MIT
// libpq and nothing else: how the test servers are set up and asked, without the library under
// test.
#pragma once

#include "program.hpp"

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace honeydue::support {

using text_row = std::vector<std::string>;  // NULL is an empty string

// libpq's keywords (host, port, user …) and their values.
using connection_parameters = std::map<std::string, std::string>;

// Errors: server_error with the server's message.
// Cost: PQexec's, one round trip per call.
class plain_client {
public:
    explicit plain_client(const connection_parameters& parameters);
    ~plain_client();

    plain_client(const plain_client&) = delete;
    plain_client& operator=(const plain_client&) = delete;

    // Simple protocol: several statements may stand in `sql`, the last one's rows are answered.
    std::vector<text_row> execute(std::string_view sql);
    // One sync group of several statements by libpq's pipeline mode; answers how many succeeded.
    int execute_as_group(const std::vector<std::string>& statements);
    std::string quote_literal(std::string_view text) const;
    int server_version() const;

private:
    struct state;
    std::unique_ptr<state> state_;
};

// The parameters libpq reads in a URL or a key=value string.
connection_parameters parse_connection_string(const std::string& text);

}  // namespace honeydue::support
