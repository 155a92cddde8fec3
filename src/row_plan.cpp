// SPDX-License-Identifier: MIT
// Matching columns to members, and the errors that say which did not fit.
#include <honeydue/detail/row_plan.hpp>

#include <fmt/format.h>

#include <honeydue/rows.hpp>

namespace honeydue::detail {

namespace {

struct named_type {
    oid type;
    std::string_view name;
};

// Source: src/include/catalog/pg_type.dat, spelled as format_type() does.
constexpr named_type named_types[] = {
    {oids::boolean, "boolean"},
    {oids::bytea, "bytea"},
    {oids::name, "name"},
    {oids::int8, "bigint"},
    {oids::int2, "smallint"},
    {oids::int4, "integer"},
    {oids::text, "text"},
    {oids::json, "json"},
    {oids::float4, "real"},
    {oids::float8, "double precision"},
    {oids::unknown, "unknown"},
    {oids::bpchar, "character"},
    {oids::varchar, "character varying"},
    {oids::date, "date"},
    {oids::timestamp, "timestamp without time zone"},
    {oids::timestamptz, "timestamp with time zone"},
    {oids::numeric, "numeric"},
    {oids::record, "record"},
    {oids::uuid, "uuid"},
    {oids::jsonb, "jsonb"},
};

std::string spell(oid type) {
    for (const named_type& known : named_types) {
        if (known.type == type) return std::string{known.name};
    }
    return fmt::format("the type with OID {}", type);
}

constexpr std::size_t not_found = static_cast<std::size_t>(-1);

result<std::size_t> find(const rows& received, std::string_view type, std::string_view name) {
    std::size_t found = not_found;
    for (std::size_t column = 0; column < received.columns(); ++column) {
        if (received.column_name(column) != name) continue;
        if (found != not_found) {
            return fail(errc::decode,
                        fmt::format("{}: the result has two columns named {}: rename one with AS",
                                    type, name));
        }
        found = column;
    }
    if (found == not_found) {
        return fail(errc::decode,
                    fmt::format("{}::{}: the result has no column of that name", type, name));
    }
    return found;
}

std::string member_of(std::string_view type, const wanted_column& wanted, std::size_t column) {
    if (wanted.name.empty()) return fmt::format("column {} into {}", column + 1, type);
    return fmt::format("{}::{}", type, wanted.name);
}

}  // namespace

result<void> match_columns(const rows& received, std::string_view type,
                           std::span<const wanted_column> wanted, std::span<std::size_t> columns) {
    const bool by_position = wanted[0].name.empty();
    if (by_position && received.columns() != wanted.size()) {
        return fail(errc::decode, fmt::format("{}: the result has {} columns, expected {}", type,
                                              received.columns(), wanted.size()));
    }
    for (std::size_t member = 0; member < wanted.size(); ++member) {
        auto column =
            by_position ? result<std::size_t>{member} : find(received, type, wanted[member].name);
        if (!column) return tl::unexpected{std::move(column.error())};
        const oid found = received.column_type(*column);
        if (!wanted[member].accepts(found)) {
            return fail(errc::decode, fmt::format("{}: expected {}, the result has {}",
                                                  member_of(type, wanted[member], *column),
                                                  wanted[member].sql_name, spell(found)));
        }
        columns[member] = *column;
    }
    return {};
}

error cell_error(const rows& received, std::size_t row, std::size_t column, std::string_view type,
                 codec_fault fault) {
    return error{errc::decode, fmt::format("{}: column {} of row {} {}", type,
                                           received.column_name(column), row + 1, describe(fault))};
}

}  // namespace honeydue::detail
