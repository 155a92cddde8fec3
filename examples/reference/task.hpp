// SPDX-License-Identifier: MIT
// Models of task_task and task_taskcompletion: what a home needs done, and each time it was done.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "auth.hpp"
#include "contractor.hpp"
#include "residence.hpp"

namespace task {

/// Completing a recurring task adds a taskcompletion and moves `due_date` on; the row stays open.
struct task {
    honeydue::id<task> id{};
    honeydue::foreign_key<residence::residence> residence_id;
    honeydue::foreign_key<auth::user> created_by_id;
    std::optional<honeydue::foreign_key<auth::user>> assigned_to_id{};
    std::optional<honeydue::foreign_key<contractor::contractor>> contractor_id{};
    std::string title;
    std::optional<std::string> description{};
    std::string category = "general";  ///< general, plumbing, electrical, hvac, exterior …
    std::string priority = "medium";   ///< low, medium, high, urgent
    std::string status = "pending";    ///< pending, in_progress, completed, cancelled
    std::string recurrence = "once";   ///< once, weekly, monthly … annual, custom
    std::optional<std::int32_t> recurrence_interval_days{};  ///< exactly when custom
    std::optional<honeydue::date> due_date{};                ///< always, when it recurs
    std::optional<honeydue::timestamptz> completed_at{};     ///< exactly when completed
    std::optional<honeydue::numeric> estimated_cost{};
    std::optional<honeydue::numeric> actual_cost{};
    bool is_archived = false;
    honeydue::timestamptz created_at = honeydue::timestamptz::now();
    honeydue::timestamptz updated_at = honeydue::timestamptz::now();
};

struct taskcompletion {
    honeydue::id<taskcompletion> id{};
    honeydue::foreign_key<task> task_id;
    std::optional<honeydue::foreign_key<auth::user>> completed_by_id{};
    std::optional<honeydue::foreign_key<contractor::contractor>> contractor_id{};
    std::optional<honeydue::date> due_date{};  ///< of the task when it was done
    honeydue::timestamptz completed_at = honeydue::timestamptz::now();
    std::optional<honeydue::numeric> actual_cost{};
    std::optional<std::int16_t> rating{};  ///< of the contractor, 1 to 5
    std::optional<std::string> photo_key{};
    std::optional<std::string> notes{};
    honeydue::timestamptz created_at = honeydue::timestamptz::now();
};

}  // namespace task
