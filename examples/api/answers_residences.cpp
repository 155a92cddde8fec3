// SPDX-License-Identifier: MIT
// Homes, and with whom they are shared.
#include <httplib.h>

#include <algorithm>
#include <iterator>

#include "answers.hpp"

namespace api {

namespace {

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
    return {{"user", as_json(page.owner)},
            {"count", page.residences.size()},
            {"next", or_null(page.next)},
            {"residences", std::move(residences)}};
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

}  // namespace

void answer_residences(const asked& by, httplib::Response& to) {
    const auto wanted = page_in(by.request);
    if (!wanted) return refuse(to, wanted.error());
    const auto page = by.from.residences_of(by.token, *wanted);
    if (!page) return refuse(to, page.error());
    send(to, 200, as_json(*page));
}

void answer_create(const asked& by, httplib::Response& to) {
    const auto wanted = residence_in(body_of(by.request));
    if (!wanted) return refuse(to, wanted.error());
    const auto made = by.from.create(by.token, *wanted);
    if (!made) return refuse(to, made.error());
    to.set_header("Location", "/api/residences/" + std::to_string(made->id) + "/");
    send(to, 201, {{"id", made->id}, {"join_code", made->join_code}});
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

}  // namespace api
