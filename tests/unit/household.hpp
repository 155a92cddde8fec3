// SPDX-License-Identifier: MIT
// Models of the query tests: small, so that their texts can be read.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <honeydue/model.hpp>

namespace auth {
struct user {
    honeydue::id<user> id{};
    std::string username;
    bool is_active = true;
};
}  // namespace auth

namespace authtoken {
struct token {
    static constexpr honeydue::table meta{.key = "key"};
    std::string key;
    honeydue::foreign_key<auth::user> user_id;
};
}  // namespace authtoken

namespace residence {
struct residence {
    honeydue::id<residence> id{};
    honeydue::foreign_key<auth::user> owner_id;
    std::string name;
    std::optional<std::string> city{};
};
}  // namespace residence

namespace task {
struct task {
    honeydue::id<task> id{};
    honeydue::foreign_key<residence::residence> residence_id;
    std::optional<honeydue::foreign_key<auth::user>> assigned_to_id{};
    std::string title;
    std::optional<honeydue::date> due_date{};
    std::int32_t effort = 1;
};
}  // namespace task

/// Names that PostgreSQL would not read bare.
namespace odd {
struct words {
    static constexpr honeydue::table meta{.name = "Order", .schema = "select"};
    honeydue::id<words> id{};
    std::string user;
    std::string camelCase;
};
}  // namespace odd
