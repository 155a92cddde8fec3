// SPDX-License-Identifier: MIT
// Model of subscription_usersubscription: what a user pays for, through which store, until when.
#pragma once

#include <optional>
#include <string>

#include "auth.hpp"

namespace subscription {

struct usersubscription {
    honeydue::id<usersubscription> id{};
    honeydue::foreign_key<auth::user> user_id;
    std::string tier = "free";           ///< free, pro
    std::optional<std::string> store{};  ///< apple, google, stripe; always, when pro
    std::optional<std::string> product_id{};
    std::optional<std::string> original_transaction_id{};
    bool auto_renew = false;
    std::optional<honeydue::timestamptz> started_at{};
    std::optional<honeydue::timestamptz> expires_at{};  ///< always, when pro
    std::optional<honeydue::timestamptz> cancelled_at{};
    honeydue::timestamptz created_at = honeydue::timestamptz::now();
    honeydue::timestamptz updated_at = honeydue::timestamptz::now();
};

}  // namespace subscription
