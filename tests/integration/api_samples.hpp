// SPDX-License-Identifier: MIT
// A request for each of the API's routes, of rows that belong to one user.
#pragma once

#include "api_client.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "api/routes.hpp"

namespace honeydue::support {

/// Login and logout are about the caller's own token and nothing else: api_auth.cpp has them.
inline bool is_about_tokens(const api::route& one) { return one.path.starts_with("/api/auth/"); }

/// Somebody who owns a home with something of each kind in it.
struct household_rows {
    std::string user;
    std::string token;
    std::string residence;
    std::string task;
    std::string contractor;
    std::string document;
    std::string notification;
};

/// Of `count` seeded users, each of whom owns all they are listed with.
inline std::vector<household_rows> households(int count) {
    plain_client client(servers().postgres.as_user());
    std::vector<household_rows> all;
    for (
        const auto& row : client.execute(
            "select u.id, " + token_expression +
            ", r.id, t.id, k.id, d.id, n.id from auth_user u "
            "cross join lateral (select r.id from residence_residence r where owner_id = u.id and "
            "exists (select from documents_document d where d.residence_id = r.id) and exists "
            "(select from contractor_contractor k where k.residence_id = r.id and k.created_by_id "
            "= u.id) order by id limit 1) r "
            "cross join lateral (select id from task_task where residence_id = r.id and status = "
            "'pending' and not is_archived order by id limit 1) t "
            "cross join lateral (select id from contractor_contractor where residence_id = r.id "
            "and created_by_id = u.id order by id limit 1) k "
            "cross join lateral (select id from documents_document where residence_id = r.id order "
            "by id limit 1) d "
            "cross join lateral (select id from notification_notification where user_id = u.id and "
            "read_at is null order by id limit 1) n "
            "where u.is_active and u.id > 100 order by u.id limit " +
            std::to_string(count))) {
        all.push_back(
            {row.at(0), row.at(1), row.at(2), row.at(3), row.at(4), row.at(5), row.at(6)});
    }
    return all;
}

struct sample {
    std::string line;
    nlohmann::json body{};
};

/// The route's path with the row of its kind, and a body that fits. `code` joins the residence.
inline sample sample_of(const api::route& route, const household_rows& of,
                        const std::string& code = "0000000000000000") {
    const std::vector<std::pair<std::string_view, const std::string*>> rows{
        {"/api/residences/", &of.residence},
        {"/api/tasks/", &of.task},
        {"/api/contractors/", &of.contractor},
        {"/api/documents/", &of.document},
        {"/api/notifications/", &of.notification}};
    std::string path{route.path};
    if (const auto hole = path.find("{id}"); hole != std::string::npos) {
        for (const auto& [start, id] : rows) {
            if (path.starts_with(start)) path.replace(hole, 4, *id);
        }
    }
    const auto residence = std::stoll(of.residence);
    const std::map<std::string, nlohmann::json> bodies{
        {"POST /api/tasks/", {{"residence_id", residence}, {"title", "Sample"}}},
        {"PATCH /api/tasks/{id}/", {{"title", "Sample"}}},
        {"POST /api/tasks/{id}/completions/", nlohmann::json::object()},
        {"POST /api/residences/", {{"name", "Sample"}}},
        {"POST /api/residences/{id}/join/", {{"code", code}}},
        {"POST /api/contractors/", {{"residence_id", residence}, {"name", "Sample"}}},
        {"PATCH /api/contractors/{id}/", {{"name", "Sample"}}},
        {"POST /api/documents/",
         {{"residence_id", residence},
          {"title", "Sample"},
          {"file_name", "sample.pdf"},
          {"mime_type", "application/pdf"},
          {"size_bytes", 1}}},
        {"PATCH /api/documents/{id}/", {{"title", "Sample"}}},
    };
    const std::string method{route.method};
    const auto body = bodies.find(method + " " + std::string{route.path});
    return {method + " " + path, body == bodies.end() ? nlohmann::json{} : body->second};
}

}  // namespace honeydue::support
