// SPDX-License-Identifier: MIT
// What the API refuses: a status and a code that stay, and a message for people.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "store.hpp"

namespace httplib {
struct Response;
}

namespace api {

using json = nlohmann::ordered_json;

/// A failure as clients see it: the code is for programs, the message for people.
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
inline constexpr refusal outcome_unknown{
    504, "outcome_unknown", "whether this was done is not known: look before you send it again"};
inline constexpr refusal schema_behind{503, "schema_behind",
                                       "the database is not migrated to what this program needs"};
inline constexpr refusal unknown_residence{404, "unknown_residence",
                                           "there is no such residence, or it is not yours"};
inline constexpr refusal not_the_owner{403, "not_the_owner",
                                       "only a residence's owner may do this"};
inline constexpr refusal is_the_owner{409, "is_the_owner",
                                      "who owns a residence has no need to join it, "
                                      "and cannot leave it: delete it instead"};
inline constexpr refusal wrong_code{403, "wrong_code",
                                    "this is not the code that the residence's owner sees"};
inline constexpr refusal invalid_code{400, "invalid_code", "this is no code"};
inline constexpr refusal invalid_residence{
    400, "invalid_residence",
    "send {\"name\": 1 to 200 characters} and, if wanted, \"property_type\": house, apartment, "
    "condo, townhouse, cottage, mobile_home or other"};
inline constexpr refusal unknown_task{404, "unknown_task",
                                      "there is no such task, or it is not yours"};
inline constexpr refusal unknown_contractor{404, "unknown_contractor",
                                            "there is no such contractor, or it is not yours"};
inline constexpr refusal unknown_document{404, "unknown_document",
                                          "there is no such document, or it is not yours"};
inline constexpr refusal unknown_notification{404, "unknown_notification",
                                              "there is no such notification, or it is not yours"};
inline constexpr refusal unknown_reference{
    400, "unknown_reference",
    "it names a user, task, contractor or residence that is none of its own"};
inline constexpr refusal contradiction{400, "contradiction",
                                       "each value is right by itself, and together they are not"};
inline constexpr refusal already_completed{
    409, "already_completed", "this occurrence is completed already, or the task is not open"};
inline constexpr refusal invalid_filter{400, "invalid_filter", "the list has no such part"};
inline constexpr refusal invalid_task{400, "invalid_task", "this is no task"};
inline constexpr refusal invalid_completion{400, "invalid_completion", "this is no completion"};
inline constexpr refusal invalid_contractor{400, "invalid_contractor", "this is no contractor"};
inline constexpr refusal invalid_document{400, "invalid_document", "this is no document"};
inline constexpr refusal internal{500, "internal_error", "the request could not be served"};
inline constexpr refusal unknown_path{404, "not_found", "there is nothing at this path"};
inline constexpr refusal wrong_method{405, "method_not_allowed",
                                      "the header Allow says what this path knows"};

/// Which value it was, and what would be right.
struct field_fault {
    std::string field;
    std::string message;
};

void send(httplib::Response& to, int status, const json& body);

[[nodiscard]] const refusal& as_refusal(trouble::kind what);

void refuse(httplib::Response& to, const refusal& why);

/// In place of the refusal's own message, the field's.
void refuse(httplib::Response& to, const refusal& why, const field_fault& of);

/// What is the API's own fault, or its database's, is logged too.
void refuse(httplib::Response& to, const trouble& why);

}  // namespace api
