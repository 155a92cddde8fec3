// SPDX-License-Identifier: MIT
// Model of contractor_contractor: who is called when something breaks.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "auth.hpp"
#include "residence.hpp"

namespace contractor {

struct contractor {
    honeydue::id<contractor> id{};
    honeydue::foreign_key<auth::user> created_by_id;
    std::optional<honeydue::foreign_key<residence::residence>> residence_id{};  ///< none: private
    std::string name;
    std::optional<std::string> company{};
    std::string specialty = "general";  ///< general, plumbing, electrical, hvac, roofing …
    std::optional<std::string> phone_number{};
    std::optional<std::string> email{};
    std::optional<std::string> website{};
    std::optional<std::string> license_number{};
    std::optional<honeydue::numeric> hourly_rate{};
    std::optional<std::int16_t> rating{};  ///< 1 to 5
    std::optional<std::string> notes{};
    bool is_favorite = false;
    bool is_active = true;
    honeydue::timestamptz created_at = honeydue::timestamptz::now();
    honeydue::timestamptz updated_at = honeydue::timestamptz::now();
};

}  // namespace contractor
