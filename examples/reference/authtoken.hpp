// SPDX-License-Identifier: MIT
// Model of authtoken_token: the secret a request carries, one to each auth_user.
#pragma once

#include <string>

#include "auth.hpp"

namespace authtoken {

struct token {
    static constexpr honeydue::table meta{.key = "key"};

    std::string key;  ///< 40 lower-case hexadecimal digits
    honeydue::foreign_key<auth::user> user_id;
    honeydue::timestamptz created = honeydue::timestamptz::now();
};

}  // namespace authtoken
