// SPDX-License-Identifier: MIT
// Matching columns to members, and the errors that say which did not fit.
#include <honeydue/detail/row_plan.hpp>

#include <algorithm>

#include <fmt/format.h>

#include <honeydue/rows.hpp>

namespace honeydue::detail {

namespace {

struct named_type {
    oid type;
    oid array;
    std::string_view name;
};

// Source: src/include/catalog/pg_type.dat, spelled as format_type() does.
constexpr named_type named_types[] = {
    {oids::boolean, oids::bool_array, "boolean"},
    {oids::bytea, oids::bytea_array, "bytea"},
    {oids::name, oids::name_array, "name"},
    {oids::int8, oids::int8_array, "bigint"},
    {oids::int2, oids::int2_array, "smallint"},
    {oids::int4, oids::int4_array, "integer"},
    {oids::text, oids::text_array, "text"},
    {oids::json, oids::json_array, "json"},
    {oids::cidr, oids::cidr_array, "cidr"},
    {oids::float4, oids::float4_array, "real"},
    {oids::float8, oids::float8_array, "double precision"},
    {oids::unknown, oids::inferred, "unknown"},
    {oids::macaddr, oids::macaddr_array, "macaddr"},
    {oids::inet, oids::inet_array, "inet"},
    {oids::bpchar, oids::bpchar_array, "character"},
    {oids::varchar, oids::varchar_array, "character varying"},
    {oids::date, oids::date_array, "date"},
    {oids::time, oids::time_array, "time without time zone"},
    {oids::timestamp, oids::timestamp_array, "timestamp without time zone"},
    {oids::timestamptz, oids::timestamptz_array, "timestamp with time zone"},
    {oids::interval, oids::interval_array, "interval"},
    {oids::timetz, oids::timetz_array, "time with time zone"},
    {oids::numeric, oids::numeric_array, "numeric"},
    {oids::record, oids::record_array, "record"},
    {oids::uuid, oids::uuid_array, "uuid"},
    {oids::jsonb, oids::jsonb_array, "jsonb"},
    {oids::int4range, oids::int4range_array, "int4range"},
    {oids::numrange, oids::numrange_array, "numrange"},
    {oids::tsrange, oids::tsrange_array, "tsrange"},
    {oids::tstzrange, oids::tstzrange_array, "tstzrange"},
    {oids::daterange, oids::daterange_array, "daterange"},
    {oids::int8range, oids::int8range_array, "int8range"},
    {oids::int4multirange, oids::int4multirange_array, "int4multirange"},
    {oids::nummultirange, oids::nummultirange_array, "nummultirange"},
    {oids::tsmultirange, oids::tsmultirange_array, "tsmultirange"},
    {oids::tstzmultirange, oids::tstzmultirange_array, "tstzmultirange"},
    {oids::datemultirange, oids::datemultirange_array, "datemultirange"},
    {oids::int8multirange, oids::int8multirange_array, "int8multirange"},
};

std::string spell(oid type) {
    for (const named_type& known : named_types) {
        if (known.type == type) return std::string{known.name};
        if (known.array == type && type != oids::inferred) return fmt::format("{}[]", known.name);
    }
    return fmt::format("{} with OID {}", type < oids::first_user ? "the type" : "the user type",
                       type);
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

/// The usual case: the result was asked for with the members' names in their
/// order.
bool in_order(const rows& received, std::span<const wanted_column> wanted) {
    if (received.columns() != wanted.size()) return false;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        if (received.column_name(i) != wanted[i].name) return false;
    }
    return true;
}

result<void> find_columns(const rows& received, std::string_view type,
                          std::span<const wanted_column> wanted, std::span<std::size_t> columns) {
    const bool as_written = wanted[0].name.empty() || in_order(received, wanted);
    for (std::size_t member = 0; member < wanted.size(); ++member) {
        auto column =
            as_written ? result<std::size_t>{member} : find(received, type, wanted[member].name);
        if (!column) return tl::unexpected{std::move(column.error())};
        columns[member] = *column;
    }
    return {};
}

result<void> check_type(const rows& received, std::string_view type, const wanted_column& wanted,
                        std::size_t column) {
    const oid found = received.column_type(column);
    if (wanted.accepts(found)) return {};
    return fail(errc::decode,
                fmt::format("{}: expected {}, the result has {}", member_of(type, wanted, column),
                            wanted.sql_name, spell(found)));
}

/// What the server sent where a label was wanted: it is of the schema, not of a
/// person.
std::string label_in(const rows& received, std::size_t row, std::size_t column) {
    constexpr std::size_t longest_label = 63;
    const cell value = received.at(row, column);
    const bool is_number = codec<std::int64_t>::accepts(received.column_type(column));
    if (std::int64_t number = 0;
        is_number && codec<std::int64_t>::decode(value, number) == codec_fault::none)
        return fmt::format(" ({})", number);
    std::string label{value.text().substr(0, longest_label)};
    std::ranges::replace_if(
        label, [](unsigned char c) { return c < 0x20; }, '?');
    return fmt::format(" (\"{}\")", label);
}

}  // namespace

result<void> match_columns(const rows& received, std::string_view type,
                           std::span<const wanted_column> wanted, std::span<std::size_t> columns) {
    if (wanted[0].name.empty() && received.columns() != wanted.size()) {
        return fail(errc::decode, fmt::format("{}: the result has {} columns, expected {}", type,
                                              received.columns(), wanted.size()));
    }
    if (auto found = find_columns(received, type, wanted, columns); !found) return found;
    for (std::size_t member = 0; member < wanted.size(); ++member) {
        if (auto fits = check_type(received, type, wanted[member], columns[member]); !fits)
            return fits;
    }
    return {};
}

result<std::size_t> match_column(const rows& received, std::string_view type,
                                 const wanted_column& wanted, std::size_t member) {
    auto column =
        wanted.name.empty() ? result<std::size_t>{member} : find(received, type, wanted.name);
    if (!column) return column;
    if (auto fits = check_type(received, type, wanted, *column); !fits)
        return tl::unexpected{std::move(fits.error())};
    return column;
}

error cell_error(const rows& received, row_place row, std::size_t column, std::string_view type,
                 codec_fault fault, std::string_view inside) {
    const bool is_label = fault == codec_fault::unknown_label && inside.empty();
    const std::string value = is_label ? label_in(received, row.in_part, column) : std::string{};
    return error{errc::decode,
                 fmt::format("{}: column {}{} of row {} {}{}", type, received.column_name(column),
                             inside, row.number, describe(fault), value)};
}

}  // namespace honeydue::detail
