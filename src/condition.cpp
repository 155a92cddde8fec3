// SPDX-License-Identifier: MIT
// Conditions and statements whose text is made at run time, and the escaping of patterns.
#include <honeydue/condition.hpp>

#include <string>
#include <utility>

namespace honeydue {

std::string escape_like(std::string_view text) {
    std::string escaped;
    escaped.reserve(text.size());
    for (const char c : text) {
        if (c == '%' || c == '_' || c == '\\') escaped += '\\';
        escaped += c;
    }
    return escaped;
}

void condition_list::bind(detail::binder& to) const {
    to.lists.push_back(this);
    for (const auto& one : parts_)
        one->bind(to);
}

void condition_list::write_all(detail::sql_writer& to) const {
    if (parts_.empty()) return to.put("true");
    std::string_view lead = "(";
    for (const auto& one : parts_) {
        to.put(lead);
        one->write(to);
        lead = " and ";
    }
    to.put(")");
}

namespace detail {

statement write_now(void (*write)(sql_writer&), binder&& bound, effect does, place where) {
    sql_writer counter;
    counter.set_lists(bound.lists);
    write(counter);
    const written_size size = counter.size();
    std::string text(size.total(), '\0');
    std::vector<oid> types(size.parameters);
    sql_writer writer{text.data(), types.data(), size.qualified()};
    writer.set_lists(bound.lists);
    write(writer);
    return {std::move(text), std::move(types), std::move(bound.values), does, where};
}

}  // namespace detail
}  // namespace honeydue
