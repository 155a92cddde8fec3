// SPDX-License-Identifier: MIT
// redis://[[user]:password@]host[:port][/database]
#pragma once

#include <honeydue/error.hpp>

#include <string>
#include <string_view>

namespace honeydue {

struct redis_url {
    bool tls = false;
    std::string user{};
    std::string password{};
    std::string host{};
    int port = 6379;
    int database = 0;
};

/// Errors: configuration; what is wrong, and never the password.
[[nodiscard]] result<redis_url> parse_redis_url(std::string_view text);

}  // namespace honeydue
