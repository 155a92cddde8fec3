// SPDX-License-Identifier: MIT
// CREATE TABLE and a first migration, from what models say of themselves.
#include "schema_text.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <honeydue/detail/sql_writer.hpp>

namespace honeydue::detail {

namespace {

std::string spell_text(std::string_view text) {
    std::string spelled = "'";
    for (const char c : text) {
        if (c == '\'') spelled += '\'';
        spelled += c;
    }
    return spelled + "'";
}

std::string spell_labels(std::span<const std::string_view> labels) {
    std::vector<std::string> spelled;
    std::ranges::transform(labels, std::back_inserter(spelled), spell_text);
    return fmt::format("{}", fmt::join(spelled, ", "));
}

/// An enum by its labels is text with a check, or a type of its own.
bool is_own_type(const described_member& member) {
    return !member.labels.empty() && member.column.sql_name != "text";
}

bool references(const described_model& from, const described_model& to) {
    return std::ranges::any_of(from.members, [&](const described_member& member) {
        return member.column.references_table == to.table &&
               member.column.references_schema == to.schema;
    });
}

bool is_self(const described_model& of, const model_column& column) {
    return column.references_table == of.table && column.references_schema == of.schema;
}

/// Those that are referenced first; in a circle, in the order given.
std::vector<const described_model*> in_order(std::span<const described_model> models) {
    std::vector<const described_model*> left, ordered;
    for (const described_model& one : models)
        left.push_back(&one);
    while (!left.empty()) {
        auto next = std::ranges::find_if(left, [&](const described_model* one) {
            return std::ranges::none_of(left, [&](const described_model* other) {
                return other != one && references(*one, *other);
            });
        });
        if (next == left.end()) next = left.begin();
        ordered.push_back(*next);
        left.erase(next);
    }
    return ordered;
}

std::string table_of_model(const described_model& of,
                           std::span<const described_model* const> later) {
    std::vector<std::string> lines;
    for (const described_member& member : of.members)
        lines.push_back(define_column(member));
    if (!of.key.empty()) lines.push_back("primary key " + spell_key(of.key));
    for (const described_member& member : of.members) {
        const model_column& column = member.column;
        const bool comes_later = std::ranges::any_of(later, [&](const described_model* one) {
            return column.references_table == one->table && column.references_schema == one->schema;
        });
        if (!column.references_table.empty() && (!comes_later || is_self(of, column)))
            lines.push_back(define_reference(column));
    }
    std::string text = fmt::format("create table {} (\n    {}\n);\n",
                                   spell_table(of.schema, of.table), fmt::join(lines, ",\n    "));
    for (const described_member& member : of.members) {
        if (!member.column.references_table.empty() && !leads_key(of, member.column))
            text += define_index(of, member.column) + ";\n";
    }
    return text;
}

std::vector<std::string> types_of(std::span<const described_model> models) {
    std::vector<std::string> made;
    for (const described_model& one : models) {
        for (const described_member& member : one.members) {
            if (!is_own_type(member)) continue;
            std::string text = fmt::format("create type {} as enum ({});\n", member.column.sql_name,
                                           spell_labels(member.labels));
            if (std::ranges::count(made, text) == 0) made.push_back(std::move(text));
        }
    }
    return made;
}

std::string drop_types(std::span<const described_model> models) {
    std::vector<std::string_view> names;
    for (const described_model& one : models) {
        for (const described_member& member : one.members) {
            const auto name = member.column.sql_name;
            if (is_own_type(member) && std::ranges::count(names, name) == 0) names.push_back(name);
        }
    }
    return names.empty() ? "" : fmt::format("drop type {};\n", fmt::join(names, ", "));
}

}  // namespace

std::string spell_name(std::string_view name) {
    if (!needs_quotes(name)) return std::string{name};
    std::string spelled = "\"";
    for (const char c : name) {
        if (c == '"') spelled += '"';
        spelled += c;
    }
    return spelled + '"';
}

std::string spell_table(std::string_view schema, std::string_view table) {
    return schema.empty() ? spell_name(table) : spell_name(schema) + "." + spell_name(table);
}

std::vector<std::string_view> key_columns(std::string_view key) {
    std::vector<std::string_view> columns;
    for_each_key(key, [&](std::string_view name) { columns.push_back(name); });
    return columns;
}

std::string spell_key(std::string_view key) {
    std::vector<std::string> names;
    std::ranges::transform(key_columns(key), std::back_inserter(names), spell_name);
    return fmt::format("({})", fmt::join(names, ", "));
}

std::string define_column(const described_member& member) {
    const model_column& column = member.column;
    std::string text = fmt::format("{} {}", spell_name(column.name), column.sql_name);
    if (column.is_identity) text += " generated by default as identity";
    if (!column.is_nullable) text += " not null";
    if (!member.labels.empty() && !is_own_type(member)) {
        text += fmt::format(" check ({} in ({}))", spell_name(column.name),
                            spell_labels(member.labels));
    }
    return text;
}

std::string define_reference(const model_column& column) {
    return fmt::format("foreign key ({}) references {} {}", spell_name(column.name),
                       spell_table(column.references_schema, column.references_table),
                       spell_key(column.references_column));
}

std::string define_index(const described_model& of, const model_column& column) {
    return fmt::format("create index on {} ({})", spell_table(of.schema, of.table),
                       spell_name(column.name));
}

bool leads_key(const described_model& of, const model_column& column) {
    const auto key = key_columns(of.key);
    return !key.empty() && key.front() == column.name;
}

std::string create_table(const described_model& of) { return table_of_model(of, {}); }

std::string draft_migration(std::span<const described_model> models) {
    const auto ordered = in_order(models);
    std::string up, names, closing;
    for (const std::string& type : types_of(models))
        up += type + "\n";
    for (std::size_t i = 0; i < ordered.size(); ++i) {
        const described_model& one = *ordered[i];
        const std::span later{ordered.data() + i + 1, ordered.size() - i - 1};
        up += table_of_model(one, later) + "\n";
        for (const described_member& member : one.members) {
            const bool is_later = std::ranges::any_of(later, [&](const described_model* other) {
                return member.column.references_table == other->table &&
                       member.column.references_schema == other->schema;
            });
            if (!is_later) continue;
            closing += fmt::format("alter table {} add {};\n", spell_table(one.schema, one.table),
                                   define_reference(member.column));
        }
        names = spell_table(one.schema, one.table) + (names.empty() ? "" : ", ") + names;
    }
    return fmt::format("-- +goose Up\n{}{}\n-- +goose Down\ndrop table {};\n{}", up, closing, names,
                       drop_types(models));
}

}  // namespace honeydue::detail
