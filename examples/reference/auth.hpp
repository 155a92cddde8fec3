// SPDX-License-Identifier: MIT
// Model of auth_user: an account that signs in. What it likes and looks like is user.hpp.
#pragma once

#include <optional>
#include <string>

#include <honeydue/model.hpp>

namespace auth {

struct user {
    honeydue::id<user> id{};
    std::string username;
    std::string email;     ///< unique without regard to case
    std::string password;  ///< a hash; one that starts with '!' matches nothing
    std::string first_name;
    std::string last_name;
    bool is_active = true;
    bool is_staff = false;
    bool is_superuser = false;
    std::optional<honeydue::timestamptz> last_login{};
    honeydue::timestamptz date_joined = honeydue::timestamptz::now();
};

}  // namespace auth
