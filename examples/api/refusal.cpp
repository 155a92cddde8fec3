// SPDX-License-Identifier: MIT
// Every answer is JSON; a failure carries a stable code.
#include "refusal.hpp"

#include <httplib.h>

#include <cstdio>
#include <nlohmann/json.hpp>

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

namespace {

const refusal& as_refusal(trouble::kind what) {
    switch (what) {
        case trouble::kind::unavailable:
            return unavailable;
        case trouble::kind::unknown_token:
            return unknown_token;
        case trouble::kind::unknown_residence:
            return unknown_residence;
        case trouble::kind::not_the_owner:
            return not_the_owner;
        case trouble::kind::invalid_cursor:
            return invalid_cursor;
        case trouble::kind::is_the_owner:
            return is_the_owner;
        case trouble::kind::wrong_code:
            return wrong_code;
        case trouble::kind::internal:
            break;
    }
    return internal;
}

}  // namespace

void refuse(httplib::Response& to, const trouble& why) {
    const refusal& told = as_refusal(why.what);
    if (told.status >= 500) std::fprintf(stderr, "honeydue-api: %s\n", why.explanation.c_str());
    refuse(to, told);
}

}  // namespace api
