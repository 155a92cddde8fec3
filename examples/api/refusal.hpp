// SPDX-License-Identifier: MIT
// What the API refuses: a status and a code that stay, and a message for people.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "store.hpp"

namespace httplib {
struct Response;
}

namespace api {

using json = nlohmann::ordered_json;

struct refusal {
    int status;
    const char* code;
    const char* message;
};

inline constexpr refusal not_authenticated{401, "not_authenticated",
                                           "send the header Authorization: Token <your token>"};
inline constexpr refusal malformed_token{
    401, "malformed_token", "Authorization is not Token and one token of letters and digits"};
inline constexpr refusal unknown_token{401, "unknown_token",
                                       "the token is nobody's, or its user is not active"};
inline constexpr refusal invalid_limit{400, "invalid_limit",
                                       "limit is a whole number from 1 to 500"};
inline constexpr refusal invalid_cursor{400, "invalid_cursor",
                                        "the cursor is not one of this list: begin without one"};
inline constexpr refusal unavailable{503, "database_unavailable",
                                     "the database cannot be reached at the moment: try again"};
inline constexpr refusal unknown_residence{404, "unknown_residence",
                                           "there is no such residence, or it is not yours"};
inline constexpr refusal not_the_owner{403, "not_the_owner",
                                       "only a residence's owner may do this"};
inline constexpr refusal is_the_owner{409, "is_the_owner",
                                      "who owns a residence has no need to join it, "
                                      "and cannot leave it: delete it instead"};
inline constexpr refusal wrong_code{403, "wrong_code",
                                    "send {\"code\": …} with the code its owner was given"};
inline constexpr refusal invalid_residence{
    400, "invalid_residence",
    "send {\"name\": 1 to 200 characters} and, if wanted, \"property_type\": house, apartment, "
    "condo, townhouse, cottage, mobile_home or other"};
inline constexpr refusal internal{500, "internal_error", "the request could not be served"};
inline constexpr refusal unknown_path{404, "not_found", "there is nothing at this path"};
inline constexpr refusal wrong_method{405, "method_not_allowed",
                                      "the header Allow says what this path knows"};

void send(httplib::Response& to, int status, const json& body);

void refuse(httplib::Response& to, const refusal& why);

/// What is the API's own fault, or its database's, is logged too.
void refuse(httplib::Response& to, const trouble& why);

}  // namespace api
