// SPDX-License-Identifier: MIT
// Writes the text of a statement at compile time: once to count, once to fill. One writer for every
// kind of query, and for looking at what an expression reads.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>
#include <span>
#include <string_view>

#include <honeydue/codec.hpp>

namespace honeydue {
class condition_list;
}

namespace honeydue::detail {

// clang-format off
/// Words that are not a bare column name, in the order of the alphabet. Source: PostgreSQL
/// documentation, appendix C, "reserved" and "reserved (can be function or type)".
inline constexpr std::string_view reserved_words[] = {
    "all", "analyse", "analyze", "and", "any", "array", "as", "asc", "asymmetric",
    "authorization", "binary", "both", "case", "cast", "check", "collate", "collation", "column",
    "concurrently", "constraint", "create", "cross", "current_catalog", "current_date",
    "current_role", "current_schema", "current_time", "current_timestamp", "current_user",
    "default", "deferrable", "desc", "distinct", "do", "else", "end", "except", "false", "fetch",
    "for", "foreign", "freeze", "from", "full", "grant", "group", "having", "ilike", "in",
    "initially", "inner", "intersect", "into", "is", "isnull", "join", "lateral", "leading",
    "left", "like", "limit", "localtime", "localtimestamp", "natural", "not", "notnull", "null",
    "offset", "on", "only", "or", "order", "outer", "overlaps", "placing", "primary",
    "references", "returning", "right", "select", "session_user", "similar", "some", "symmetric",
    "system_user", "table", "tablesample", "then", "to", "trailing", "true", "union", "unique",
    "user", "using", "variadic", "verbose", "when", "where", "window", "with",
};
// clang-format on

constexpr bool is_reserved(std::string_view name) {
    return std::binary_search(std::begin(reserved_words), std::end(reserved_words), name);
}

constexpr bool needs_quotes(std::string_view name) {
    if (name.empty() || (name[0] >= '0' && name[0] <= '9')) return true;
    for (const char c : name) {
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_')) return true;
    }
    return is_reserved(name);
}

// Source: NAMEDATALEN, src/include/pg_config_manual.h: longer names are cut in silence.
inline constexpr std::size_t longest_name = 63;

/// How much one pass wrote, and what it saw. A statement of two tables qualifies every column:
/// unqualified, a column that is missing from a sub-select's table would silently be taken from
/// the outer one.
struct written_size {
    std::size_t text = 0;
    std::size_t qualifiers = 0;
    std::size_t parameters = 0;
    std::size_t tables = 0;
    std::size_t aggregates = 0;
    bool open = false;           ///< has a part whose text is known only at run time
    bool unknown_table = false;  ///< a column of a table that is not read
    bool twice = false;          ///< one name for two sources
    bool long_name = false;      ///< a name PostgreSQL would cut

    [[nodiscard]] constexpr bool qualified() const { return tables > 1; }
    [[nodiscard]] constexpr std::size_t total() const {
        return text + (qualified() ? qualifiers : 0);
    }
};

/// Looks at the columns an expression reads outside aggregates.
class column_watch {
public:
    virtual constexpr void column(std::string_view table, std::string_view name) = 0;

protected:
    constexpr ~column_watch() = default;
};

class sql_writer {
public:
    constexpr sql_writer() = default;
    constexpr sql_writer(char* text, oid* types, bool qualified)
        : text_{text}, types_{types}, qualified_{qualified} {}

    /// Writes nothing, and shows `watch` every column.
    constexpr explicit sql_writer(column_watch& watch) : watch_{&watch} {}

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

    /// A source that is spelled elsewhere, or not a table.
    constexpr void count_source() { ++size_.tables; }

    constexpr void column(std::string_view table, std::string_view name) {
        if (text_ == nullptr && !bare_) look(table, name);
        if (!bare_ && (text_ == nullptr || qualified_ || full_)) {
            std::size_t& counter = full_ ? size_.text : size_.qualifiers;
            spell(table, counter);
            append(".", counter);
        }
        identifier(name);
    }

    /// The next "$n"; answers n.
    constexpr std::size_t parameter(oid type) {
        if (types_ != nullptr) types_[size_.parameters] = type;
        number(++size_.parameters);
        return size_.parameters;
    }

    /// "$n" once more.
    constexpr void number(std::size_t value) {
        std::array<char, 8> digits{};
        std::size_t at = digits.size();
        for (; value != 0; value /= 10)
            digits[--at] = static_cast<char>('0' + value % 10);
        put("$");
        put({digits.data() + at, digits.size() - at});
    }

    /// Columns of these sources may be named from here on. Answers what `leave` takes.
    constexpr std::size_t enter(std::span<const std::string_view> names) {
        const std::size_t outer = depth_;
        for (const std::string_view name : names) {
            for (std::size_t i = outer; i < depth_; ++i)
                size_.twice = size_.twice || scope_[i] == name;
            if (depth_ < scope_.size()) scope_[depth_++] = name;
        }
        return outer;
    }
    constexpr void leave(std::size_t outer) { depth_ = outer; }

    /// Columns are written without their table, as names of a result are.
    constexpr void begin_bare() { bare_ = true; }
    constexpr void end_bare() { bare_ = false; }

    /// Columns are written with their table, so that no name of the result is meant.
    constexpr void begin_full() { full_ = true; }
    constexpr void end_full() { full_ = false; }

    /// What an aggregate reads is not bound to groups.
    constexpr void begin_aggregate() {
        const bool of_this_select = watch_ == nullptr || depth_ == 0;
        size_.aggregates += inside_window_ == 0 && of_this_select ? 1 : 0;
        inside_aggregate_ += inside_window_ == 0 ? 1 : 0;
    }
    constexpr void end_aggregate() { inside_aggregate_ -= inside_window_ == 0 ? 1 : 0; }

    /// An aggregate with a window is none: it keeps its rows.
    constexpr void begin_window() { ++inside_window_; }
    constexpr void end_window() { --inside_window_; }

    /// The lists whose text is made at run time, in writing order.
    void set_lists(std::span<const condition_list* const> lists) { lists_ = lists; }
    [[nodiscard]] constexpr const condition_list* next_list() {
        if (lists_.empty()) {
            size_.open = true;
            return nullptr;
        }
        const condition_list* next = lists_.front();
        lists_ = lists_.subspan(1);
        return next;
    }

    [[nodiscard]] constexpr const written_size& size() const { return size_; }

private:
    constexpr void append(std::string_view words, std::size_t& counter) {
        if (text_ != nullptr) text_ = std::copy(words.begin(), words.end(), text_);
        counter += words.size();
    }

    constexpr void spell(std::string_view name, std::size_t& counter) {
        size_.long_name = size_.long_name || name.size() > longest_name;
        if (!needs_quotes(name)) return append(name, counter);
        append("\"", counter);
        for (std::size_t i = 0; i < name.size(); ++i) {
            append(name.substr(i, 1), counter);
            if (name[i] == '"') append("\"", counter);
        }
        append("\"", counter);
    }

    constexpr void look(std::string_view table, std::string_view name) {
        for (std::size_t i = 0; i < depth_; ++i) {
            if (scope_[i] == table) return;
        }
        size_.unknown_table = true;
        if (watch_ != nullptr && inside_aggregate_ == 0) watch_->column(table, name);
    }

    char* text_ = nullptr;
    oid* types_ = nullptr;
    column_watch* watch_ = nullptr;
    bool qualified_ = false;
    bool bare_ = false;
    bool full_ = false;
    std::size_t inside_aggregate_ = 0;
    std::size_t inside_window_ = 0;
    std::size_t depth_ = 0;
    std::array<std::string_view, 40> scope_{};
    std::span<const condition_list* const> lists_{};
    written_size size_;
};

}  // namespace honeydue::detail
