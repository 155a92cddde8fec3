// SPDX-License-Identifier: MIT
// Every answer is JSON; a failure carries a stable code.
#include "refusal.hpp"

#include <httplib.h>

#include <nlohmann/json.hpp>

#include "request_record.hpp"

namespace api {

void send(httplib::Response& to, int status, const json& body) {
    to.status = status;
    to.set_header("Cache-Control", "no-store");
    to.set_content(body.dump(-1, ' ', false, json::error_handler_t::replace), "application/json");
}

void refuse(httplib::Response& to, const refusal& why) {
    if (why.status == 401) to.set_header("WWW-Authenticate", "Token");
    if (why.status == 503) to.set_header("Retry-After", "1");
    send(to, why.status, {{"error", {{"code", why.code}, {"message", why.message}}}});
}

const refusal& as_refusal(trouble::kind what) {
    using kind = trouble::kind;
    struct known {
        kind what;
        const refusal& told;
    };
    static constexpr known all[] = {
        {kind::unavailable, unavailable},
        {kind::outcome_unknown, outcome_unknown},
        {kind::schema_behind, schema_behind},
        {kind::unknown_token, unknown_token},
        {kind::unknown_residence, unknown_residence},
        {kind::unknown_task, unknown_task},
        {kind::unknown_contractor, unknown_contractor},
        {kind::unknown_document, unknown_document},
        {kind::unknown_notification, unknown_notification},
        {kind::unknown_reference, unknown_reference},
        {kind::contradiction, contradiction},
        {kind::already_completed, already_completed},
        {kind::not_the_owner, not_the_owner},
        {kind::invalid_cursor, invalid_cursor},
        {kind::is_the_owner, is_the_owner},
        {kind::wrong_code, wrong_code},
    };
    for (const known& one : all) {
        if (one.what == what) return one.told;
    }
    return internal;
}

void refuse(httplib::Response& to, const refusal& why, const field_fault& of) {
    send(to, why.status,
         {{"error", {{"code", why.code}, {"message", of.message}, {"field", of.field}}}});
}

void refuse(httplib::Response& to, const trouble& why) {
    const refusal& told = as_refusal(why.what);
    if (told.status >= 500) note_failure(why.explanation);
    refuse(to, told);
}

}  // namespace api
