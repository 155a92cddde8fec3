// SPDX-License-Identifier: MIT
// What the API answers to which request. Every answer is JSON; a failure carries a stable code.
#include "routes.hpp"

#include <httplib.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

namespace api {

namespace {

using json = nlohmann::ordered_json;

constexpr std::string_view known_paths[] = {"/api/health/", "/api/tasks/"};
constexpr std::int64_t default_limit = 50;
constexpr std::int64_t largest_limit = 500;
constexpr std::size_t longest_token = 40;
constexpr std::size_t most_header_fields = 100;

/// A failure as clients see it: the code is for programs, the message for people.
struct refusal {
    int status;
    const char* code;
    const char* message;
};

constexpr refusal not_authenticated{401, "not_authenticated",
                                    "send the header Authorization: Token <your token>"};
constexpr refusal malformed_token{401, "malformed_token",
                                  "Authorization is not Token and one token of letters and digits"};
constexpr refusal unknown_token{401, "unknown_token",
                                "the token is nobody's, or its user is not active"};
constexpr refusal invalid_limit{400, "invalid_limit", "limit is a whole number from 1 to 500"};
constexpr refusal unavailable{503, "database_unavailable",
                              "the database cannot be reached at the moment: try again"};
constexpr refusal internal{500, "internal_error", "the request could not be served"};
constexpr refusal unknown_path{404, "not_found", "there is nothing at this path"};
constexpr refusal wrong_method{405, "method_not_allowed", "this path knows GET and HEAD only"};

/// What the HTTP library refuses by itself.
constexpr refusal refused_early[] = {
    {400, "malformed_request", "this is not a whole request of HTTP/1.1"},
    {413, "body_too_large", "the body is larger than 64 KiB"},
    {414, "path_too_long", "the path is longer than 8 KiB"},
    {431, "header_too_large", "a header field is larger than 8 KiB, or there are more than 100"},
};

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

void refuse(httplib::Response& to, const trouble& why) {
    std::fprintf(stderr, "honeydue-api: %s\n", why.explanation.c_str());
    refuse(to, why.what == trouble::kind::unavailable ? unavailable : internal);
}

bool is_token(std::string_view text) {
    const auto is_plain = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    };
    return !text.empty() && text.size() <= longest_token &&
           std::all_of(text.begin(), text.end(), is_plain);
}

tl::expected<std::string, refusal> token_in(const httplib::Request& request) {
    constexpr std::string_view scheme = "Token ";
    const auto given = request.get_header_value_count("Authorization");
    if (given == 0) return tl::unexpected{not_authenticated};
    const std::string value = request.get_header_value("Authorization");
    if (given > 1 || !value.starts_with(scheme)) return tl::unexpected{malformed_token};
    std::string token = value.substr(scheme.size());
    if (!is_token(token)) return tl::unexpected{malformed_token};
    return token;
}

tl::expected<std::int64_t, refusal> limit_in(const httplib::Request& request) {
    if (!request.has_param("limit")) return default_limit;
    const std::string text = request.get_param_value("limit");
    std::int64_t limit = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), limit);
    const bool is_number = failure == std::errc{} && end == text.data() + text.size();
    if (!is_number || limit < 1 || limit > largest_limit) return tl::unexpected{invalid_limit};
    return limit;
}

template <class T>
json or_null(const std::optional<T>& value) {
    return value ? json(*value) : json(nullptr);
}

json as_json(const task& one) {
    return {{"id", one.id},
            {"residence_id", one.residence_id},
            {"title", one.title},
            {"description", or_null(one.description)},
            {"category", one.category},
            {"priority", one.priority},
            {"status", one.status},
            {"recurrence", one.recurrence},
            {"recurrence_interval_days", or_null(one.recurrence_interval_days)},
            {"due_date", or_null(one.due_date)},
            {"completed_at", or_null(one.completed_at)},
            {"assigned_to_id", or_null(one.assigned_to_id)},
            {"contractor_id", or_null(one.contractor_id)},
            {"estimated_cost", or_null(one.estimated_cost)},
            {"actual_cost", or_null(one.actual_cost)},
            {"is_archived", one.is_archived},
            {"created_at", one.created_at},
            {"updated_at", one.updated_at}};
}

json as_json(const task_page& page) {
    json tasks = json::array();
    for (const task& one : page.tasks)
        tasks.push_back(as_json(one));
    return {{"user", {{"id", page.owner->id}, {"username", page.owner->username}}},
            {"count", page.tasks.size()},
            {"tasks", std::move(tasks)}};
}

void answer_health(const store& from, httplib::Response& to) {
    const auto checked = from.check();
    if (!checked) return refuse(to, checked.error());
    send(to, 200, {{"status", "ok"}, {"database", "ok"}});
}

void answer_tasks(const store& from, const httplib::Request& request, httplib::Response& to) {
    const auto token = token_in(request);
    if (!token) return refuse(to, token.error());
    const auto limit = limit_in(request);
    if (!limit) return refuse(to, limit.error());
    const auto page = from.tasks_of(*token, *limit);
    if (!page) return refuse(to, page.error());
    if (!page->owner) return refuse(to, unknown_token);
    send(to, 200, as_json(*page));
}

bool is_known(std::string_view path) {
    return std::find(std::begin(known_paths), std::end(known_paths), path) != std::end(known_paths);
}

/// The library gives up on a header that is too long with a plain 400: it knows the request line
/// then, and not yet whom it speaks to.
int status_meant(const httplib::Request& request, int status) {
    const bool in_header = !request.path.empty() && request.remote_addr.empty();
    return status == 400 && in_header ? 431 : status;
}

void answer_unrouted(const httplib::Request& request, httplib::Response& to) {
    if (to.status == 404 && is_known(request.path)) {
        to.set_header("Allow", "GET, HEAD");
        return refuse(to, wrong_method);
    }
    if (to.status == 404) return refuse(to, unknown_path);
    const int status = status_meant(request, to.status);
    for (const refusal& known : refused_early) {
        if (known.status == status) return refuse(to, known);
    }
    refuse(to, internal);
}

/// Without either field a request has no body; the library would wait for one until its timeout.
/// Source: RFC 9112, section 6.3.
bool has_body(const httplib::Request& request) {
    return request.has_header("Content-Length") || request.has_header("Transfer-Encoding");
}

}  // namespace

// A body would be left unread, so who sends one is routed.
bool is_answered_early(const httplib::Request& request, httplib::Response& to) {
    if (has_body(request)) return false;
    const bool is_read = request.method == "GET" || request.method == "HEAD";
    const bool is_overlong = request.headers.size() > most_header_fields;
    if (is_read && !is_overlong) return false;
    to.status = is_overlong ? 431 : 404;
    answer_unrouted(request, to);
    return true;
}

void add_routes(httplib::Server& to, const store& from) {
    using httplib::Request;
    using httplib::Response;
    to.Get("/api/health/",
           [&from](const Request&, Response& answer) { answer_health(from, answer); });
    to.Get("/api/tasks/", [&from](const Request& request, Response& answer) {
        answer_tasks(from, request, answer);
    });
    to.set_error_handler([](const Request& request, Response& answer) {
        if (answer.body.empty()) answer_unrouted(request, answer);
    });
}

}  // namespace api
