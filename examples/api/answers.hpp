// SPDX-License-Identifier: MIT
// The answers to the routes, a file for each kind of thing, and what they share.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "refusal.hpp"
#include "store.hpp"

namespace httplib {
struct Request;
struct Response;
}  // namespace httplib

namespace api {

/// A request as its route sees it.
struct asked {
    const store& from;
    const httplib::Request& request;
    std::string token;  ///< of the right shape; empty where the route asks for none
    std::int64_t id;    ///< in the path; 0 where there is none
};

void answer_health(const asked& by, httplib::Response& to);

void answer_tasks(const asked& by, httplib::Response& to);

void answer_residences(const asked& by, httplib::Response& to);
void answer_create(const asked& by, httplib::Response& to);
void answer_remove(const asked& by, httplib::Response& to);
void answer_join(const asked& by, httplib::Response& to);
void answer_leave(const asked& by, httplib::Response& to);

[[nodiscard]] tl::expected<std::string, refusal> token_in(const httplib::Request& request);

/// The part of a list that `limit` and `cursor` name.
[[nodiscard]] tl::expected<page_wanted, refusal> page_in(const httplib::Request& request);

[[nodiscard]] json body_of(const httplib::Request& request);

/// The text under `name`; nothing when it is not there, or no text.
[[nodiscard]] std::optional<std::string> text_in(const json& body, const char* name);

void answer_done(const answer<void>& done, httplib::Response& to);

template <class T>
json or_null(const std::optional<T>& value) {
    return value ? json(*value) : json(nullptr);
}

[[nodiscard]] json as_json(const account& one);
[[nodiscard]] json as_json(const task& one);

}  // namespace api
