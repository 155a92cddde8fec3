// SPDX-License-Identifier: MIT
// `col<&model::member> = value`, and what a write gives back.
#pragma once

#include <concepts>
#include <optional>
#include <string_view>
#include <type_traits>

#include <honeydue/detail/projection.hpp>
#include <honeydue/detail/select_clauses.hpp>

namespace honeydue::detail {

template <fixed_text Word>
struct word_expression : expression {
    static constexpr bool atomic = true;
    static constexpr void write(sql_writer& to) { to.put(Word.view()); }
    void bind(binder& /*to*/) const {}
};
using null_word = word_expression<"null">;
using default_word = word_expression<"default">;

template <auto Member, class Value>
struct assignment {
    using owner = owner_of<Member>;
    [[no_unique_address]] Value value;

    static constexpr void write(sql_writer& to) {
        to.identifier(column<Member>::name);
        to.put(" = ");
        Value::write(to);
    }
    void bind(binder& to) const { value.bind(to); }
};

/// `member = case when $1 then value else member end`.
template <auto Member, class Value>
struct optional_assignment {
    using owner = owner_of<Member>;
    bool asked;
    [[no_unique_address]] assignment<Member, Value> change;

    static constexpr void write(sql_writer& to) {
        to.identifier(column<Member>::name);
        to.put(" = case when ");
        to.parameter(oids::boolean);
        to.put(" then ");
        Value::write(to);
        to.put(" else ");
        column<Member>::write(to);
        to.put(" end");
    }
    void bind(binder& to) const {
        to.add(asked);
        change.bind(to);
    }
};

/// NULL and values that can be NULL are right here, if the column can be.
template <class Into, class Value>
constexpr auto assigned(const Value& value) {
    if constexpr (std::same_as<Value, std::nullopt_t>) {
        static_assert(is_optional<Into>,
                      "this column cannot be NULL: its member is not std::optional");
        return null_word{};
    } else if constexpr (std::same_as<Value, default_word>) {
        return value;
    } else if constexpr (is_optional<Value>) {
        static_assert(is_optional<Into>,
                      "this column cannot be NULL: its member is not std::optional");
        static_assert(are_comparable<Into, Value>(),
                      "this column and the value set have different types");
        return value_expression<Value>{value};
    } else {
        using given = typename expression_for<Value>::value_type;
        static_assert(are_comparable<Into, given>(),
                      "this column and the value set have different types");
        static_assert(is_optional<Into> || !is_optional<given>,
                      "this column cannot be NULL, and the expression set can be: coalesce it");
        return as_expression(value);
    }
}

template <class... Assignments>
struct set_clause : clause {
    static constexpr clause_rank rank = clause_rank::set;
    static constexpr std::string_view starts = " set ", continues = ", ";

    [[no_unique_address]] pack<Assignments...> assignments;

    constexpr explicit set_clause(const Assignments&... given) : assignments(given...) {}
    static constexpr void write(sql_writer& to) { write_list<Assignments...>(to); }
    void bind(binder& to) const { assignments.bind(to); }
};

/// Stands where a condition is missing on purpose.
struct all_clause : clause {
    static constexpr clause_rank rank = clause_rank::where;
    static constexpr std::string_view starts = "", continues = "";
    static constexpr void write(sql_writer& /*to*/) {}
};

struct nothing_returned {
    using row = void;
    static constexpr bool is_source = false;
    static constexpr void write(sql_writer& /*to*/) {}
    void bind(binder& /*to*/) const {}
    static consteval bool has_column(std::string_view /*name*/) { return false; }
    static consteval bool check() { return true; }
};

template <class Projection>
struct returned {
    using row = typename Projection::template row_in<nothing_nullable>;

    [[no_unique_address]] Projection projection;

    static constexpr void write(sql_writer& to) {
        to.put(" returning ");
        Projection::write(to);
    }
    void bind(binder& to) const { projection.bind(to); }
    static consteval bool has_column(std::string_view name) { return Projection::has_column(name); }
    static consteval bool check() { return Projection::template check<nothing_nullable>(); }
};

/// What follows "returning", by the words of `select`.
template <class Model, class Row>
constexpr auto returned_row() {
    if constexpr (std::same_as<Model, Row>) {
        return returned<row_projection<Row>>{};
    } else {
        return returned<row_projection<Row, model_source<Model>>>{};
    }
}
template <auto First, auto... Rest>
constexpr auto returned_columns() {
    using projection = expression_projection<column<First>, column<Rest>...>;
    return returned<projection>{
        projection{pack<column<First>, column<Rest>...>(col<First>, col<Rest>...)}};
}

}  // namespace honeydue::detail

namespace honeydue {

/// The column's default, in `set`.
inline constexpr detail::default_word by_default{};

template <auto Member>
template <class Value>
constexpr auto column<Member>::operator=(const Value& value) const {
    using assigned = decltype(detail::assigned<value_type>(value));
    return detail::assignment<Member, assigned>{detail::assigned<value_type>(value)};
}

}  // namespace honeydue
