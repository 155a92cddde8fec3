// SPDX-License-Identifier: MIT
// The answers to the routes, a file for each kind of thing, and what they share.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "fields.hpp"
#include "refusal.hpp"
#include "store.hpp"

namespace httplib {
struct Request;
struct Response;
}  // namespace httplib

namespace nlohmann {

/// Nothing is null.
template <class T>
struct adl_serializer<std::optional<T>> {
    template <class Json>
    static void to_json(Json& to, const std::optional<T>& from) {
        if (from) {
            to = *from;
        } else {
            to = nullptr;
        }
    }
};

}  // namespace nlohmann

namespace api {

/// A request as its route sees it.
struct asked {
    const store& from;
    const httplib::Request& request;
    std::string token;  ///< of the right shape; empty where the route asks for none
    std::int64_t id;    ///< in the path; 0 where there is none
};

void answer_health(const asked& by, httplib::Response& to);
void answer_openapi(const asked& by, httplib::Response& to);
void answer_ready(const asked& by, httplib::Response& to);

void answer_login(const asked& by, httplib::Response& to);
void answer_logout(const asked& by, httplib::Response& to);

void answer_tasks(const asked& by, httplib::Response& to);
void answer_task(const asked& by, httplib::Response& to);
void answer_task_creation(const asked& by, httplib::Response& to);
void answer_task_change(const asked& by, httplib::Response& to);
void answer_task_removal(const asked& by, httplib::Response& to);
void answer_completion(const asked& by, httplib::Response& to);

void answer_residences(const asked& by, httplib::Response& to);
void answer_summary(const asked& by, httplib::Response& to);
void answer_create(const asked& by, httplib::Response& to);
void answer_remove(const asked& by, httplib::Response& to);
void answer_join(const asked& by, httplib::Response& to);
void answer_leave(const asked& by, httplib::Response& to);

void answer_contractors(const asked& by, httplib::Response& to);
void answer_contractor(const asked& by, httplib::Response& to);
void answer_contractor_creation(const asked& by, httplib::Response& to);
void answer_contractor_change(const asked& by, httplib::Response& to);
void answer_contractor_removal(const asked& by, httplib::Response& to);

void answer_documents(const asked& by, httplib::Response& to);
void answer_document(const asked& by, httplib::Response& to);
void answer_document_creation(const asked& by, httplib::Response& to);
void answer_document_change(const asked& by, httplib::Response& to);
void answer_document_removal(const asked& by, httplib::Response& to);

void answer_notifications(const asked& by, httplib::Response& to);
void answer_notification_read(const asked& by, httplib::Response& to);
void answer_notifications_read(const asked& by, httplib::Response& to);

[[nodiscard]] tl::expected<std::string, refusal> token_in(const httplib::Request& request);

/// The part of a list that `limit` and `cursor` name.
[[nodiscard]] tl::expected<page_wanted, refusal> page_in(const httplib::Request& request);

/// An empty object when there is none; discarded when it is no JSON.
[[nodiscard]] json body_of(const httplib::Request& request);

/// The text under `name`; nothing when it is not there, or no text.
[[nodiscard]] std::optional<std::string> text_in(const json& body, const char* name);

void set_location(httplib::Response& to, const std::string& path, std::int64_t id);

void answer_done(const answer<void>& done, httplib::Response& to);

[[nodiscard]] json as_json(const account& one);
[[nodiscard]] json as_json(const task& one);
[[nodiscard]] json as_json(const completion& one);
[[nodiscard]] json as_json(const residence& one);
[[nodiscard]] json as_json(const contractor& one);
[[nodiscard]] json as_json(const document& one);
[[nodiscard]] json as_json(const notification& one);

/// What was said under `name`, of an object whose values have been looked at.
template <class T>
std::optional<T> said(const json& in, const char* name) {
    const auto found = in.find(name);
    if (found == in.end()) return std::nullopt;
    return found->template get<T>();
}

/// A page whose rows stand under `name`. `read` is given the filter and the part that is wanted.
template <class Read>
void answer_page(const asked& by, httplib::Response& to, const char* name,
                 std::span<const field> filters, const Read& read) {
    const auto wanted = page_in(by.request);
    if (!wanted) return refuse(to, wanted.error());
    const auto only = filter_in(by.request, filters);
    if (!only) return refuse(to, invalid_filter, only.error());
    const auto page = read(*only, *wanted);
    if (!page) return refuse(to, page.error());
    json rows = json::array();
    for (const auto& one : page->rows)
        rows.push_back(as_json(one));
    send(to, 200,
         {{"user", as_json(page->owner)},
          {"count", page->rows.size()},
          {"next", page->next},
          {name, std::move(rows)}});
}

template <class T>
void answer_one(const answer<T>& one, httplib::Response& to, int status = 200) {
    if (!one) return refuse(to, one.error());
    send(to, status, as_json(*one));
}

/// `write` is given the row that the body describes.
template <class Write>
void answer_change(const asked& by, httplib::Response& to, std::span<const field> fields,
                   const refusal& invalid, const Write& write) {
    const auto row = row_in(body_of(by.request), fields, field::occasion::change);
    if (!row) return refuse(to, invalid, row.error());
    answer_one(write(*row), to);
}

/// Likewise, of a row that is new and then found behind `path`; nowhere when that is empty.
template <class Write>
void answer_creation(const asked& by, httplib::Response& to, std::span<const field> fields,
                     const refusal& invalid, const std::string& path, const Write& write) {
    const auto row = row_in(body_of(by.request), fields, field::occasion::creation);
    if (!row) return refuse(to, invalid, row.error());
    const auto made = write(*row);
    if (made && !path.empty()) set_location(to, path, made->id);
    answer_one(made, to, 201);
}

}  // namespace api
