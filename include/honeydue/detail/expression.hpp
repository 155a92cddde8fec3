// SPDX-License-Identifier: MIT
// What expressions are made of: nodes, values, and the rules by which types meet. The words users
// say are condition.hpp, function.hpp and aggregate.hpp.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <honeydue/array.hpp>
#include <honeydue/detail/fixed_text.hpp>
#include <honeydue/detail/sql_writer.hpp>
#include <honeydue/detail/written_query.hpp>
#include <honeydue/types.hpp>

namespace honeydue {

/// What every expression derives from. An expression has
///   using value_type;            // what it yields, std::optional where that can be NULL
///   static constexpr bool atomic // whether it stands in a larger one without parentheses
///   static constexpr void write(detail::sql_writer&);
///   void bind(detail::binder&) const;  // its values, in the order of its parameters
struct expression {};

template <class T>
concept is_expression = std::derived_from<std::remove_cvref_t<T>, expression>;

namespace detail {

template <class T>
struct without_optional {
    using type = T;
};
template <class T>
struct without_optional<std::optional<T>> {
    using type = T;
};
template <class T>
using bare = typename without_optional<T>::type;

/// `R`, and `std::optional<R>` when one of `From` can be NULL.
template <class R, class... From>
using maybe = std::conditional_t<(is_optional<From> || ...), std::optional<bare<R>>, R>;

template <class T>
struct key_of_model {
    using type = void;
};
template <class Model, class Key>
struct key_of_model<id<Model, Key>> {
    using type = Model;
};
template <class Model, class Key>
struct key_of_model<foreign_key<Model, Key>> {
    using type = Model;
};
template <class T>
using key_model = typename key_of_model<bare<T>>::type;

template <class T>
inline constexpr bool is_text = std::same_as<T, std::string> || std::same_as<T, std::string_view>;
template <class T>
inline constexpr bool is_integer = std::is_integral_v<T> && !std::same_as<T, bool>;
template <class T>
inline constexpr bool is_number =
    (std::is_arithmetic_v<T> && !std::same_as<T, bool>) || std::same_as<T, numeric>;

/// Whether values of two types may meet in one comparison.
template <class A, class B>
consteval bool are_comparable() {
    using a = bare<A>;
    using b = bare<B>;
    if constexpr (!std::is_void_v<key_model<a>> || !std::is_void_v<key_model<b>>) {
        return std::same_as<key_model<a>, key_model<b>>;
    } else {
        constexpr bool inexact = std::is_floating_point_v<a> || std::is_floating_point_v<b>;
        constexpr bool exact = std::same_as<a, numeric> || std::same_as<b, numeric>;
        return std::same_as<a, b> || (is_text<a> && is_text<b>) ||
               (is_number<a> && is_number<b> && !(inexact && exact));
    }
}

/// Writes `Part` so that it can stand between operators.
template <class Part>
constexpr void write_operand(sql_writer& to) {
    if (!Part::atomic) to.put("(");
    Part::write(to);
    if (!Part::atomic) to.put(")");
}

template <class... Parts>
constexpr void write_list(sql_writer& to, [[maybe_unused]] std::string_view separator = ", ") {
    [[maybe_unused]] std::string_view lead = "";
    ((to.put(lead), Parts::write(to), lead = separator), ...);
}

/// A value of the program: one parameter.
template <class T>
struct value_expression : expression {
    using value_type = T;
    static constexpr bool atomic = true;

    T value;

    constexpr explicit value_expression(T given) : value(std::move(given)) {}

    /// A type of the user's has no number that is the same everywhere: it goes by name.
    static constexpr void write(sql_writer& to) {
        to.parameter(codec<T>::type);
        if (codec<T>::type == oids::inferred && codec<T>::sql_name != "text") {
            to.put("::");
            to.put(codec<T>::sql_name);
        }
    }
    void bind(binder& to) const { to.add(value); }
};

/// A value where nothing tells the server its type.
template <class T>
struct argument_expression : value_expression<T> {
    using value_expression<T>::value_expression;

    static constexpr void write(sql_writer& to) {
        value_expression<T>::write(to);
        if (is_text<T>) to.put("::text");
    }
};

/// A list of text for `any`: untyped, it becomes an array of what is on the other side.
template <class T>
struct text_list : value_expression<std::vector<T>> {
    using value_expression<std::vector<T>>::value_expression;

    static constexpr void write(sql_writer& to) { to.parameter(oids::inferred); }
};

/// Integers go as the type of their width; the rest as they are.
template <class T>
using sent_as =
    std::conditional_t<is_integer<T> && std::is_signed_v<T> && sizeof(T) == 8, std::int64_t, T>;

/// Text is borrowed from literals and views, and copied from everything that owns.
template <template <class> class Value, class T>
constexpr auto wrap(const T& operand) {
    if constexpr (is_expression<T>) {
        return operand;
    } else if constexpr (std::is_array_v<T> || std::is_pointer_v<T>) {
        return Value<std::string_view>{operand};
    } else {
        static_assert(!std::same_as<T, std::nullopt_t>,
                      "comparing with NULL is never true: say is_null() or is_not_null()");
        static_assert(!is_optional<T>,
                      "a value that may be absent cannot be compared: unwrap it first");
        return Value<sent_as<T>>{operand};
    }
}
template <class T>
constexpr auto as_expression(const T& operand) {
    return wrap<value_expression>(operand);
}
template <class T>
constexpr auto as_argument(const T& operand) {
    return wrap<argument_expression>(operand);
}
template <class T>
using expression_for = decltype(as_expression(std::declval<const T&>()));
template <class T>
using argument_for = decltype(as_argument(std::declval<const T&>()));

/// Between two operands.
enum class infix : unsigned char {
    equal,
    not_equal,
    less,
    less_equal,
    greater,
    greater_equal,
    distinct,
    like,
    ilike,
    plus,
    minus,
    times,
    divided_by,
    modulo,
    concatenated,
    json_at,
    json_text,
    contains,
    contained,
    overlaps,
    has_key,
    matches,
    match_pattern,
};

constexpr std::string_view spell(infix form) {
    constexpr std::string_view words[] = {
        " = ",    " <> ",    " < ",   " <= ", " > ",  " >= ", " is distinct from ",
        " like ", " ilike ", " + ",   " - ",  " * ",  " / ",  " % ",
        " || ",   " -> ",    " ->> ", " @> ", " <@ ", " && ", " ? ",
        " @@ ",   " ~ "};
    return words[static_cast<std::size_t>(form)];
}

template <infix Form>
struct infix_form {
    static constexpr bool atomic = false;
    template <class Left, class Right>
    static constexpr void write(sql_writer& to) {
        write_operand<Left>(to);
        to.put(spell(Form));
        write_operand<Right>(to);
    }
};

struct conjunction_form {
    static constexpr bool atomic = false;
    template <class Left, class Right>
    static constexpr void write(sql_writer& to) {
        write_list<Left, Right>(to, " and ");
    }
};

/// Always in parentheses, so that it can stand anywhere.
struct disjunction_form {
    static constexpr bool atomic = true;
    template <class Left, class Right>
    static constexpr void write(sql_writer& to) {
        to.put("(");
        write_list<Left, Right>(to, " or ");
        to.put(")");
    }
};

struct not_form {
    static constexpr bool atomic = false;
    template <class Inner>
    static constexpr void write(sql_writer& to) {
        to.put("not (");
        Inner::write(to);
        to.put(")");
    }
};

/// `(not $1 or condition)`: the planner drops the half that does not hold.
struct optional_form {
    static constexpr bool atomic = true;
    template <class Flag, class Condition>
    static constexpr void write(sql_writer& to) {
        to.put("(not ");
        Flag::write(to);
        to.put(" or ");
        Condition::write(to);
        to.put(")");
    }
};

template <fixed_text Words>
struct suffix_form {
    static constexpr bool atomic = false;
    template <class Inner>
    static constexpr void write(sql_writer& to) {
        write_operand<Inner>(to);
        to.put(Words.view());
    }
};

/// `left <words> (right)`.
template <fixed_text Words>
struct membership_form {
    static constexpr bool atomic = false;
    template <class Left, class Right>
    static constexpr void write(sql_writer& to) {
        write_operand<Left>(to);
        to.put(Words.view());
        to.put("(");
        Right::write(to);
        to.put(")");
    }
};

/// `name(arguments)`; a select among them brings its own parentheses this way.
template <fixed_text Name>
struct call_form {
    static constexpr bool atomic = true;
    template <class... Arguments>
    static constexpr void write(sql_writer& to) {
        to.put(Name.view());
        to.put("(");
        write_list<Arguments...>(to);
        to.put(")");
    }
};

struct between_form {
    static constexpr bool atomic = false;
    template <class Inner, class Low, class High>
    static constexpr void write(sql_writer& to) {
        write_operand<Inner>(to);
        to.put(" between ");
        write_operand<Low>(to);
        to.put(" and ");
        write_operand<High>(to);
    }
};

template <class Query>
concept is_select = requires {
    typename Query::row;
    Query::is_rows;
};

}  // namespace detail
}  // namespace honeydue
