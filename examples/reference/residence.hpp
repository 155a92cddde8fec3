// SPDX-License-Identifier: MIT
// Models of residence_residence and residence_residence_users: a home, and with whom it is shared.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "auth.hpp"

namespace residence {

struct residence {
    honeydue::id<residence> id{};
    honeydue::foreign_key<auth::user> owner_id;
    std::string name;
    std::string property_type = "house";  ///< house, apartment, condo, townhouse, cottage …
    std::optional<std::string> street_address{};
    std::optional<std::string> apartment_unit{};
    std::optional<std::string> city{};
    std::optional<std::string> state_province{};
    std::optional<std::string> postal_code{};
    std::optional<std::string> country{};  ///< ISO 3166-1, two letters
    std::string currency = "USD";          ///< ISO 4217; of every amount of this residence
    std::optional<std::int16_t> bedrooms{};
    std::optional<honeydue::numeric> bathrooms{};   ///< half ones exist
    std::optional<honeydue::numeric> floor_area{};  ///< square metres
    std::optional<std::int16_t> year_built{};
    std::optional<honeydue::date> purchased_on{};
    std::optional<honeydue::numeric> purchase_price{};
    std::optional<std::string> description{};
    bool is_primary = false;
    bool is_active = true;
    honeydue::timestamptz created_at = honeydue::timestamptz::now();
    honeydue::timestamptz updated_at = honeydue::timestamptz::now();
};

/// One row for each user a residence is shared with; its owner has none.
struct users {
    static constexpr honeydue::table meta{.name = "residence_residence_users"};

    honeydue::id<users> id{};
    honeydue::foreign_key<residence> residence_id;
    honeydue::foreign_key<auth::user> user_id;
};

}  // namespace residence
