// SPDX-License-Identifier: MIT
// What homes need done.
#include <httplib.h>

#include "answers.hpp"

namespace api {

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

namespace {

json as_json(const task_page& page) {
    json tasks = json::array();
    for (const task& one : page.tasks)
        tasks.push_back(as_json(one));
    return {{"user", as_json(page.owner)},
            {"count", page.tasks.size()},
            {"next", or_null(page.next)},
            {"tasks", std::move(tasks)}};
}

}  // namespace

void answer_tasks(const asked& by, httplib::Response& to) {
    const auto wanted = page_in(by.request);
    if (!wanted) return refuse(to, wanted.error());
    const auto page = by.from.tasks_of(by.token, *wanted);
    if (!page) return refuse(to, page.error());
    send(to, 200, as_json(*page));
}

}  // namespace api
