// SPDX-License-Identifier: MIT
// What the API answers to which request.
#include "routes.hpp"

#include <httplib.h>

#include <charconv>
#include <optional>
#include <string_view>
#include <utility>

#include "answers.hpp"
#include "etag.hpp"
#include "framing.hpp"
#include "request_record.hpp"

namespace api {

namespace {

constexpr route all_routes[] = {
    {"GET", "/api/health/", answer_health, false},
    {"GET", "/api/health/ready/", answer_ready, false},
    {"POST", "/api/auth/login/", answer_login, false},
    {"POST", "/api/auth/logout/", answer_logout},
    {"GET", "/api/openapi.json", answer_openapi, false},
    {"GET", "/api/tasks/", answer_tasks},
    {"POST", "/api/tasks/", answer_task_creation},
    {"GET", "/api/tasks/{id}/", answer_task},
    {"PATCH", "/api/tasks/{id}/", answer_task_change},
    {"DELETE", "/api/tasks/{id}/", answer_task_removal},
    {"POST", "/api/tasks/{id}/completions/", answer_completion},
    {"GET", "/api/residences/", answer_residences},
    {"POST", "/api/residences/", answer_create},
    {"GET", "/api/residences/summary/", answer_summary},
    {"DELETE", "/api/residences/{id}/", answer_remove},
    {"POST", "/api/residences/{id}/join/", answer_join},
    {"POST", "/api/residences/{id}/leave/", answer_leave},
    {"GET", "/api/contractors/", answer_contractors},
    {"POST", "/api/contractors/", answer_contractor_creation},
    {"GET", "/api/contractors/{id}/", answer_contractor},
    {"PATCH", "/api/contractors/{id}/", answer_contractor_change},
    {"DELETE", "/api/contractors/{id}/", answer_contractor_removal},
    {"GET", "/api/documents/", answer_documents},
    {"POST", "/api/documents/", answer_document_creation},
    {"GET", "/api/documents/{id}/", answer_document},
    {"PATCH", "/api/documents/{id}/", answer_document_change},
    {"DELETE", "/api/documents/{id}/", answer_document_removal},
    {"GET", "/api/notifications/", answer_notifications},
    {"POST", "/api/notifications/read/", answer_notifications_read},
    {"POST", "/api/notifications/{id}/read/", answer_notification_read},
};

/// The number in place of {id}, 0 when the pattern has none; nothing when the path is another.
std::optional<std::int64_t> matched(std::string_view pattern, std::string_view path) {
    constexpr std::string_view hole = "{id}";
    const auto at = pattern.find(hole);
    if (at == std::string_view::npos) {
        return pattern == path ? std::optional<std::int64_t>{0} : std::nullopt;
    }
    const std::string_view behind = pattern.substr(at + hole.size());
    const bool fits = path.size() > at + behind.size() &&
                      path.substr(0, at) == pattern.substr(0, at) && path.ends_with(behind);
    if (!fits) return std::nullopt;
    const std::string_view number = path.substr(at, path.size() - at - behind.size());
    std::int64_t id = 0;
    const auto [end, failure] = std::from_chars(number.data(), number.data() + number.size(), id);
    const bool is_number = failure == std::errc{} && end == number.data() + number.size();
    return is_number && id > 0 ? std::optional{id} : std::nullopt;
}

/// The methods of a path, as the header Allow has them; empty for an unknown path.
std::string methods_of(std::string_view path) {
    std::string all;
    for (const route& one : all_routes) {
        if (!matched(one.path, path)) continue;
        if (!all.empty()) all += ", ";
        all += one.method == "GET" ? "GET, HEAD" : one.method;
    }
    return all;
}

void answer_route(const route& by, std::int64_t id, const store& from,
                  const httplib::Request& request, httplib::Response& to) {
    if (auto* const noted = request_of_this_thread()) noted->route = by.path;
    if (!by.needs_token) return by.answer({from, request, {}, id}, to);
    auto token = token_in(request);
    if (!token) return refuse(to, token.error());
    by.answer({from, request, std::move(*token), id}, to);
    if (by.method == "GET" && to.status == 200) tag_body(request, to);
}

void answer_any(const store& from, const httplib::Request& request, httplib::Response& to) {
    const std::string method = request.method == "HEAD" ? "GET" : request.method;
    for (const route& one : all_routes) {
        const auto id = matched(one.path, request.path);
        if (id && one.method == method) return answer_route(one, *id, from, request, to);
    }
    const std::string allowed = methods_of(request.path);
    if (allowed.empty()) return refuse(to, unknown_path);
    to.set_header("Allow", allowed);
    refuse(to, wrong_method);
}

}  // namespace

std::span<const route> routes() { return all_routes; }

// The library would wait for a body that is not announced until its timeout.
bool is_answered_early(const store& from, const httplib::Request& request, httplib::Response& to) {
    ignore_range(request);
    const auto body = body_ahead(request, largest_body);
    if (!body) {
        refuse_and_close(request, to, body.error());
    } else if (*body == 0) {
        answer_any(from, request, to);
    }
    return !body || *body == 0;
}

// A Range that the library does not understand is none to it, before anybody is asked.
void answer_given_up(const store& from, const httplib::Request& request, httplib::Response& to) {
    try {
        if (to.status != 416 || !is_answered_early(from, request, to)) refuse_given_up(request, to);
    } catch (...) {
        refuse_thrown(request, to, std::current_exception());
    }
}

void add_routes(httplib::Server& to, const store& from) {
    const auto any = [&from](const httplib::Request& request, httplib::Response& answer) {
        answer_any(from, request, answer);
    };
    constexpr const char* every_path = R"([\s\S]*)";
    to.Post(every_path, any);
    to.Put(every_path, any);
    to.Patch(every_path, any);
}

}  // namespace api
