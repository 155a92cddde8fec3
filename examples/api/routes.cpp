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
constexpr refusal invalid_cursor{400, "invalid_cursor",
                                 "the cursor is not one of this list: begin without one"};
constexpr refusal unavailable{503, "database_unavailable",
                              "the database cannot be reached at the moment: try again"};
constexpr refusal unknown_residence{404, "unknown_residence",
                                    "there is no such residence, or it is not yours"};
constexpr refusal not_the_owner{403, "not_the_owner", "only a residence's owner may do this"};
constexpr refusal is_the_owner{409, "is_the_owner",
                               "who owns a residence has no need to join it, "
                               "and cannot leave it: delete it instead"};
constexpr refusal wrong_code{403, "wrong_code",
                             "send {\"code\": …} with the code its owner was given"};
constexpr refusal invalid_residence{
    400, "invalid_residence",
    "send {\"name\": 1 to 200 characters} and, if wanted, \"property_type\": house, apartment, "
    "condo, townhouse, cottage, mobile_home or other"};
constexpr refusal internal{500, "internal_error", "the request could not be served"};
constexpr refusal unknown_path{404, "not_found", "there is nothing at this path"};
constexpr refusal wrong_method{405, "method_not_allowed",
                               "the header Allow says what this path knows"};

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

void refuse(httplib::Response& to, const trouble& why) {
    const refusal& told = as_refusal(why.what);
    if (told.status >= 500) std::fprintf(stderr, "honeydue-api: %s\n", why.explanation.c_str());
    refuse(to, told);
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
    return {{"user", {{"id", page.owner.id}, {"username", page.owner.username}}},
            {"count", page.tasks.size()},
            {"next", or_null(page.next)},
            {"tasks", std::move(tasks)}};
}

json as_json(const residence& one) {
    json members = json::array();
    for (const member& user : one.members)
        members.push_back({{"id", user.id}, {"username", user.username}});
    json tasks = json::array();
    for (const task& due : one.tasks)
        tasks.push_back(as_json(due));
    return {{"id", one.id},
            {"owner_id", one.owner_id},
            {"name", one.name},
            {"property_type", one.property_type},
            {"city", or_null(one.city)},
            {"country", or_null(one.country)},
            {"members", std::move(members)},
            {"open_tasks", one.open_tasks},
            {"tasks", std::move(tasks)}};
}

json as_json(const residence_page& page) {
    json residences = json::array();
    for (const residence& one : page.residences)
        residences.push_back(as_json(one));
    return {{"user", {{"id", page.owner.id}, {"username", page.owner.username}}},
            {"count", page.residences.size()},
            {"next", or_null(page.next)},
            {"residences", std::move(residences)}};
}

/// A request as its route sees it.
struct asked {
    const store& from;
    const httplib::Request& request;
    std::string token;  ///< of the right shape; empty where the route asks for none
    std::int64_t id;    ///< in the path; 0 where there is none
};

void answer_health(const asked& by, httplib::Response& to) {
    const auto checked = by.from.check();
    if (!checked) return refuse(to, checked.error());
    const auto caches = by.from.caches();
    send(to, 200,
         {{"status", "ok"},
          {"database", "ok"},
          {"cache",
           {{"shared", !caches.is_shared ? "none"
                       : caches.is_well  ? "ok"
                                         : "unreachable"},
            {"memory_hits", caches.memory_hits},
            {"shared_hits", caches.shared_hits},
            {"loads", caches.loads}}}});
}

/// `Page` is a member of store that gives a page of a list.
template <auto Page>
void answer_page(const asked& by, httplib::Response& to) {
    const auto limit = limit_in(by.request);
    if (!limit) return refuse(to, limit.error());
    const auto page = (by.from.*Page)(
        by.token, {.limit = *limit, .cursor = by.request.get_param_value("cursor")});
    if (!page) return refuse(to, page.error());
    send(to, 200, as_json(*page));
}

/// The text under `name`; nothing when it is not there, or no text.
std::optional<std::string> text_in(const json& body, const char* name) {
    const auto found = body.is_object() ? body.find(name) : body.end();
    if (found == body.end() || !found->is_string()) return std::nullopt;
    return found->get<std::string>();
}

json body_of(const httplib::Request& request) {
    return json::parse(request.body, nullptr, /*allow_exceptions=*/false);
}

/// What the table's checks let in, so that a caller is told which value it was.
tl::expected<new_residence, refusal> residence_in(const json& body) {
    constexpr std::string_view types[] = {"house",   "apartment",   "condo", "townhouse",
                                          "cottage", "mobile_home", "other"};
    const auto name = text_in(body, "name");
    if (!name) return tl::unexpected{invalid_residence};
    new_residence wanted{.name = *name};
    if (body.contains("property_type")) {
        const auto type = text_in(body, "property_type");
        const bool is_one =
            type && std::find(std::begin(types), std::end(types), *type) != std::end(types);
        if (!is_one) return tl::unexpected{invalid_residence};
        wanted.property_type = *type;
    }
    const auto is_first_byte = [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
    };
    const auto letters = std::count_if(wanted.name.begin(), wanted.name.end(), is_first_byte);
    const bool has_nul = wanted.name.find('\0') != std::string::npos;
    if (letters < 1 || letters > 200 || has_nul) return tl::unexpected{invalid_residence};
    return wanted;
}

void answer_create(const asked& by, httplib::Response& to) {
    const auto wanted = residence_in(body_of(by.request));
    if (!wanted) return refuse(to, wanted.error());
    const auto made = by.from.create(by.token, *wanted);
    if (!made) return refuse(to, made.error());
    to.set_header("Location", "/api/residences/" + std::to_string(made->id) + "/");
    send(to, 201, {{"id", made->id}, {"join_code", made->join_code}});
}

void answer_done(const answer<void>& done, httplib::Response& to) {
    if (!done) return refuse(to, done.error());
    send(to, 200, {{"status", "ok"}});
}

void answer_join(const asked& by, httplib::Response& to) {
    const auto code = text_in(body_of(by.request), "code");
    answer_done(by.from.join(by.token, by.id, code.value_or("")), to);
}

void answer_leave(const asked& by, httplib::Response& to) {
    answer_done(by.from.leave(by.token, by.id), to);
}

void answer_remove(const asked& by, httplib::Response& to) {
    answer_done(by.from.remove(by.token, by.id), to);
}

/// What the API knows. In a path, {id} stands for a number from 1.
struct route {
    std::string_view method;
    std::string_view path;
    void (*answer)(const asked& by, httplib::Response& to);
    bool needs_token = true;
};

constexpr route routes[] = {
    {"GET", "/api/health/", answer_health, false},
    {"GET", "/api/tasks/", answer_page<&store::tasks_of>},
    {"GET", "/api/residences/", answer_page<&store::residences_of>},
    {"POST", "/api/residences/", answer_create},
    {"DELETE", "/api/residences/{id}/", answer_remove},
    {"POST", "/api/residences/{id}/join/", answer_join},
    {"POST", "/api/residences/{id}/leave/", answer_leave},
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
    for (const route& one : routes) {
        if (!matched(one.path, path)) continue;
        if (!all.empty()) all += ", ";
        all += one.method == "GET" ? "GET, HEAD" : one.method;
    }
    return all;
}

void answer_route(const route& by, std::int64_t id, const store& from,
                  const httplib::Request& request, httplib::Response& to) {
    if (!by.needs_token) return by.answer({from, request, {}, id}, to);
    auto token = token_in(request);
    if (!token) return refuse(to, token.error());
    by.answer({from, request, std::move(*token), id}, to);
}

void answer_any(const store& from, const httplib::Request& request, httplib::Response& to) {
    const std::string method = request.method == "HEAD" ? "GET" : request.method;
    for (const route& one : routes) {
        const auto id = matched(one.path, request.path);
        if (id && one.method == method) return answer_route(one, *id, from, request, to);
    }
    const std::string allowed = methods_of(request.path);
    if (allowed.empty()) return refuse(to, unknown_path);
    to.set_header("Allow", allowed);
    refuse(to, wrong_method);
}

/// The library gives up on a header that is too long with a plain 400: it knows the request line
/// then, and not yet whom it speaks to.
int status_meant(const httplib::Request& request, int status) {
    const bool in_header = !request.path.empty() && request.remote_addr.empty();
    return status == 400 && in_header ? 431 : status;
}

void answer_refused(const httplib::Request& request, httplib::Response& to) {
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

// A body would be left unread, so who sends one is answered behind it.
bool is_answered_early(const store& from, const httplib::Request& request, httplib::Response& to) {
    if (has_body(request)) return false;
    if (request.headers.size() > most_header_fields) {
        to.status = 431;
        answer_refused(request, to);
    } else {
        answer_any(from, request, to);
    }
    return true;
}

void add_routes(httplib::Server& to, const store& from) {
    using httplib::Request;
    using httplib::Response;
    const auto any = [&from](const Request& request, Response& answer) {
        answer_any(from, request, answer);
    };
    to.Get(".*", any);
    to.Post(".*", any);
    to.Put(".*", any);
    to.Patch(".*", any);
    to.Delete(".*", any);
    to.Options(".*", any);
    to.set_error_handler([](const Request& request, Response& answer) {
        if (answer.body.empty()) answer_refused(request, answer);
    });
}

}  // namespace api
