// SPDX-License-Identifier: MIT
// What users were told, and whether they have read it.
#include <httplib.h>

#include "answers.hpp"

namespace api {

namespace {

using form = field::form;

constexpr std::string_view kinds[] = {"task_due_soon", "task_overdue",     "task_completed",
                                      "task_assigned", "residence_shared", "warranty_expiring",
                                      "system"};

constexpr field notification_filters[] = {
    {"is_read", form::flag},
    {"kind", form::choice, 0, 0, kinds},
};

}  // namespace

json as_json(const notification& one) {
    return {{"id", one.id},
            {"residence_id", one.residence_id},
            {"task_id", one.task_id},
            {"kind", one.kind},
            {"title", one.title},
            {"body", one.body},
            {"due_date", one.due_date},
            {"read_at", one.read_at},
            {"created_at", one.created_at}};
}

void answer_notifications(const asked& by, httplib::Response& to) {
    answer_page(by, to, "notifications", notification_filters,
                [&](const json& only, const page_wanted& wanted) {
                    return by.from.notifications_of(by.token,
                                                    {.is_read = said<bool>(only, "is_read"),
                                                     .kind = said<std::string>(only, "kind")},
                                                    wanted);
                });
}

void answer_notification_read(const asked& by, httplib::Response& to) {
    answer_one(by.from.read_notification(by.token, by.id), to);
}

void answer_notifications_read(const asked& by, httplib::Response& to) {
    const auto count = by.from.read_notifications(by.token);
    if (!count) return refuse(to, count.error());
    send(to, 200, {{"read", *count}});
}

}  // namespace api
