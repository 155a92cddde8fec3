// SPDX-License-Identifier: MIT
// Who is called when something breaks.
#include <httplib.h>

#include "answers.hpp"

namespace api {

namespace {

using form = field::form;
using presence = field::presence;

constexpr std::string_view specialties[] = {"general",      "plumbing",    "electrical", "hvac",
                                            "roofing",      "landscaping", "painting",   "cleaning",
                                            "pest_control", "appliance",   "flooring",   "masonry"};

constexpr field contractor_fields[] = {
    {"residence_id", form::whole, largest_key, 1},
    {"name", form::text, 200, 1, {}, presence::required},
    {"company", form::text, 200},
    {"specialty", form::choice, 0, 0, specialties, presence::defaulted},
    {"phone_number", form::text, 32},
    {"email", form::email, 254},
    {"website", form::text, 255},
    {"license_number", form::text, 100},
    {"hourly_rate", form::amount},
    {"rating", form::whole, 5, 1},
    {"notes", form::text, 10'000},
    {"is_favorite", form::flag, 0, 0, {}, presence::defaulted},
    {"is_active", form::flag, 0, 0, {}, presence::defaulted},
};

constexpr field contractor_filters[] = {
    {"residence_id", form::whole, largest_key, 1},
    {"specialty", form::choice, 0, 0, specialties},
    {"is_favorite", form::flag},
    {"is_active", form::flag},
};

contractor_filter filter_of(const json& only) {
    return {.residence_id = said<std::int64_t>(only, "residence_id"),
            .specialty = said<std::string>(only, "specialty"),
            .is_favorite = said<bool>(only, "is_favorite"),
            .is_active = said<bool>(only, "is_active")};
}

}  // namespace

json as_json(const contractor& one) {
    return {{"id", one.id},
            {"created_by_id", one.created_by_id},
            {"residence_id", one.residence_id},
            {"name", one.name},
            {"company", one.company},
            {"specialty", one.specialty},
            {"phone_number", one.phone_number},
            {"email", one.email},
            {"website", one.website},
            {"license_number", one.license_number},
            {"hourly_rate", one.hourly_rate},
            {"rating", one.rating},
            {"notes", one.notes},
            {"is_favorite", one.is_favorite},
            {"is_active", one.is_active},
            {"created_at", one.created_at},
            {"updated_at", one.updated_at}};
}

void answer_contractors(const asked& by, httplib::Response& to) {
    answer_page(by, to, "contractors", contractor_filters,
                [&](const json& only, const page_wanted& wanted) {
                    return by.from.contractors_of(by.token, filter_of(only), wanted);
                });
}

void answer_contractor(const asked& by, httplib::Response& to) {
    answer_one(by.from.contractor_of(by.token, by.id), to);
}

void answer_contractor_creation(const asked& by, httplib::Response& to) {
    answer_creation(by, to, contractor_fields, invalid_contractor, "/api/contractors/",
                    [&](const given_row& row) { return by.from.create_contractor(by.token, row); });
}

void answer_contractor_change(const asked& by, httplib::Response& to) {
    answer_change(by, to, contractor_fields, invalid_contractor, [&](const given_row& row) {
        return by.from.change_contractor(by.token, by.id, row);
    });
}

void answer_contractor_removal(const asked& by, httplib::Response& to) {
    answer_done(by.from.remove_contractor(by.token, by.id), to);
}

}  // namespace api
