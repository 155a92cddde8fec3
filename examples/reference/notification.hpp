// SPDX-License-Identifier: MIT
// Model of notification_notification: what a user was told, and whether it was read.
#pragma once

#include <optional>
#include <string>

#include "auth.hpp"
#include "residence.hpp"
#include "task.hpp"

namespace notification {

struct notification {
    honeydue::id<notification> id{};
    honeydue::foreign_key<auth::user> user_id;
    std::optional<honeydue::foreign_key<residence::residence>> residence_id{};
    std::optional<honeydue::foreign_key<task::task>> task_id{};
    std::string kind = "system";  ///< task_due_soon, task_overdue, task_completed, system …
    std::string title;
    std::string body;
    std::optional<honeydue::timestamptz> sent_at{};  ///< none: not pushed or mailed yet
    std::optional<honeydue::timestamptz> read_at{};  ///< none: unread
    honeydue::timestamptz created_at = honeydue::timestamptz::now();
    std::optional<honeydue::date> due_date{};  ///< of the task, when it was told by the worker
};

}  // namespace notification
