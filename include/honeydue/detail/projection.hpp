// SPDX-License-Identifier: MIT
// What stands between "select" and "from", or after "returning", and what type a row then has.
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <span>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include <honeydue/source.hpp>

namespace honeydue::detail {

template <class Form>
inline constexpr bool is_total = false;
template <fixed_text Words>
inline constexpr bool is_total<suffix_form<Words>> = true;
template <>
inline constexpr bool is_total<infix_form<infix::distinct>> = true;
template <>
inline constexpr bool is_total<call_form<"coalesce">> = true;
template <>
inline constexpr bool is_total<call_form<"concat">> = true;

/// Whether an expression has a value although what it reads is NULL.
template <class Expression>
inline constexpr bool survives_null = false;
template <class Form, class Value, class... Parts>
inline constexpr bool survives_null<node<Form, Value, Parts...>> = is_total<Form>;

class null_watch final : public column_watch {
public:
    constexpr explicit null_watch(std::span<const std::string_view> nullable)
        : nullable_{nullable} {}
    constexpr void column(std::string_view table, std::string_view /*name*/) override {
        for (const std::string_view name : nullable_)
            touched_ = touched_ || name == table;
    }
    [[nodiscard]] constexpr bool touched() const { return touched_; }

private:
    std::span<const std::string_view> nullable_;
    bool touched_ = false;
};

template <class Expression, class Nullable>
consteval bool reads_nullable() {
    if constexpr (Nullable::names.empty() || survives_null<Expression>) {
        return false;
    } else {
        null_watch watch{Nullable::names};
        sql_writer looking{watch};
        Expression::write(looking);
        return watch.touched();
    }
}

/// The type of an expression in a statement in which the sources `Nullable` may have no row.
template <class Expression, class Nullable>
using yielded = std::conditional_t<reads_nullable<Expression, Nullable>(),
                                   std::optional<bare<typename Expression::value_type>>,
                                   typename Expression::value_type>;

struct nothing_nullable {
    static constexpr std::array<std::string_view, 0> names{};
};

/// Whether a column's value fits a member, NULL aside.
template <class From, class Into>
consteval bool same_kind() {
    if constexpr (!std::is_void_v<key_model<From>> || !std::is_void_v<key_model<Into>>) {
        return std::same_as<key_model<From>, key_model<Into>>;
    } else {
        return std::same_as<From, Into> || (is_text<From> && is_text<Into>) ||
               (is_integer<From> && is_integer<Into> && sizeof(From) <= sizeof(Into));
    }
}

template <class From, class Into>
consteval bool check_fit() {
    static_assert(!is_optional<From> || is_optional<Into>,
                  "this column can be NULL, by itself or by a left join, and the member it is read "
                  "into cannot: make the member std::optional, or coalesce the column");
    static_assert(same_kind<bare<From>, bare<Into>>(),
                  "this column and the member it is read into have different types");
    return true;
}

template <class Expression>
consteval std::string_view result_name() {
    if constexpr (requires { Expression::name; }) {
        return Expression::name;
    } else {
        return {};
    }
}

template <class Expression>
inline constexpr bool is_column = false;
template <auto Member>
inline constexpr bool is_column<column<Member>> = true;
template <fixed_text Source, auto Member>
inline constexpr bool is_column<source_member<Source, Member>> = true;

template <class Expression>
inline constexpr bool is_named = false;
template <fixed_text Name, class Inner>
inline constexpr bool is_named<named_expression<Name, Inner>> = true;

template <class Expression>
constexpr void write_result(sql_writer& to) {
    Expression::write(to);
    if constexpr (is_named<Expression>) {
        to.put(" as ");
        to.identifier(Expression::name);
    }
}

/// The model of the first column in an expression; void when there is none.
template <class Expression>
struct first_owner {
    using type = void;
};
template <class... Parts>
struct first_owner_of {
    using type = void;
};
template <class Head, class... Tail>
struct first_owner_of<Head, Tail...> {
    using head = typename first_owner<Head>::type;
    using type = typename std::conditional_t<std::is_void_v<head>, first_owner_of<Tail...>,
                                             first_owner<Head>>::type;
};
template <auto Member>
struct first_owner<column<Member>> {
    using type = owner_of<Member>;
};
template <class Form, class Value, class... Parts>
struct first_owner<node<Form, Value, Parts...>> : first_owner_of<Parts...> {};
template <class... Parts>
struct first_owner<pack<Parts...>> : first_owner_of<Parts...> {};
template <class Expression>
    requires requires { typename Expression::inner_type; }
struct first_owner<Expression> : first_owner<typename Expression::inner_type> {};
template <class Expression>
    requires requires(const Expression& e) { e.arguments; }
struct first_owner<Expression> : first_owner<decltype(Expression::arguments)> {};

/// Columns a grouped select may read outside aggregates.
class group_watch final : public column_watch {
public:
    struct key {
        std::string_view table, name;
        std::string_view primary{};  ///< the columns of the table's primary key
        bool identifies = false;     ///< all of those are grouped by: the rest depends on them
    };
    constexpr explicit group_watch(std::span<const key> keys) : keys_{keys} {}
    constexpr void column(std::string_view table, std::string_view name) override {
        for (const key& one : keys_) {
            if (one.table == table && (one.identifies || one.name == name)) return;
        }
        violated_ = true;
    }
    [[nodiscard]] constexpr bool violated() const { return violated_; }

private:
    std::span<const key> keys_;
    bool violated_ = false;
};

/// Chosen expressions: a single value for one, a tuple for several.
template <class First, class... Rest>
struct expression_projection {
    using source = typename first_owner_of<First, Rest...>::type;
    template <class Nullable>
    using row_in = typename std::conditional_t<
        sizeof...(Rest) == 0, std::type_identity<yielded<First, Nullable>>,
        std::type_identity<std::tuple<yielded<First, Nullable>, yielded<Rest, Nullable>...>>>::type;

    /// Every name of the result is that of the column it is.
    static constexpr bool is_plain = is_column<First> && (is_column<Rest> && ...);

    [[no_unique_address]] pack<First, Rest...> parts;

    static constexpr void write(sql_writer& to) {
        write_result<First>(to);
        ((to.put(", "), write_result<Rest>(to)), ...);
    }
    void bind(binder& to) const { parts.bind(to); }

    static consteval bool has_column(std::string_view name) {
        return result_name<First>() == name || ((result_name<Rest>() == name) || ...);
    }
    template <class Nullable>
    static consteval bool check() {
        return true;
    }
    template <class Visitor>
    static constexpr void each(Visitor visit) {
        visit.template operator()<First>();
        (visit.template operator()<Rest>(), ...);
    }
};

/// A struct, its members taking the expressions in order.
template <class Row, class... Expressions>
struct struct_projection {
    using source = typename first_owner_of<Expressions...>::type;
    template <class Nullable>
    using row_in = Row;

    static constexpr bool is_plain = false;

    [[no_unique_address]] pack<Expressions...> parts;

    static constexpr void write(sql_writer& to) {
        std::size_t index = 0;
        ((to.put(index == 0 ? "" : ", "), write_member<Expressions>(to, index), ++index), ...);
    }
    void bind(binder& to) const { parts.bind(to); }

    static consteval bool has_column(std::string_view name) {
        return index_of_column<Row>(name) < model<Row>::size;
    }
    template <class Nullable>
    static consteval bool check() {
        static_assert(sizeof...(Expressions) == model<Row>::size,
                      "select<row>(…) takes one expression for each member of the row, in order");
        return []<std::size_t... Index>(std::index_sequence<Index...>) {
            return (check_fit<yielded<Expressions, Nullable>, member_type<Index, Row>>() && ...);
        }
        (std::make_index_sequence<std::min(sizeof...(Expressions), model<Row>::size)>{});
    }
    template <class Visitor>
    static constexpr void each(Visitor visit) {
        (visit.template operator()<Expressions>(), ...);
    }

private:
    template <class Expression>
    static constexpr void write_member(sql_writer& to, std::size_t index) {
        Expression::write(to);
        const std::string_view name = model<Row>::columns[index];
        if (result_name<Expression>() == name && !is_named<Expression>) return;
        to.put(" as ");
        to.identifier(name);
    }
};

/// The members of a struct as columns of one source, by name: of its own table for a model.
template <class Row, class Source = model_source<Row>>
struct row_projection {
    using source = Row;
    static constexpr bool is_plain = true;
    template <class Nullable>
    using row_in = Row;

    static constexpr void write(sql_writer& to) {
        std::string_view separator = "";
        for (const std::string_view name : model<Row>::columns) {
            to.put(separator);
            to.column(Source::name(), name);
            separator = ", ";
        }
    }
    void bind(binder& /*to*/) const {}

    static consteval bool has_column(std::string_view name) {
        return index_of_column<Row>(name) < model<Row>::size;
    }
    template <class Nullable>
    static consteval bool check() {
        static_assert(!is_absent<Nullable>(),
                      "a right or full join can leave the table of this row without one: start "
                      "from the other table, or select its columns");
        if constexpr (std::same_as<Source, model_source<Row>>) {
            return true;
        } else {
            return []<std::size_t... Index>(std::index_sequence<Index...>) {
                return (check_member<Index>() && ...);
            }
            (std::make_index_sequence<model<Row>::size>{});
        }
    }
    template <class Visitor>
    static constexpr void each(Visitor visit) {
        []<std::size_t... Index>(Visitor v, std::index_sequence<Index...>) {
            (v.template operator()<member<Index>>(), ...);
        }
        (visit, std::make_index_sequence<model<Row>::size>{});
    }

private:
    template <class Nullable>
    static consteval bool is_absent() {
        for (const std::string_view name : Nullable::names) {
            if (name == Source::name()) return true;
        }
        return false;
    }

    template <std::size_t Index>
    struct member {
        static constexpr void write(sql_writer& to) {
            to.column(Source::name(), model<Row>::columns[Index]);
        }
    };

    template <std::size_t Index>
    static consteval bool check_member() {
        constexpr std::string_view name = model<Row>::columns[Index];
        static_assert(Source::has_column(name),
                      "a member of this row has no column of its name in the table it is read "
                      "from");
        if constexpr (!std::is_void_v<typename Source::model_type> && Source::has_column(name)) {
            using from = typename Source::model_type;
            return check_fit<member_type<index_of_column<from>(name), from>,
                             member_type<Index, Row>>();
        } else {
            return true;
        }
    }
};

}  // namespace honeydue::detail
