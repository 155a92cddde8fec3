// SPDX-License-Identifier: MIT
// What the store gives and takes: plain values, as the API's clients see them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

namespace api {

/// Why there is no answer.
struct trouble {
    enum class kind {
        unavailable,
        outcome_unknown,  ///< it may have made its row, which another try would double
        internal,
        unknown_token,      ///< nobody's, or its user is not active
        unknown_residence,  ///< not there, or not theirs to know of; so are the next four
        unknown_task,
        unknown_contractor,
        unknown_document,
        unknown_notification,
        unknown_reference,  ///< names somebody or something that is none of the residence's
        contradiction,      ///< each value is right, and together they are not
        already_completed,
        not_the_owner,
        wrong_code,
        invalid_cursor,
        schema_behind,
        is_the_owner,  ///< who owns it cannot join or leave it
    };

    kind what;
    std::string explanation;  ///< for the log; never for a client
};

template <class T>
using answer = tl::expected<T, trouble>;

struct account {
    std::int64_t id;
    std::string username;
};

/// Days are 2026-06-01, instants 2026-06-01T07:00:00Z, amounts exact decimals.
struct task {
    std::int64_t id;
    std::int64_t residence_id;
    std::string title;
    std::optional<std::string> description;
    std::string category;
    std::string priority;
    std::string status;
    std::string recurrence;
    std::optional<std::int32_t> recurrence_interval_days;
    std::optional<std::string> due_date;
    std::optional<std::string> completed_at;
    std::optional<std::int64_t> assigned_to_id;
    std::optional<std::int64_t> contractor_id;
    std::optional<std::string> estimated_cost;
    std::optional<std::string> actual_cost;
    bool is_archived;
    std::string created_at;
    std::string updated_at;
};

struct completion {
    std::int64_t id;
    std::int64_t task_id;
    std::optional<std::int64_t> completed_by_id;
    std::optional<std::int64_t> contractor_id;
    std::optional<std::string> due_date;  ///< of the task when it was done
    std::string completed_at;
    std::optional<std::string> actual_cost;
    std::optional<std::int16_t> rating;
    std::optional<std::string> notes;
};

/// Which part of a list: the first `limit` rows, or those behind the one that gave the cursor.
struct page_wanted {
    std::int64_t limit;
    std::string cursor{};
};

template <class T>
struct page_of {
    account owner;  ///< of the token
    std::vector<T> rows;
    std::optional<std::string> next;  ///< a cursor; nothing on the last page
};

/// Of a list only the rows that agree with all that is said.
struct task_filter {
    std::optional<std::int64_t> residence_id;
    std::optional<std::int64_t> assigned_to_id;
    std::optional<std::string> status;
    std::optional<std::string> category;
    std::optional<std::string> priority;
    std::optional<std::string> due_from;  ///< a day, itself included
    std::optional<std::string> due_to;    ///< likewise
    std::optional<bool> is_archived;
};

struct member {
    std::int64_t id;
    std::string username;
};

struct residence {
    std::int64_t id;
    std::int64_t owner_id;
    std::string name;
    std::string property_type;
    std::optional<std::string> city;
    std::optional<std::string> country;
    std::optional<std::string> join_code;  ///< its owner's to see
    std::vector<member> members;           ///< with whom it is shared
    std::int64_t open_tasks;
    std::vector<task> tasks;  ///< the open ones that are due first, five at most
};

/// Open are tasks that are neither completed nor cancelled nor archived; days are UTC's.
struct residence_summary {
    std::int64_t id;
    std::string name;
    std::int64_t open_tasks;
    std::int64_t overdue_tasks;
    std::int64_t due_soon_tasks;  ///< today or within seven days
    std::int64_t completed_tasks;
    std::int64_t contractors;
    std::int64_t documents;
};

struct summary {
    account owner;
    std::vector<residence_summary> residences;
};

struct contractor {
    std::int64_t id;
    std::int64_t created_by_id;
    std::optional<std::int64_t> residence_id;  ///< none: its creator's alone
    std::string name;
    std::optional<std::string> company;
    std::string specialty;
    std::optional<std::string> phone_number;
    std::optional<std::string> email;
    std::optional<std::string> website;
    std::optional<std::string> license_number;
    std::optional<std::string> hourly_rate;
    std::optional<std::int16_t> rating;
    std::optional<std::string> notes;
    bool is_favorite;
    bool is_active;
    std::string created_at;
    std::string updated_at;
};

struct contractor_filter {
    std::optional<std::int64_t> residence_id;
    std::optional<std::string> specialty;
    std::optional<bool> is_favorite;
    std::optional<bool> is_active;
};

/// A file about a home, whose bytes are in an object store.
struct document {
    std::int64_t id;
    std::int64_t residence_id;
    std::optional<std::int64_t> uploaded_by_id;
    std::optional<std::int64_t> task_id;
    std::optional<std::int64_t> contractor_id;
    std::string kind;
    std::string title;
    std::optional<std::string> description;
    std::string file_name;
    std::string mime_type;
    std::string storage_key;  ///< the API's choice: where the bytes are to go
    std::int64_t size_bytes;
    std::optional<std::string> issued_on;
    std::optional<std::string> expires_on;
    std::optional<std::string> amount;
    std::string created_at;
    std::string updated_at;
};

struct document_filter {
    std::optional<std::int64_t> residence_id;
    std::optional<std::int64_t> task_id;
    std::optional<std::string> kind;
};

struct notification {
    std::int64_t id;
    std::optional<std::int64_t> residence_id;
    std::optional<std::int64_t> task_id;
    std::string kind;
    std::string title;
    std::string body;
    std::optional<std::string> due_date;
    std::optional<std::string> read_at;
    std::string created_at;
};

struct notification_filter {
    std::optional<bool> is_read;
    std::optional<std::string> kind;
};

/// What a client gives of a row: columns, by names that are the API's own, and their values as a
/// JSON object that has been looked at.
struct given_row {
    std::vector<std::string_view> columns;
    std::string values;

    [[nodiscard]] bool has(std::string_view column) const {
        return std::find(columns.begin(), columns.end(), column) != columns.end();
    }
};

struct new_residence {
    std::string name;
    std::string property_type = "house";
};

struct residence_made {
    std::int64_t id;
    std::string join_code;  ///< who is told it may join
};

}  // namespace api
