// SPDX-License-Identifier: MIT
// Values of the models as the API's clients see them.
#pragma once

#include <chrono>
#include <cstdio>
#include <optional>
#include <string>
#include <utility>

#include <honeydue/honeydue.hpp>

#include "reference/reference.hpp"
#include "store.hpp"

namespace api {

namespace hd = honeydue;

inline std::string day_text(std::chrono::sys_days day) {
    const std::chrono::year_month_day parts{day};
    char text[32];
    std::snprintf(text, sizeof text, "%04d-%02u-%02u", static_cast<int>(parts.year()),
                  static_cast<unsigned>(parts.month()), static_cast<unsigned>(parts.day()));
    return text;
}

inline std::string text_of(const hd::date& date) {
    const auto day = date.day();
    if (!day) return date == hd::date::infinity() ? "infinity" : "-infinity";
    return day_text(*day);
}

inline std::string text_of(const hd::timestamptz& instant) {
    const auto point = instant.time_point();
    if (!point) return instant == hd::timestamptz::minus_infinity() ? "-infinity" : "infinity";
    const auto day = std::chrono::floor<std::chrono::days>(*point);
    const std::chrono::hh_mm_ss time{*point - day};
    char text[32];
    std::snprintf(text, sizeof text, "T%02d:%02d:%02dZ", static_cast<int>(time.hours().count()),
                  static_cast<int>(time.minutes().count()),
                  static_cast<int>(time.seconds().count()));
    return day_text(day) + text;
}

inline std::string text_of(const hd::numeric& amount) { return amount.text(); }

template <class Model>
std::int64_t text_of(const hd::foreign_key<Model>& key) {
    return key.value;
}

template <class T>
auto text_of(const std::optional<T>& value) -> std::optional<decltype(text_of(*value))> {
    if (!value) return std::nullopt;
    return text_of(*value);
}

inline task plain(::task::task&& row) {
    return {.id = row.id.value,
            .residence_id = row.residence_id.value,
            .title = std::move(row.title),
            .description = std::move(row.description),
            .category = std::move(row.category),
            .priority = std::move(row.priority),
            .status = std::move(row.status),
            .recurrence = std::move(row.recurrence),
            .recurrence_interval_days = row.recurrence_interval_days,
            .due_date = text_of(row.due_date),
            .completed_at = text_of(row.completed_at),
            .assigned_to_id = text_of(row.assigned_to_id),
            .contractor_id = text_of(row.contractor_id),
            .estimated_cost = text_of(row.estimated_cost),
            .actual_cost = text_of(row.actual_cost),
            .is_archived = row.is_archived,
            .created_at = text_of(row.created_at),
            .updated_at = text_of(row.updated_at)};
}

inline completion plain(::task::taskcompletion&& row) {
    return {.id = row.id.value,
            .task_id = row.task_id.value,
            .completed_by_id = text_of(row.completed_by_id),
            .contractor_id = text_of(row.contractor_id),
            .due_date = text_of(row.due_date),
            .completed_at = text_of(row.completed_at),
            .actual_cost = text_of(row.actual_cost),
            .rating = row.rating,
            .notes = std::move(row.notes)};
}

inline contractor plain(::contractor::contractor&& row) {
    return {.id = row.id.value,
            .created_by_id = row.created_by_id.value,
            .residence_id = text_of(row.residence_id),
            .name = std::move(row.name),
            .company = std::move(row.company),
            .specialty = std::move(row.specialty),
            .phone_number = std::move(row.phone_number),
            .email = std::move(row.email),
            .website = std::move(row.website),
            .license_number = std::move(row.license_number),
            .hourly_rate = text_of(row.hourly_rate),
            .rating = row.rating,
            .notes = std::move(row.notes),
            .is_favorite = row.is_favorite,
            .is_active = row.is_active,
            .created_at = text_of(row.created_at),
            .updated_at = text_of(row.updated_at)};
}

inline document plain(documents::document&& row) {
    return {.id = row.id.value,
            .residence_id = row.residence_id.value,
            .uploaded_by_id = text_of(row.uploaded_by_id),
            .task_id = text_of(row.task_id),
            .contractor_id = text_of(row.contractor_id),
            .kind = std::move(row.kind),
            .title = std::move(row.title),
            .description = std::move(row.description),
            .file_name = std::move(row.file_name),
            .mime_type = std::move(row.mime_type),
            .storage_key = std::move(row.storage_key),
            .size_bytes = row.size_bytes,
            .issued_on = text_of(row.issued_on),
            .expires_on = text_of(row.expires_on),
            .amount = text_of(row.amount),
            .created_at = text_of(row.created_at),
            .updated_at = text_of(row.updated_at)};
}

inline notification plain(::notification::notification&& row) {
    return {.id = row.id.value,
            .residence_id = text_of(row.residence_id),
            .task_id = text_of(row.task_id),
            .kind = std::move(row.kind),
            .title = std::move(row.title),
            .body = std::move(row.body),
            .due_date = text_of(row.due_date),
            .read_at = text_of(row.read_at),
            .created_at = text_of(row.created_at)};
}

}  // namespace api
