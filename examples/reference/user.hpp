// SPDX-License-Identifier: MIT
// Model of user_userprofile: one to each auth_user, how it is reached and reminded.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "auth.hpp"

namespace user {

struct userprofile {
    honeydue::id<userprofile> id{};
    honeydue::foreign_key<auth::user> user_id;
    std::optional<std::string> phone_number{};
    std::optional<std::string> bio{};
    std::optional<honeydue::date> date_of_birth{};
    std::optional<std::string> profile_picture_key{};
    std::string time_zone = "UTC";  ///< an IANA name
    std::optional<honeydue::timestamptz> email_verified_at{};
    std::int16_t reminder_lead_days = 3;
    bool push_notifications = true;
    bool email_notifications = true;
    honeydue::timestamptz created_at = honeydue::timestamptz::now();
    honeydue::timestamptz updated_at = honeydue::timestamptz::now();
};

}  // namespace user
