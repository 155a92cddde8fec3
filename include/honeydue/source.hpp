// SPDX-License-Identifier: MIT
// Where rows come from besides a model's table: a table under another name, a select in
// parentheses, a named query before the statement. Each gives its columns in brackets:
// `parent[col<&task::task::title>]`.
#pragma once

#include <cstddef>
#include <string_view>
#include <type_traits>
#include <utility>

#include <honeydue/condition.hpp>

namespace honeydue {

namespace detail {

/// A column of a source that has a name of its own.
template <fixed_text Source, fixed_text Name, class Value>
struct source_column : operand<source_column<Source, Name, Value>> {
    using value_type = Value;
    static constexpr bool atomic = true;
    static constexpr std::string_view name = Name.view();

    static constexpr void write(sql_writer& to) { to.column(Source.view(), name); }
    void bind(binder& /*to*/) const {}
};

/// A member of a model, read from a source that has a name of its own.
template <fixed_text Source, auto Member>
struct source_member : operand<source_member<Source, Member>> {
    using value_type = value_of<Member>;
    static constexpr bool atomic = true;
    static constexpr std::string_view name = column<Member>::name;

    static constexpr void write(sql_writer& to) { to.column(Source.view(), name); }
    void bind(binder& /*to*/) const {}
};

template <class Model>
constexpr void write_table(sql_writer& to) {
    to.source(model<Model>::schema, model<Model>::table());
}

template <class Model>
consteval std::size_t index_of_column(std::string_view name) {
    std::size_t index = 0;
    for (const std::string_view column : model<Model>::columns) {
        if (column == name) return index;
        ++index;
    }
    return index;
}

/// A model's own table.
template <class Model>
struct model_source {
    using model_type = Model;
    static constexpr std::string_view name() { return model<Model>::table(); }
    static consteval bool has_column(std::string_view column) {
        return index_of_column<Model>(column) < model<Model>::size;
    }
    static constexpr void write(sql_writer& to) { write_table<Model>(to); }
    void bind(binder& /*to*/) const {}
};

/// A model's table under another name.
template <class Model, fixed_text Name>
struct alias_source {
    using model_type = void;

    template <auto Member>
    [[nodiscard]] constexpr auto operator[](const column<Member>& /*member*/) const {
        static_assert(std::is_same_v<owner_of<Member>, Model>,
                      "this alias has the columns of one model, and this is another's");
        return source_member<Name, Member>{};
    }

    static constexpr std::string_view name() { return Name.view(); }
    static consteval bool has_column(std::string_view column) {
        return model_source<Model>::has_column(column);
    }
    static constexpr void write(sql_writer& to) {
        write_table<Model>(to);
        to.put(" as ");
        to.identifier(name());
    }
    void bind(binder& /*to*/) const {}
};

/// What the two named queries have in common: columns by the names their query gives them.
template <fixed_text Name, class Query>
struct query_source {
    using model_type = void;
    using query_type = Query;

    [[no_unique_address]] Query query;

    constexpr explicit query_source(const Query& given) : query(given) {}

    template <auto Member>
    [[nodiscard]] constexpr auto operator[](const column<Member>& /*member*/) const {
        static_assert(Query::has_column(column<Member>::name),
                      "this query does not give a column of that name: select it there");
        return source_member<Name, Member>{};
    }
    template <fixed_text Column, class Inner>
    [[nodiscard]] constexpr auto operator[](
        const named_expression<Column, Inner>& /*named*/) const {
        static_assert(Query::has_column(Column.view()),
                      "this query does not give a column of that name: select it there");
        return source_column<Name, Column, typename Inner::value_type>{};
    }

    static constexpr std::string_view name() { return Name.view(); }
    static consteval bool has_column(std::string_view column) { return Query::has_column(column); }
};

template <fixed_text Name, class Query>
struct subquery_source : query_source<Name, Query> {
    using query_source<Name, Query>::query_source;

    static constexpr void write(sql_writer& to) {
        to.count_source();
        to.put("(");
        Query::write(to);
        to.put(") as ");
        to.identifier(Name.view());
    }
    void bind(binder& to) const { this->query.bind(to); }
};

template <fixed_text Name, class Query>
struct cte_source : query_source<Name, Query> {
    using query_source<Name, Query>::query_source;

    static constexpr void write(sql_writer& to) { to.source({}, Name.view()); }
    void bind(binder& /*to*/) const {}

    static constexpr void write_definition(sql_writer& to) {
        to.identifier(Name.view());
        to.put(" as (");
        Query::write(to);
        to.put(")");
    }
    void bind_definition(binder& to) const { this->query.bind(to); }
};

template <fixed_text Name, class Query>
struct recursive_source : cte_source<Name, Query> {
    using cte_source<Name, Query>::cte_source;
};

template <class T>
concept is_source = requires {
    typename T::model_type;
    { T::name() } -> std::convertible_to<std::string_view>;
};

}  // namespace detail

/// A model's table under another name, as a self join needs: `hd::alias<task::task, "parent">`.
template <class Model, detail::fixed_text Name>
inline constexpr detail::alias_source<Model, Name> alias{};

/// A select that stands in from or join.
template <detail::fixed_text Name, detail::is_select Select>
[[nodiscard]] constexpr auto subquery(const Select& select) {
    return detail::subquery_source<Name, Select>(select);
}

/// A query that runs once before the statement it is given to by `with`: a select, or a write that
/// returns rows.
template <detail::fixed_text Name, class Query>
[[nodiscard]] constexpr auto cte(const Query& query) {
    static_assert(!std::is_void_v<typename Query::row>,
                  "a cte is a select, or a write with returning: others give no rows");
    return detail::cte_source<Name, Query>(query);
}

/// A query over its own rows: first those of `start`, then, again and again until none are new,
/// those of `step(rows)`, whose `rows` are the ones found last. Both select the same columns. A
/// cycle in the data never ends with `recursive_cte`; `recursive_cte_distinct` finds each row once.
template <detail::fixed_text Name, detail::is_select Start, class Step>
[[nodiscard]] constexpr auto recursive_cte(const Start& start, const Step& step) {
    const auto both = start.union_all(step(detail::cte_source<Name, Start>(start)));
    return detail::recursive_source<Name, std::remove_const_t<decltype(both)>>(both);
}
template <detail::fixed_text Name, detail::is_select Start, class Step>
[[nodiscard]] constexpr auto recursive_cte_distinct(const Start& start, const Step& step) {
    const auto both = start.union_with(step(detail::cte_source<Name, Start>(start)));
    return detail::recursive_source<Name, std::remove_const_t<decltype(both)>>(both);
}

}  // namespace honeydue
