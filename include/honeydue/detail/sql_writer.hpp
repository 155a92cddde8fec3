// SPDX-License-Identifier: MIT
// Writes the text of a statement at compile time: once to count, once to fill. One writer for every
// kind of query.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include <honeydue/codec.hpp>
#include <honeydue/statement.hpp>

namespace honeydue::detail {

/// Words that are not a bare column name. Source: PostgreSQL documentation, appendix C, "reserved"
/// and "reserved (can be function or type)".
inline constexpr std::string_view reserved_words[] = {
    "all",
    "analyse",
    "analyze",
    "and",
    "any",
    "array",
    "as",
    "asc",
    "asymmetric",
    "authorization",
    "binary",
    "both",
    "case",
    "cast",
    "check",
    "collate",
    "collation",
    "column",
    "concurrently",
    "constraint",
    "create",
    "cross",
    "current_catalog",
    "current_date",
    "current_role",
    "current_schema",
    "current_time",
    "current_timestamp",
    "current_user",
    "default",
    "deferrable",
    "desc",
    "distinct",
    "do",
    "else",
    "end",
    "except",
    "false",
    "fetch",
    "for",
    "foreign",
    "freeze",
    "from",
    "full",
    "grant",
    "group",
    "having",
    "ilike",
    "in",
    "initially",
    "inner",
    "intersect",
    "into",
    "is",
    "isnull",
    "join",
    "lateral",
    "leading",
    "left",
    "like",
    "limit",
    "localtime",
    "localtimestamp",
    "natural",
    "not",
    "notnull",
    "null",
    "offset",
    "on",
    "only",
    "or",
    "order",
    "outer",
    "overlaps",
    "placing",
    "primary",
    "references",
    "returning",
    "right",
    "select",
    "session_user",
    "similar",
    "some",
    "symmetric",
    "system_user",
    "table",
    "tablesample",
    "then",
    "to",
    "trailing",
    "true",
    "union",
    "unique",
    "user",
    "using",
    "variadic",
    "verbose",
    "when",
    "where",
    "window",
    "with",
};

constexpr bool needs_quotes(std::string_view name) {
    if (name.empty() || (name[0] >= '0' && name[0] <= '9')) return true;
    for (const char c : name) {
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_')) return true;
    }
    for (const std::string_view word : reserved_words) {
        if (word == name) return true;
    }
    return false;
}

/// How much one pass wrote. A statement of two tables qualifies every column: unqualified, a column
/// that is missing from a sub-select's table would silently be taken from the outer one.
struct written_size {
    std::size_t text = 0;
    std::size_t qualifiers = 0;
    std::size_t parameters = 0;
    std::size_t tables = 0;

    [[nodiscard]] constexpr bool qualified() const { return tables > 1; }
    [[nodiscard]] constexpr std::size_t total() const {
        return text + (qualified() ? qualifiers : 0);
    }
};

class sql_writer {
public:
    constexpr sql_writer() = default;
    constexpr sql_writer(char* text, oid* types, bool qualified)
        : text_{text}, types_{types}, qualified_{qualified} {}

    constexpr void put(std::string_view words) { append(words, size_.text); }

    constexpr void identifier(std::string_view name) { spell(name, size_.text); }

    /// Names a table as a source of rows.
    constexpr void source(std::string_view schema, std::string_view table) {
        ++size_.tables;
        if (!schema.empty()) {
            identifier(schema);
            put(".");
        }
        identifier(table);
    }

    constexpr void column(std::string_view table, std::string_view name) {
        if (text_ == nullptr || qualified_) {
            spell(table, size_.qualifiers);
            append(".", size_.qualifiers);
        }
        identifier(name);
    }

    /// The next "$n".
    constexpr void parameter(oid type) {
        if (types_ != nullptr) types_[size_.parameters] = type;
        number(++size_.parameters);
    }

    [[nodiscard]] constexpr const written_size& size() const { return size_; }

private:
    constexpr void append(std::string_view words, std::size_t& counter) {
        if (text_ != nullptr) {
            for (const char c : words)
                *text_++ = c;
        }
        counter += words.size();
    }

    constexpr void spell(std::string_view name, std::size_t& counter) {
        if (!needs_quotes(name)) return append(name, counter);
        append("\"", counter);
        for (std::size_t i = 0; i < name.size(); ++i) {
            append(name.substr(i, 1), counter);
            if (name[i] == '"') append("\"", counter);
        }
        append("\"", counter);
    }

    constexpr void number(std::size_t value) {
        std::array<char, 8> digits{};
        std::size_t at = digits.size();
        for (; value != 0; value /= 10)
            digits[--at] = static_cast<char>('0' + value % 10);
        put("$");
        put({digits.data() + at, digits.size() - at});
    }

    char* text_ = nullptr;
    oid* types_ = nullptr;
    bool qualified_ = false;
    written_size size_;
};

template <class Query>
consteval written_size measure() {
    sql_writer counter;
    Query::write(counter);
    return counter.size();
}

/// The shape of `Query`, which has `static constexpr void write(sql_writer&)` and an `effect` and a
/// `place`. Hidden, because g++ would otherwise make each a symbol that is unique in the whole
/// process.
template <class Query>
struct [[gnu::visibility("hidden")]] shape_of {
    static constexpr written_size size = measure<Query>();

    struct storage {
        std::array<char, size.total() + 1> text{};
        std::array<oid, size.parameters + 1> types{};
    };

    static constexpr storage written = [] {
        storage filled;
        sql_writer writer{filled.text.data(), filled.types.data(), size.qualified()};
        Query::write(writer);
        return filled;
    }();

    static constexpr statement_shape value{
        .text = {written.text.data(), size.total()},
        .types = {written.types.data(), size.parameters},
        .effect = Query::effect,
        .place = Query::place,
    };
};

}  // namespace honeydue::detail
