// SPDX-License-Identifier: MIT
// Models beside the live catalog: one question, and what its answer shows.
#include "schema_text.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <honeydue/array.hpp>

namespace honeydue::detail {

namespace {

/// A column of the catalog; of a table that is missing or has none, all but `model` and `found` are
/// absent.
struct catalog_column {
    std::int32_t model = 0;  ///< the number of the model that was asked for, from 1
    bool found = false;
    std::optional<std::string> name{};
    std::optional<std::int64_t> type{};  ///< beneath a domain
    std::optional<std::string> type_name{};
    bool not_null = false;
    bool domain_is_not_null = false;  ///< its type is a domain that takes no NULL
    bool is_server_only = false;      ///< an INSERT may not name it
    bool has_default = false;
    std::int32_t key_position = 0;          ///< in the primary key, from 1; 0 outside
    std::optional<std::string> key_name{};  ///< of the table's primary key
    bool leads_index = false;
    /// For each foreign key: "schema.table.column", "table.column", and the constraint's name.
    std::vector<std::string> references{};
};

constexpr std::size_t texts_each = 3;  // of a foreign key, in `references`

constexpr std::string_view question =
    "select m.n::int4 as model, c.oid is not null as found, a.attname::text as name, "
    "(case when t.typtype = 'd' then t.typbasetype else a.atttypid end)::int8 as type, "
    "format_type(a.atttypid, a.atttypmod) as type_name, "
    "coalesce(a.attnotnull or t.typnotnull, false) as not_null, "
    "coalesce(t.typnotnull, false) as domain_is_not_null, "
    "coalesce(a.attidentity = 'a' or a.attgenerated <> '', false) as is_server_only, "
    "coalesce(a.atthasdef or a.attidentity <> '' or t.typdefault is not null, false) "
    "as has_default, "
    "coalesce(array_position(k.conkey, a.attnum), 0)::int4 as key_position, "
    "k.conname::text as key_name, "
    "exists (select from pg_index i where i.indrelid = c.oid and i.indkey[0] = a.attnum "
    "and i.indisvalid and i.indpred is null) as leads_index, "
    "array(select x.x from pg_constraint f join pg_class r on r.oid = f.confrelid "
    "join pg_namespace s on s.oid = r.relnamespace "
    "join pg_attribute b on b.attrelid = r.oid and b.attnum = f.confkey[1], "
    "unnest(array[s.nspname || '.' || r.relname || '.' || b.attname, "
    "r.relname || '.' || b.attname, f.conname]) with ordinality x(x, n) "
    "where f.conrelid = c.oid and f.contype = 'f' and f.conkey = array[a.attnum] "
    "order by f.conname, x.n) as \"references\" "
    "from unnest($1::text[], $2::text[]) with ordinality as m(schema, name, n) "
    "left join pg_class c on c.oid = to_regclass(case when m.schema = '' then '' "
    "else quote_ident(m.schema) || '.' end || quote_ident(m.name)) "
    "left join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped "
    "left join pg_type t on t.oid = a.atttypid "
    "left join pg_constraint k on k.conrelid = c.oid and k.contype = 'p' "
    "order by m.n, a.attnum";

using catalog = std::span<const catalog_column>;

/// Collects what is said of one model's table.
class comparison {
public:
    comparison(const described_model& of, catalog columns, std::vector<drift>& into)
        : of_{of}, columns_{columns}, into_{into}, table_{spell_table(of.schema, of.table)} {}

    void run() {
        if (columns_.empty() || !columns_.front().found) {
            return say(drift_kind::missing_table, {}, "the table does not exist",
                       create_table(of_));
        }
        for (const described_member& member : of_.members)
            compare_member(member);
        for (const catalog_column& column : columns_) {
            if (column.name) compare_extra(column);
        }
        compare_key();
    }

private:
    void say(drift_kind kind, std::string_view column, std::string sentence, std::string mend) {
        std::string place{of_.table};
        if (!column.empty()) place += fmt::format(".{}", column);
        into_.push_back({kind, std::string{of_.table}, std::string{column},
                         fmt::format("{}: {}", place, sentence), std::move(mend)});
    }
    [[nodiscard]] std::string alter(std::string_view rest) const {
        return fmt::format("alter table {} {}", table_, rest);
    }
    [[nodiscard]] std::string alter_column(std::string_view column, std::string_view rest) const {
        return alter(fmt::format("alter column {} {}", spell_name(column), rest));
    }

    [[nodiscard]] const catalog_column* find(std::string_view name) const {
        const auto found = std::ranges::find_if(
            columns_, [&](const catalog_column& one) { return one.name == name; });
        return found == columns_.end() ? nullptr : &*found;
    }

    void compare_member(const described_member& member) {
        const model_column& wanted = member.column;
        const catalog_column* found = find(wanted.name);
        if (found == nullptr) {
            return say(drift_kind::missing_column, wanted.name, "the table has no such column",
                       alter("add column " + define_column(member)));
        }
        compare_type(member, *found);
        compare_nullability(wanted, *found);
        compare_origin(wanted, *found);
        if (!wanted.references_table.empty()) compare_reference(wanted, *found);
    }

    void compare_type(const described_member& member, const catalog_column& found) {
        if (member.accepts(static_cast<oid>(found.type.value_or(0)))) return;
        const model_column& wanted = member.column;
        say(drift_kind::type, wanted.name,
            fmt::format("the column is {} and the member is {}", found.type_name.value_or("?"),
                        wanted.sql_name),
            alter_column(wanted.name, fmt::format("type {0} using {1}::{0}", wanted.sql_name,
                                                  spell_name(wanted.name))));
    }

    void compare_nullability(const model_column& wanted, const catalog_column& found) {
        if (found.not_null != wanted.is_nullable) return;
        if (found.not_null) {
            return say(drift_kind::nullability, wanted.name,
                       "the column is not null and the member is std::optional",
                       allow_null(wanted, found));
        }
        say(drift_kind::nullability, wanted.name,
            "the column can be NULL and the member is not std::optional",
            alter_column(wanted.name, "set not null"));
    }

    /// Only another type frees a column from its domain.
    [[nodiscard]] std::string allow_null(const model_column& wanted,
                                         const catalog_column& found) const {
        const std::string column = "alter column " + spell_name(wanted.name);
        const std::string drop = column + " drop not null";
        if (!found.domain_is_not_null) return alter(drop);
        return alter(fmt::format("{} type {}, {}", column, wanted.sql_name, drop));
    }

    /// Who puts the value there when a row is inserted.
    void compare_origin(const model_column& wanted, const catalog_column& found) {
        const bool left_out = wanted.is_generated || wanted.is_defaulted;
        if (found.is_server_only && !wanted.is_generated) {
            return say(drift_kind::generated, wanted.name,
                       "only the server may compute the column and the model sends it: name it in "
                       "meta.generated",
                       found.has_default ? alter_column(wanted.name, "drop expression if exists")
                                         : std::string{});
        }
        if (!left_out || found.has_default || found.is_server_only) return;
        if (!wanted.is_identity && !found.not_null) return;
        say(drift_kind::default_value, wanted.name,
            "the model leaves the column to the server, which has no default for it",
            wanted.is_identity ? alter_column(wanted.name, "add generated by default as identity")
                               : alter_column(wanted.name, "set default …"));
    }

    struct found_references {
        bool is_right = false;
        std::vector<std::string_view> wrong{}, constraints{};
    };
    [[nodiscard]] static found_references look_at(std::span<const std::string> references,
                                                  std::string_view target) {
        found_references met;
        for (; !references.empty(); references = references.subspan(texts_each)) {
            if (references[0] == target || references[1] == target) {
                met.is_right = true;
            } else {
                met.wrong.push_back(references[0]);
                met.constraints.push_back(references[2]);
            }
        }
        return met;
    }
    /// The wrong ones go, and the right one comes if it is not there.
    [[nodiscard]] static std::string mend_references(const found_references& met,
                                                     const model_column& wanted) {
        std::vector<std::string> steps;
        for (const std::string_view one : met.constraints)
            steps.push_back("drop constraint " + spell_name(one));
        if (!met.is_right) steps.push_back("add " + define_reference(wanted));
        return fmt::format("{}", fmt::join(steps, ", "));
    }

    void compare_reference(const model_column& wanted, const catalog_column& found) {
        std::string target =
            fmt::format("{}.{}", wanted.references_table, wanted.references_column);
        if (!wanted.references_schema.empty())
            target = fmt::format("{}.{}", wanted.references_schema, target);
        const found_references met = look_at(found.references, target);
        if (!met.is_right || !met.wrong.empty()) {
            say(drift_kind::foreign_key, wanted.name,
                met.wrong.empty() ? fmt::format("the column does not reference {}", target)
                                  : fmt::format("the column references {} and the model {}",
                                                fmt::join(met.wrong, ", "), target),
                alter(mend_references(met, wanted)));
        }
        if (!found.leads_index) {
            say(drift_kind::foreign_key_index, wanted.name,
                "no index begins with this foreign key: deleting what it references reads the "
                "whole table",
                define_index(of_, wanted));
        }
    }

    void compare_extra(const catalog_column& found) {
        const bool known = std::ranges::any_of(of_.members, [&](const described_member& member) {
            return member.column.name == *found.name;
        });
        if (known) return;
        const bool blocks = found.not_null && !found.has_default && !found.is_server_only;
        say(drift_kind::extra_column, *found.name,
            blocks ? "the model has no such member, and without a value no row can be inserted"
                   : "the model has no such member",
            alter("drop column " + spell_name(*found.name)));
    }

    void compare_key() {
        std::vector<std::string_view> found(columns_.size());
        for (const catalog_column& column : columns_) {
            const auto at = static_cast<std::size_t>(column.key_position);
            if (column.name && at > 0 && at <= found.size()) found[at - 1] = *column.name;
        }
        std::erase(found, std::string_view{});
        const auto wanted = key_columns(of_.key);
        if (std::ranges::is_permutation(found, wanted)) return;
        const auto spelled = [](const std::vector<std::string_view>& key) {
            return key.empty() ? std::string{"none"} : fmt::format("({})", fmt::join(key, ", "));
        };
        say(drift_kind::key, {},
            fmt::format("the primary key is {} and the model's {}", spelled(found),
                        spelled(wanted)),
            alter(mend_key()));
    }
    /// A table has one primary key: the other goes first.
    [[nodiscard]] std::string mend_key() const {
        std::vector<std::string> steps;
        if (const auto& name = columns_.front().key_name)
            steps.push_back("drop constraint " + spell_name(*name));
        if (!of_.key.empty()) steps.push_back("add primary key " + spell_key(of_.key));
        return fmt::format("{}", fmt::join(steps, ", "));
    }

    const described_model& of_;
    catalog columns_;
    std::vector<drift>& into_;
    std::string table_;
};

}  // namespace

statement ask_catalog(std::span<const described_model> models) {
    std::vector<std::string> schemas, tables;
    for (const described_model& one : models) {
        schemas.emplace_back(one.schema);
        tables.emplace_back(one.table);
    }
    return runtime(std::string{question}, schemas, tables);
}

result<std::vector<drift>> find_drifts(std::span<const described_model> models,
                                       const rows& received) {
    const auto columns = decode<catalog_column>(received);
    if (!columns) return tl::unexpected{columns.error()};
    std::vector<drift> drifts;
    catalog left{*columns};
    for (std::size_t i = 0; i < models.size(); ++i) {
        const auto number = static_cast<std::int32_t>(i + 1);
        const auto end = std::ranges::find_if(
            left, [&](const catalog_column& one) { return one.model != number; });
        const auto size = static_cast<std::size_t>(end - left.begin());
        comparison{models[i], left.first(size), drifts}.run();
        left = left.subspan(size);
    }
    return drifts;
}

}  // namespace honeydue::detail
