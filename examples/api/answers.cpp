// SPDX-License-Identifier: MIT
// What the answers share: what a request holds, read with care.
#include "answers.hpp"

#include <httplib.h>
#include <strings.h>

#include <algorithm>
#include <charconv>

namespace api {

namespace {

constexpr std::int64_t default_limit = 50;
constexpr std::int64_t largest_limit = 500;
constexpr std::size_t longest_token = 40;

bool is_token(std::string_view text) {
    const auto is_plain = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    };
    return !text.empty() && text.size() <= longest_token &&
           std::all_of(text.begin(), text.end(), is_plain);
}

}  // namespace

tl::expected<std::string, refusal> token_in(const httplib::Request& request) {
    constexpr std::string_view scheme = "Token ";
    const auto given = request.get_header_value_count("Authorization");
    if (given == 0) return tl::unexpected{not_authenticated};
    const std::string value = request.get_header_value("Authorization");
    const bool is_ours = ::strncasecmp(value.c_str(), scheme.data(), scheme.size()) == 0;
    if (given > 1 || !is_ours) return tl::unexpected{malformed_token};
    std::string token = value.substr(scheme.size());
    if (!is_token(token)) return tl::unexpected{malformed_token};
    return token;
}

tl::expected<page_wanted, refusal> page_in(const httplib::Request& request) {
    page_wanted wanted{.limit = default_limit, .cursor = request.get_param_value("cursor")};
    if (request.get_param_value_count("cursor") > 1) return tl::unexpected{invalid_cursor};
    const auto limits = request.get_param_value_count("limit");
    if (limits == 0) return wanted;
    const std::string text = request.get_param_value("limit");
    const auto [end, failure] =
        std::from_chars(text.data(), text.data() + text.size(), wanted.limit);
    const bool is_number = failure == std::errc{} && end == text.data() + text.size();
    if (limits > 1 || !is_number || wanted.limit < 1 || wanted.limit > largest_limit) {
        return tl::unexpected{invalid_limit};
    }
    return wanted;
}

/// The text under `name`; nothing when it is not there, or no text.
std::optional<std::string> text_in(const json& body, const char* name) {
    const auto found = body.is_object() ? body.find(name) : body.end();
    if (found == body.end() || !found->is_string()) return std::nullopt;
    return found->get<std::string>();
}

json body_of(const httplib::Request& request) {
    if (request.body.empty()) return json::object();
    return json::parse(request.body, nullptr, /*allow_exceptions=*/false);
}

void set_location(httplib::Response& to, const std::string& path, std::int64_t id) {
    to.set_header("Location", path + std::to_string(id) + "/");
}

void answer_done(const answer<void>& done, httplib::Response& to) {
    if (!done) return refuse(to, done.error());
    send(to, 200, {{"status", "ok"}});
}

json as_json(const account& one) { return {{"id", one.id}, {"username", one.username}}; }

}  // namespace api
