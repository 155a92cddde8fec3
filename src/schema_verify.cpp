// SPDX-License-Identifier: MIT
// Statements as the database reads them, beside what their rows are read into.
#include <honeydue/schema.hpp>

#include <algorithm>

#include <fmt/format.h>

#include <honeydue/array.hpp>

namespace honeydue::detail {

namespace {

struct nullable_column {
    std::int64_t table = 0;
    std::int16_t number = 0;
    std::string table_name;
    std::string name;
};

/// What of one query's answer does not fit, each as a sentence.
class fitting {
public:
    fitting(const expected_answer& expected, const rows& described,
            std::span<const nullable_column> nullable)
        : expected_{expected}, described_{described}, nullable_{nullable} {}

    [[nodiscard]] std::vector<std::string> run() {
        const auto wanted = expected_.wanted;
        if (wanted.empty()) return {};
        if (wanted[0].name.empty() && described_.columns() != wanted.size()) {
            return {fmt::format("{}: the result has {} columns, expected {}", expected_.type,
                                described_.columns(), wanted.size())};
        }
        for (std::size_t i = 0; i < wanted.size(); ++i) {
            const auto column = match_column(described_, expected_.type, wanted[i], i);
            if (!column) {
                said_.push_back(column.error().message());
            } else if (!wanted[i].is_nullable) {
                look_for_null(wanted[i], *column);
            }
        }
        return std::move(said_);
    }

private:
    void look_for_null(const wanted_column& wanted, std::size_t column) {
        const rows::origin from = described_.column_origin(column);
        const auto found = std::ranges::find_if(nullable_, [&](const nullable_column& one) {
            return one.table == static_cast<std::int64_t>(from.table) && one.number == from.column;
        });
        if (found == nullable_.end()) return;
        const std::string member =
            wanted.name.empty() ? fmt::format("column {} into {}", column + 1, expected_.type)
                                : fmt::format("{}::{}", expected_.type, wanted.name);
        said_.push_back(
            fmt::format("{}: the column {}.{} can be NULL and the member is not std::optional",
                        member, found->table_name, found->name));
    }

    const expected_answer& expected_;
    const rows& described_;
    std::span<const nullable_column> nullable_;
    std::vector<std::string> said_{};
};

}  // namespace

const statement& ask_nullable() {
    static constexpr statement_shape shape{
        "select c.oid::int8 as \"table\", a.attnum as number, c.relname::text as table_name, "
        "a.attname::text as name from pg_class c join pg_namespace s on s.oid = c.relnamespace "
        "join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped "
        "join pg_type t on t.oid = a.atttypid where c.relkind in ('r', 'p', 'f') "
        "and s.nspname not in ('pg_catalog', 'information_schema', 'pg_toast') "
        "and not a.attnotnull and not t.typnotnull",
        {},
        effect::reads};
    static const statement asked{shape};
    return asked;
}

verification::verification(std::vector<expected_answer> all) : all_{std::move(all)} {
    for (std::size_t i = 0; i < all_.size(); ++i)
        left_.push_back(i);
}

std::vector<statement> verification::asks() const {
    std::vector<statement> asked;
    for (const std::size_t query : left_)
        asked.push_back(all_[query].asked);
    return asked;
}

void verification::say(std::size_t query, std::string_view sentence) {
    found_.push_back({query + 1, fmt::format("query {}: {}", query + 1, sentence)});
}

result<void> verification::take(const result<std::vector<rows>>& answer) {
    if (!answer) {
        const error& why = answer.error();
        const std::size_t at = why.statement();
        const bool is_about_one =
            !why.sqlstate().empty() && !why.connection_lost() && at > 0 && at <= left_.size();
        if (!is_about_one) return tl::unexpected{why};
        const std::size_t query = left_[at - 1];
        say(query, fmt::format("{} [{}]", explain(why), all_[query].asked.text()));
        left_.erase(left_.begin() + static_cast<std::ptrdiff_t>(at - 1));
        return {};
    }
    const auto nullable = decode<nullable_column>(answer->back());
    if (!nullable) return tl::unexpected{nullable.error()};
    for (std::size_t i = 0; i < left_.size(); ++i) {
        for (const std::string& one : fitting{all_[left_[i]], (*answer)[i], *nullable}.run())
            say(left_[i], one);
    }
    left_.clear();
    return {};
}

std::vector<mismatch> verification::found() && {
    std::ranges::stable_sort(found_, {}, &mismatch::query);
    return std::move(found_);
}

}  // namespace honeydue::detail
