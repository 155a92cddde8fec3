// SPDX-License-Identifier: MIT
// Expressions over columns: what `where` takes and `order_by` sorts by. An expression is a value:
// it can be named, passed to functions and combined. Its text is fixed by its type; its values
// become parameters.
#pragma once

#include <concepts>
#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <honeydue/array.hpp>
#include <honeydue/detail/reflect.hpp>
#include <honeydue/detail/sql_writer.hpp>
#include <honeydue/model.hpp>

namespace honeydue {

/// What every expression derives from. An expression has
///   using value_type;                               // what it yields, std::optional where it can
///   be NULL static constexpr void write(detail::sql_writer&); void bind(parameters&) const; // its
///   values, in the order of its parameters
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
inline constexpr bool is_text = std::same_as<T, std::string> || std::same_as<T, std::string_view> ||
                                std::same_as<T, const char*>;
template <class T>
inline constexpr bool is_number = std::is_arithmetic_v<T> && !std::same_as<T, bool>;
template <class T>
inline constexpr bool is_exact_number = std::same_as<T, numeric> || std::is_integral_v<T>;

/// Whether values of two types may meet in one comparison.
template <class A, class B>
consteval bool are_comparable() {
    using a = typename without_optional<A>::type;
    using b = typename without_optional<B>::type;
    using model_a = typename key_of_model<a>::type;
    using model_b = typename key_of_model<b>::type;
    if constexpr (!std::is_void_v<model_a> || !std::is_void_v<model_b>) {
        return std::same_as<model_a, model_b>;
    } else {
        return std::same_as<a, b> || (is_text<a> && is_text<b>) || (is_number<a> && is_number<b>) ||
               (is_exact_number<a> && is_exact_number<b> && !std::same_as<a, bool> &&
                !std::same_as<b, bool>);
    }
}

/// A value of the program: one parameter.
template <class T>
struct value_expression : expression {
    using value_type = T;

    T value;

    constexpr explicit value_expression(T given) : value{std::move(given)} {}
    static constexpr void write(sql_writer& to) { to.parameter(codec<T>::type); }
    void bind(parameters& to) const { to.add(value); }
};

/// Text is borrowed from literals and views, and copied from everything that owns.
template <class T>
constexpr auto as_expression(const T& operand) {
    if constexpr (is_expression<T>) {
        return operand;
    } else if constexpr (std::is_array_v<T> || std::is_pointer_v<T>) {
        return value_expression<std::string_view>{operand};
    } else {
        static_assert(!std::same_as<T, std::nullopt_t>,
                      "comparing with NULL is never true: say is_null() or is_not_null()");
        static_assert(!is_optional<T>,
                      "a value that may be absent cannot be compared: unwrap it first");
        return value_expression<T>{operand};
    }
}

template <class T>
using expression_for = decltype(as_expression(std::declval<const T&>()));

enum class comparison : unsigned char {
    equal,
    not_equal,
    less,
    less_equal,
    greater,
    greater_equal
};

constexpr std::string_view spell(comparison relation) {
    constexpr std::string_view words[] = {" = ", " <> ", " < ", " <= ", " > ", " >= "};
    return words[static_cast<std::size_t>(relation)];
}

template <comparison Relation, class Left, class Right>
struct compare_expression : expression {
    using value_type = bool;

    Left left;
    Right right;

    constexpr compare_expression(Left l, Right r) : left{std::move(l)}, right{std::move(r)} {}
    static constexpr void write(sql_writer& to) {
        Left::write(to);
        to.put(spell(Relation));
        Right::write(to);
    }
    void bind(parameters& to) const {
        left.bind(to);
        right.bind(to);
    }
};

template <comparison Relation, class Left, class Right>
constexpr auto compare(const Left& left, const Right& right) {
    using l = expression_for<Left>;
    using r = expression_for<Right>;
    static_assert(
        are_comparable<typename l::value_type, typename r::value_type>(),
        "these two have different types, or are keys of different models: they cannot be compared");
    return compare_expression<Relation, l, r>{as_expression(left), as_expression(right)};
}

enum class logic : unsigned char { conjunction, disjunction };

/// A disjunction is always in parentheses, so that it can stand anywhere.
template <logic Kind, class Left, class Right>
struct logic_expression : expression {
    using value_type = bool;

    Left left;
    Right right;

    constexpr logic_expression(Left l, Right r) : left{std::move(l)}, right{std::move(r)} {}
    static constexpr void write(sql_writer& to) {
        constexpr bool either = Kind == logic::disjunction;
        to.put(either ? "(" : "");
        Left::write(to);
        to.put(either ? " or " : " and ");
        Right::write(to);
        to.put(either ? ")" : "");
    }
    void bind(parameters& to) const {
        left.bind(to);
        right.bind(to);
    }
};

template <class Inner>
struct not_expression : expression {
    using value_type = bool;

    Inner inner;

    constexpr explicit not_expression(Inner given) : inner{std::move(given)} {}
    static constexpr void write(sql_writer& to) {
        to.put("not (");
        Inner::write(to);
        to.put(")");
    }
    void bind(parameters& to) const { inner.bind(to); }
};

enum class nullness : unsigned char { null, not_null };

template <nullness Kind, class Inner>
struct null_expression : expression {
    using value_type = bool;

    Inner inner;

    constexpr explicit null_expression(Inner given) : inner{std::move(given)} {}
    static constexpr void write(sql_writer& to) {
        Inner::write(to);
        to.put(Kind == nullness::null ? " is null" : " is not null");
    }
    void bind(parameters& to) const { inner.bind(to); }
};

/// Membership in a list: one array parameter, whatever the list's length.
template <class Inner, class T>
struct in_list_expression : expression {
    using value_type = bool;

    Inner inner;
    std::vector<T> list;

    in_list_expression(Inner given, std::vector<T> values)
        : inner{std::move(given)}, list{std::move(values)} {}
    static constexpr void write(sql_writer& to) {
        Inner::write(to);
        to.put(" = any(");
        to.parameter(codec<std::vector<T>>::type);
        to.put(")");
    }
    void bind(parameters& to) const {
        inner.bind(to);
        to.add(list);
    }
};

/// Membership in a sub-select of one column.
template <class Inner, class Select>
struct in_select_expression : expression {
    using value_type = bool;

    Inner inner;
    Select select;

    constexpr in_select_expression(Inner given, Select rows)
        : inner{std::move(given)}, select{std::move(rows)} {}
    static constexpr void write(sql_writer& to) {
        Inner::write(to);
        to.put(" in (");
        Select::write(to);
        to.put(")");
    }
    void bind(parameters& to) const {
        inner.bind(to);
        select.bind(to);
    }
};

template <class T>
concept is_select = requires(const T& select, parameters& to) {
    typename T::row;
    select.bind(to);
};

enum class direction : unsigned char { ascending, descending };
enum class null_position : unsigned char { by_direction, first, last };

/// One key of `order_by`.
template <class Inner, direction Direction, null_position Nulls = null_position::by_direction>
struct sort_key {
    Inner inner;

    [[nodiscard]] constexpr auto nulls_first() const {
        return sort_key<Inner, Direction, null_position::first>{inner};
    }
    [[nodiscard]] constexpr auto nulls_last() const {
        return sort_key<Inner, Direction, null_position::last>{inner};
    }

    static constexpr void write(sql_writer& to) {
        Inner::write(to);
        to.put(Direction == direction::descending ? " desc" : "");
        if (Nulls == null_position::first) to.put(" nulls first");
        if (Nulls == null_position::last) to.put(" nulls last");
    }
    void bind(parameters& to) const { inner.bind(to); }
};

}  // namespace detail

/// A column of a model: `col<&task::task::title>`.
template <auto Member>
struct column : expression {
    using owner = detail::owner_of<Member>;
    using value_type = detail::value_of<Member>;

    static constexpr std::string_view name = detail::member_name<Member>;

    static constexpr void write(detail::sql_writer& to) { to.column(model<owner>::table(), name); }
    void bind(parameters& /*to*/) const {}

    [[nodiscard]] constexpr auto ascending() const {
        return detail::sort_key<column, detail::direction::ascending>{*this};
    }
    [[nodiscard]] constexpr auto descending() const {
        return detail::sort_key<column, detail::direction::descending>{*this};
    }
    [[nodiscard]] constexpr auto is_null() const {
        return detail::null_expression<detail::nullness::null, column>{*this};
    }
    [[nodiscard]] constexpr auto is_not_null() const {
        return detail::null_expression<detail::nullness::not_null, column>{*this};
    }

    /// In the rows of a select of one column, or in a `std::vector` of values.
    template <class Source>
    [[nodiscard]] constexpr auto in(const Source& source) const {
        if constexpr (detail::is_select<Source>) {
            static_assert(
                detail::are_comparable<value_type, typename Source::row>(),
                "in() takes a select of one column of the same type, or key of the same model");
            return detail::in_select_expression<column, Source>{*this, source};
        } else {
            using element = typename Source::value_type;
            static_assert(detail::are_comparable<value_type, element>(),
                          "in() takes values of the column's type, or keys of the same model");
            return detail::in_list_expression<column, element>{*this,
                                                               {source.begin(), source.end()}};
        }
    }
};

template <auto Member>
inline constexpr column<Member> col{};

template <class Left, class Right>
    requires(is_expression<Left> || is_expression<Right>)
[[nodiscard]] constexpr auto operator==(const Left& left, const Right& right) {
    return detail::compare<detail::comparison::equal>(left, right);
}
template <class Left, class Right>
    requires(is_expression<Left> || is_expression<Right>)
[[nodiscard]] constexpr auto operator!=(const Left& left, const Right& right) {
    return detail::compare<detail::comparison::not_equal>(left, right);
}
template <class Left, class Right>
    requires(is_expression<Left> || is_expression<Right>)
[[nodiscard]] constexpr auto operator<(const Left& left, const Right& right) {
    return detail::compare<detail::comparison::less>(left, right);
}
template <class Left, class Right>
    requires(is_expression<Left> || is_expression<Right>)
[[nodiscard]] constexpr auto operator<=(const Left& left, const Right& right) {
    return detail::compare<detail::comparison::less_equal>(left, right);
}
template <class Left, class Right>
    requires(is_expression<Left> || is_expression<Right>)
[[nodiscard]] constexpr auto operator>(const Left& left, const Right& right) {
    return detail::compare<detail::comparison::greater>(left, right);
}
template <class Left, class Right>
    requires(is_expression<Left> || is_expression<Right>)
[[nodiscard]] constexpr auto operator>=(const Left& left, const Right& right) {
    return detail::compare<detail::comparison::greater_equal>(left, right);
}

template <is_expression Left, is_expression Right>
[[nodiscard]] constexpr auto operator&&(const Left& left, const Right& right) {
    return detail::logic_expression<detail::logic::conjunction, Left, Right>{left, right};
}
template <is_expression Left, is_expression Right>
[[nodiscard]] constexpr auto operator||(const Left& left, const Right& right) {
    return detail::logic_expression<detail::logic::disjunction, Left, Right>{left, right};
}
template <is_expression Inner>
[[nodiscard]] constexpr auto operator!(const Inner& inner) {
    return detail::not_expression<Inner>{inner};
}

}  // namespace honeydue
