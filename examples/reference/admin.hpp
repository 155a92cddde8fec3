// SPDX-License-Identifier: MIT
// Model of admin_users: the operators' accounts, apart from the users of the product.
#pragma once

#include <optional>
#include <string>

#include <honeydue/model.hpp>

namespace admin {

struct user {
    static constexpr honeydue::table meta{.name = "admin_users"};

    honeydue::id<user> id{};
    std::string email;  ///< unique without regard to case
    std::string password_hash;
    std::string full_name;
    std::string role = "viewer";  ///< viewer, support, editor, owner
    bool is_active = true;
    std::optional<honeydue::timestamptz> last_login_at{};
    honeydue::timestamptz created_at = honeydue::timestamptz::now();
    honeydue::timestamptz updated_at = honeydue::timestamptz::now();
};

}  // namespace admin
