// SPDX-License-Identifier: MIT
// How the query tests read texts.
#pragma once

#include <string_view>
#include <utility>

#include <honeydue/query.hpp>

#include "household.hpp"

template <class Query>
constexpr std::string_view text_of(const Query& /*query*/) {
    return Query::text();
}

/// What stands for `Expression` in a select of task's id.
template <class Expression>
constexpr std::string_view where_text(const Expression& /*expression*/) {
    using asked = decltype(honeydue::select<&task::task::id>().where(std::declval<Expression>()));
    return asked::text().substr(std::string_view{"select id from task_task where "}.size());
}
template <class Expression>
constexpr std::string_view value_text(const Expression& /*expression*/) {
    using asked =
        decltype(honeydue::select(std::declval<Expression>()).template from<task::task>());
    constexpr std::size_t start = std::string_view{"select "}.size();
    constexpr std::size_t end = std::string_view{" from task_task"}.size();
    return asked::text().substr(start, asked::text().size() - start - end);
}
