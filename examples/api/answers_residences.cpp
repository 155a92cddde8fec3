// SPDX-License-Identifier: MIT
// Homes, and with whom they are shared.
#include <httplib.h>

#include "answers.hpp"

namespace api {

namespace {

constexpr std::string_view types[] = {"house",   "apartment",   "condo", "townhouse",
                                      "cottage", "mobile_home", "other"};

constexpr field residence_fields[] = {
    {"name", field::form::text, 200, 1, {}, field::presence::required},
    {"property_type", field::form::choice, 0, 0, types, field::presence::defaulted},
};

constexpr field join_fields[] = {
    {"code", field::form::text, 64, 1, {}, field::presence::required},
};

json as_json(const residence_summary& one) {
    return {{"id", one.id},
            {"name", one.name},
            {"open_tasks", one.open_tasks},
            {"overdue_tasks", one.overdue_tasks},
            {"due_soon_tasks", one.due_soon_tasks},
            {"completed_tasks", one.completed_tasks},
            {"contractors", one.contractors},
            {"documents", one.documents}};
}

}  // namespace

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
            {"city", one.city},
            {"country", one.country},
            {"join_code", one.join_code},
            {"members", std::move(members)},
            {"open_tasks", one.open_tasks},
            {"tasks", std::move(tasks)}};
}

void answer_residences(const asked& by, httplib::Response& to) {
    answer_page(by, to, "residences", {}, [&](const json& /*only*/, const page_wanted& wanted) {
        return by.from.residences_of(by.token, wanted);
    });
}

void answer_summary(const asked& by, httplib::Response& to) {
    const auto found = by.from.summary_of(by.token);
    if (!found) return refuse(to, found.error());
    json residences = json::array();
    for (const residence_summary& one : found->residences)
        residences.push_back(as_json(one));
    send(to, 200, {{"user", as_json(found->owner)}, {"residences", std::move(residences)}});
}

void answer_create(const asked& by, httplib::Response& to) {
    const json body = body_of(by.request);
    const auto row = row_in(body, residence_fields, field::occasion::creation);
    if (!row) return refuse(to, invalid_residence, row.error());
    new_residence wanted{.name = body.at("name")};
    if (row->has("property_type")) wanted.property_type = body.at("property_type");
    const auto made = by.from.create(by.token, wanted);
    if (!made) return refuse(to, made.error());
    set_location(to, "/api/residences/", made->id);
    send(to, 201, {{"id", made->id}, {"join_code", made->join_code}});
}

void answer_join(const asked& by, httplib::Response& to) {
    const json body = body_of(by.request);
    const auto row = row_in(body, join_fields, field::occasion::creation);
    if (!row) return refuse(to, invalid_code, row.error());
    answer_done(by.from.join(by.token, by.id, body.at("code")), to);
}

void answer_leave(const asked& by, httplib::Response& to) {
    answer_done(by.from.leave(by.token, by.id), to);
}

void answer_remove(const asked& by, httplib::Response& to) {
    answer_done(by.from.remove(by.token, by.id), to);
}

}  // namespace api
