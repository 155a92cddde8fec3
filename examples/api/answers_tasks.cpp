// SPDX-License-Identifier: MIT
// What homes need done.
#include <httplib.h>

#include "answers.hpp"

namespace api {

namespace {

using form = field::form;
using presence = field::presence;
using occasion = field::occasion;

constexpr std::string_view categories[] = {"general",  "plumbing", "electrical", "hvac",
                                           "exterior", "garden",   "safety",     "appliance",
                                           "cleaning", "interior"};
constexpr std::string_view priorities[] = {"low", "medium", "high", "urgent"};
constexpr std::string_view statuses[] = {"pending", "in_progress", "completed", "cancelled"};
constexpr std::string_view recurrences[] = {"once",       "weekly", "monthly", "quarterly",
                                            "semiannual", "annual", "custom"};

constexpr field task_fields[] = {
    {"residence_id", form::whole, largest_key, 1, {}, presence::required, occasion::creation},
    {"title", form::text, 200, 1, {}, presence::required},
    {"description", form::text, 10'000},
    {"category", form::choice, 0, 0, categories, presence::defaulted},
    {"priority", form::choice, 0, 0, priorities, presence::defaulted},
    {"status", form::choice, 0, 0, statuses, presence::defaulted, occasion::change},
    {"recurrence", form::choice, 0, 0, recurrences, presence::defaulted},
    {"recurrence_interval_days", form::whole, 36'525, 1},
    {"due_date", form::day},
    {"assigned_to_id", form::whole, largest_key, 1},
    {"contractor_id", form::whole, largest_key, 1},
    {"estimated_cost", form::amount},
    {"actual_cost", form::amount},
    {"is_archived", form::flag, 0, 0, {}, presence::defaulted, occasion::change},
};

constexpr field completion_fields[] = {
    {"due_date", form::day},       {"contractor_id", form::whole, largest_key, 1},
    {"actual_cost", form::amount}, {"rating", form::whole, 5, 1},
    {"notes", form::text, 10'000},
};

constexpr field task_filters[] = {
    {"residence_id", form::whole, largest_key, 1},
    {"assigned_to_id", form::whole, largest_key, 1},
    {"status", form::choice, 0, 0, statuses},
    {"category", form::choice, 0, 0, categories},
    {"priority", form::choice, 0, 0, priorities},
    {"due_from", form::day},
    {"due_to", form::day},
    {"is_archived", form::flag},
};

task_filter filter_of(const json& only) {
    return {.residence_id = said<std::int64_t>(only, "residence_id"),
            .assigned_to_id = said<std::int64_t>(only, "assigned_to_id"),
            .status = said<std::string>(only, "status"),
            .category = said<std::string>(only, "category"),
            .priority = said<std::string>(only, "priority"),
            .due_from = said<std::string>(only, "due_from"),
            .due_to = said<std::string>(only, "due_to"),
            .is_archived = said<bool>(only, "is_archived")};
}

}  // namespace

json as_json(const task& one) {
    return {{"id", one.id},
            {"residence_id", one.residence_id},
            {"title", one.title},
            {"description", one.description},
            {"category", one.category},
            {"priority", one.priority},
            {"status", one.status},
            {"recurrence", one.recurrence},
            {"recurrence_interval_days", one.recurrence_interval_days},
            {"due_date", one.due_date},
            {"completed_at", one.completed_at},
            {"assigned_to_id", one.assigned_to_id},
            {"contractor_id", one.contractor_id},
            {"estimated_cost", one.estimated_cost},
            {"actual_cost", one.actual_cost},
            {"is_archived", one.is_archived},
            {"created_at", one.created_at},
            {"updated_at", one.updated_at}};
}

json as_json(const completion& one) {
    return {{"id", one.id},
            {"task_id", one.task_id},
            {"completed_by_id", one.completed_by_id},
            {"contractor_id", one.contractor_id},
            {"due_date", one.due_date},
            {"completed_at", one.completed_at},
            {"actual_cost", one.actual_cost},
            {"rating", one.rating},
            {"notes", one.notes}};
}

void answer_tasks(const asked& by, httplib::Response& to) {
    answer_page(by, to, "tasks", task_filters, [&](const json& only, const page_wanted& wanted) {
        return by.from.tasks_of(by.token, filter_of(only), wanted);
    });
}

void answer_task(const asked& by, httplib::Response& to) {
    answer_one(by.from.task_of(by.token, by.id), to);
}

void answer_task_creation(const asked& by, httplib::Response& to) {
    answer_creation(by, to, task_fields, invalid_task, "/api/tasks/",
                    [&](const given_row& row) { return by.from.create_task(by.token, row); });
}

void answer_task_change(const asked& by, httplib::Response& to) {
    answer_change(by, to, task_fields, invalid_task,
                  [&](const given_row& row) { return by.from.change_task(by.token, by.id, row); });
}

void answer_task_removal(const asked& by, httplib::Response& to) {
    answer_done(by.from.remove_task(by.token, by.id), to);
}

void answer_completion(const asked& by, httplib::Response& to) {
    answer_creation(by, to, completion_fields, invalid_completion, "", [&](const given_row& row) {
        return by.from.complete_task(by.token, by.id, row);
    });
}

}  // namespace api
