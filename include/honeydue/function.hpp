// SPDX-License-Identifier: MIT
// Expressions computed by the server: arithmetic, functions, casts, case, json, arrays, full text.
// Aggregates and window functions are aggregate.hpp.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <honeydue/condition.hpp>

namespace honeydue {

namespace detail {

/// What arithmetic on two types yields. Source: PostgreSQL documentation, "Mathematical Functions
/// and Operators" and "Date/Time Functions and Operators".
template <class A, class B>
struct arithmetic {
    using type = void;
};
template <class A, class B>
    requires(is_integer<A>&& is_integer<B>)
struct arithmetic<A, B> {
    using type = std::conditional_t<(sizeof(A) >= sizeof(B)), A, B>;
};
template <class A, class B>
    requires(is_number<A>&& is_number<B> &&
             (std::is_floating_point_v<A> || std::is_floating_point_v<B>))
struct arithmetic<A, B> {
    using type = double;
};
template <class A, class B>
    requires((std::same_as<A, numeric> && is_number<B> && !std::is_floating_point_v<B>) ||
             (std::same_as<B, numeric> && is_integer<A>))
struct arithmetic<A, B> {
    using type = numeric;
};
template <class B>
    requires(is_integer<B>)
struct arithmetic<date, B> {
    using type = date;
};

template <infix Form, class Left, class Right>
constexpr auto calculate(const Left& left, const Right& right) {
    using l = typename expression_for<Left>::value_type;
    using r = typename expression_for<Right>::value_type;
    constexpr bool days_between =
        Form == infix::minus && std::same_as<bare<l>, date> && std::same_as<bare<r>, date>;
    using value =
        std::conditional_t<days_between, std::int32_t, typename arithmetic<bare<l>, bare<r>>::type>;
    static_assert(!std::is_void_v<value>,
                  "arithmetic takes numbers of kinds that mix: cast<T>() one of these two");
    return make_node<infix_form<Form>, maybe<value, l, r>>(as_expression(left),
                                                           as_expression(right));
}

template <class T>
struct cast_form {
    static constexpr bool atomic = true;
    template <class Inner>
    static constexpr void write(sql_writer& to) {
        write_operand<Inner>(to);
        to.put("::");
        to.put(codec<T>::sql_name);
    }
};

/// A function whose first argument is a word of SQL, not a value.
template <fixed_text Start>
struct keyed_form {
    static constexpr bool atomic = true;
    template <class... Arguments>
    static constexpr void write(sql_writer& to) {
        to.put(Start.view());
        write_list<Arguments...>(to);
        to.put(")");
    }
};

template <fixed_text Word>
struct bare_form {
    static constexpr bool atomic = true;
    template <class... None>
    static constexpr void write(sql_writer& to) {
        to.put(Word.view());
    }
};

/// `value = any(array)`.
struct element_form {
    static constexpr bool atomic = false;
    template <class Array, class Value>
    static constexpr void write(sql_writer& to) {
        write_operand<Value>(to);
        to.put(" = any(");
        Array::write(to);
        to.put(")");
    }
};

template <fixed_text Name, class Value, class... Arguments>
constexpr auto make_call(const Arguments&... arguments) {
    return make_node<call_form<Name>, Value>(as_argument(arguments)...);
}

/// Text that is read owns itself.
template <class T>
using as_owner = std::conditional_t<std::same_as<T, std::string_view>, std::string, T>;

template <class Condition, class Value>
struct when_part {
    [[no_unique_address]] Condition condition;
    [[no_unique_address]] Value value;

    static constexpr void write(sql_writer& to) {
        to.put(" when ");
        Condition::write(to);
        to.put(" then ");
        Value::write(to);
    }
    void bind(binder& to) const {
        condition.bind(to);
        value.bind(to);
    }
};

template <class Value>
struct else_part {
    [[no_unique_address]] Value value;

    static constexpr void write(sql_writer& to) {
        to.put(" else ");
        Value::write(to);
    }
    void bind(binder& to) const { value.bind(to); }
};

struct case_form {
    static constexpr bool atomic = true;
    template <class... Parts>
    static constexpr void write(sql_writer& to) {
        to.put("case");
        (Parts::write(to), ...);
        to.put(" end");
    }
};

template <class T>
concept is_json = std::same_as<bare<T>, json> || std::same_as<bare<T>, jsonb>;
template <class T>
inline constexpr bool is_array = false;
template <class T>
inline constexpr bool is_array<std::vector<T>> = true;

template <infix Form, class Left, class Right>
constexpr auto contain(const Left& left, const Right& right) {
    using l = typename Left::value_type;
    using r = typename expression_for<Right>::value_type;
    static_assert(
        (is_array<bare<l>> || std::same_as<bare<l>, jsonb>)&&std::same_as<bare<l>, bare<r>>,
        "containment compares two arrays of one type, or two jsonb");
    return make_node<infix_form<Form>, maybe<bool, l, r>>(left, as_expression(right));
}

/// The result of `case_`, which can take another branch.
template <class Value, class... Parts>
struct case_expression : operand<case_expression<Value, Parts...>> {
    using value_type = std::optional<as_owner<bare<Value>>>;
    static constexpr bool atomic = true;

    [[no_unique_address]] pack<Parts...> parts;

    constexpr explicit case_expression(const pack<Parts...>& given) : parts(given) {}

    template <is_expression Condition, class Other>
    [[nodiscard]] constexpr auto when(const Condition& condition, const Other& value) const {
        using other = expression_for<Other>;
        static_assert(are_comparable<Value, typename other::value_type>(),
                      "every branch of a case yields the same type");
        using part = when_part<Condition, other>;
        return case_expression<maybe<Value, typename other::value_type>, Parts..., part>(
            append(parts, part{condition, as_expression(value)}));
    }

    /// Without it a case that matches nothing is NULL.
    template <class Other>
    [[nodiscard]] constexpr auto otherwise(const Other& value) const {
        using other = expression_for<Other>;
        static_assert(are_comparable<Value, typename other::value_type>(),
                      "every branch of a case yields the same type");
        return finish<maybe<Value, typename other::value_type>>(
            append(parts, else_part<other>{as_expression(value)}));
    }

    static constexpr void write(sql_writer& to) { case_form::write<Parts...>(to); }
    void bind(binder& to) const { parts.bind(to); }

private:
    template <class Result, class... All>
    [[nodiscard]] static constexpr auto finish(const pack<All...>& all) {
        return node<case_form, as_owner<Result>, All...>(all);
    }
};

}  // namespace detail

template <class Left, class Right>
    requires(is_expression<Left> || is_expression<Right>)
[[nodiscard]] constexpr auto operator+(const Left& left, const Right& right) {
    return detail::calculate<detail::infix::plus>(left, right);
}
template <class Left, class Right>
    requires(is_expression<Left> || is_expression<Right>)
[[nodiscard]] constexpr auto operator-(const Left& left, const Right& right) {
    return detail::calculate<detail::infix::minus>(left, right);
}
template <class Left, class Right>
    requires(is_expression<Left> || is_expression<Right>)
[[nodiscard]] constexpr auto operator*(const Left& left, const Right& right) {
    return detail::calculate<detail::infix::times>(left, right);
}
template <class Left, class Right>
    requires(is_expression<Left> || is_expression<Right>)
[[nodiscard]] constexpr auto operator/(const Left& left, const Right& right) {
    return detail::calculate<detail::infix::divided_by>(left, right);
}
template <class Left, class Right>
    requires(is_expression<Left> || is_expression<Right>)
[[nodiscard]] constexpr auto operator%(const Left& left, const Right& right) {
    return detail::calculate<detail::infix::modulo>(left, right);
}

/// Any function by its name: `call<"similarity", float>(col<&task::title>, "roof")`. A result that
/// can be NULL is said as std::optional.
template <detail::fixed_text Name, class Value, class... Arguments>
[[nodiscard]] constexpr auto call(const Arguments&... arguments) {
    return detail::make_call<Name, Value>(arguments...);
}

/// `expression::type`, where the type is the one `T` has in the server.
template <class T, class Inner>
[[nodiscard]] constexpr auto cast(const Inner& inner) {
    using from = typename detail::expression_for<Inner>::value_type;
    return detail::make_node<detail::cast_form<T>, detail::maybe<T, from>>(
        detail::as_expression(inner));
}

template <class Inner>
[[nodiscard]] constexpr auto lower(const Inner& inner) {
    using from = typename detail::argument_for<Inner>::value_type;
    return detail::make_call<"lower", detail::maybe<std::string, from>>(inner);
}
template <class Inner>
[[nodiscard]] constexpr auto upper(const Inner& inner) {
    using from = typename detail::argument_for<Inner>::value_type;
    return detail::make_call<"upper", detail::maybe<std::string, from>>(inner);
}
/// Unit: characters.
template <class Inner>
[[nodiscard]] constexpr auto length(const Inner& inner) {
    using from = typename detail::argument_for<Inner>::value_type;
    return detail::make_call<"length", detail::maybe<std::int32_t, from>>(inner);
}
template <class Inner>
[[nodiscard]] constexpr auto abs(const Inner& inner) {
    return detail::make_call<"abs", typename detail::argument_for<Inner>::value_type>(inner);
}

/// Joins texts; NULL counts as empty.
template <class... Parts>
[[nodiscard]] constexpr auto concat(const Parts&... parts) {
    return detail::make_call<"concat", std::string>(parts...);
}

/// The first that is not NULL; NULL only when the last can be.
template <is_expression First, class... Rest>
[[nodiscard]] constexpr auto coalesce(const First& first, const Rest&... rest) {
    using value = detail::bare<typename First::value_type>;
    static_assert(
        (detail::are_comparable<value, typename detail::expression_for<Rest>::value_type>() && ...),
        "coalesce takes expressions of one type");
    constexpr bool always =
        (!detail::is_optional<typename detail::expression_for<Rest>::value_type> || ...);
    return detail::make_node<detail::call_form<"coalesce">,
                             std::conditional_t<always, value, std::optional<value>>>(
        first, detail::as_expression(rest)...);
}

/// NULL where both are equal.
template <is_expression Inner, class Other>
[[nodiscard]] constexpr auto nullif(const Inner& inner, const Other& other) {
    using value = std::optional<detail::bare<typename Inner::value_type>>;
    return detail::make_node<detail::call_form<"nullif">, value>(inner,
                                                                 detail::as_expression(other));
}

/// The greater of the two; NULL counts only when both are.
template <is_expression Left, class Right>
[[nodiscard]] constexpr auto greatest(const Left& left, const Right& right) {
    return detail::make_node<detail::call_form<"greatest">, typename Left::value_type>(
        left, detail::as_expression(right));
}
template <is_expression Left, class Right>
[[nodiscard]] constexpr auto least(const Left& left, const Right& right) {
    return detail::make_node<detail::call_form<"least">, typename Left::value_type>(
        left, detail::as_expression(right));
}

/// When the transaction began, by the server's clock.
[[nodiscard]] constexpr auto now() {
    return detail::make_node<detail::call_form<"now">, timestamptz>();
}
/// The day, in the session's time zone.
[[nodiscard]] constexpr auto current_date() {
    return detail::make_node<detail::bare_form<"current_date">, date>();
}

/// `date_trunc<"month">(col<…>)`, in the session's time zone.
template <detail::fixed_text Field, is_expression Inner>
[[nodiscard]] constexpr auto date_trunc(const Inner& inner) {
    using value = detail::maybe<timestamptz, typename Inner::value_type>;
    return detail::make_node<detail::keyed_form<detail::joined<"date_trunc('", Field, "', ">>,
                             value>(inner);
}
/// `extract<"year">(col<…>)`.
template <detail::fixed_text Field, is_expression Inner>
[[nodiscard]] constexpr auto extract(const Inner& inner) {
    using value = detail::maybe<numeric, typename Inner::value_type>;
    return detail::make_node<detail::keyed_form<detail::joined<"extract(", Field, " from ">>,
                             value>(inner);
}

/// `case_(condition, value).when(…).otherwise(…)`.
template <is_expression Condition, class Value>
[[nodiscard]] constexpr auto case_(const Condition& condition, const Value& value) {
    using yielded = detail::expression_for<Value>;
    using part = detail::when_part<Condition, yielded>;
    return detail::case_expression<typename yielded::value_type, part>(
        detail::pack<part>(part{condition, detail::as_expression(value)}));
}

/// The member of a json object, or the element of a json array: json again.
template <is_expression Inner, class Key>
[[nodiscard]] constexpr auto json_at(const Inner& inner, const Key& key) {
    static_assert(detail::is_json<typename Inner::value_type>, "json_at reads json and jsonb");
    using value = std::optional<detail::bare<typename Inner::value_type>>;
    return detail::make_node<detail::infix_form<detail::infix::json_at>, value>(
        inner, detail::as_argument(key));
}
/// The same as text, or NULL.
template <is_expression Inner, class Key>
[[nodiscard]] constexpr auto json_text(const Inner& inner, const Key& key) {
    static_assert(detail::is_json<typename Inner::value_type>, "json_text reads json and jsonb");
    return detail::make_node<detail::infix_form<detail::infix::json_text>,
                             std::optional<std::string>>(inner, detail::as_argument(key));
}
/// Whether a jsonb object has this key.
template <is_expression Inner>
[[nodiscard]] auto has_key(const Inner& inner, std::string key) {
    static_assert(std::same_as<detail::bare<typename Inner::value_type>, jsonb>,
                  "has_key asks a jsonb column");
    return detail::make_node<detail::infix_form<detail::infix::has_key>,
                             detail::maybe<bool, typename Inner::value_type>>(
        inner, detail::as_argument(std::move(key)));
}

/// `left @> right`: arrays or jsonb.
template <is_expression Left, class Right>
[[nodiscard]] constexpr auto contains(const Left& left, const Right& right) {
    return detail::contain<detail::infix::contains>(left, right);
}
/// `left <@ right`.
template <is_expression Left, class Right>
[[nodiscard]] constexpr auto contained_in(const Left& left, const Right& right) {
    return detail::contain<detail::infix::contained>(left, right);
}
/// Whether two arrays share an element.
template <is_expression Left, class Right>
[[nodiscard]] constexpr auto overlaps(const Left& left, const Right& right) {
    return detail::contain<detail::infix::overlaps>(left, right);
}
/// Whether an array column has this element.
template <is_expression Array, class Value>
[[nodiscard]] constexpr auto has_element(const Array& array, const Value& value) {
    using list = detail::bare<typename Array::value_type>;
    static_assert(detail::is_array<list>, "has_element asks an array column");
    return detail::make_node<detail::element_form, detail::maybe<bool, typename Array::value_type>>(
        array, detail::as_expression(value));
}

/// Full text: `matches<"english">(col<&task::title>, "roof leak")`, in web search syntax. An index
/// on `to_tsvector('english', title)` serves it.
template <detail::fixed_text Configuration, is_expression Inner, class Words>
[[nodiscard]] constexpr auto matches(const Inner& inner, const Words& words) {
    using namespace detail;
    using document = keyed_form<joined<"to_tsvector('", Configuration, "', ">>;
    using question = keyed_form<joined<"websearch_to_tsquery('", Configuration, "', ">>;
    return make_node<infix_form<infix::matches>, maybe<bool, typename Inner::value_type>>(
        make_node<document, std::string>(inner),
        make_node<question, std::string>(as_argument(words)));
}

}  // namespace honeydue
