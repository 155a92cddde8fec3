// SPDX-License-Identifier: MIT
// Columns and conditions: what `where` takes and `order_by` sorts by. An expression is a value: it
// can be named, passed to functions and combined. Its text is fixed by its type; its values become
// parameters. Functions and arithmetic are function.hpp, aggregates and windows aggregate.hpp.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <honeydue/detail/expression.hpp>
#include <honeydue/detail/reflect.hpp>
#include <honeydue/model.hpp>
#include <honeydue/order.hpp>

namespace honeydue {

namespace detail {

template <fixed_text Name, class Inner>
struct named_expression;

/// What can be said of every expression.
template <class Self>
struct operand : expression {
    [[nodiscard]] constexpr auto ascending() const {
        return sort_key<Self, direction::ascending>{self()};
    }
    [[nodiscard]] constexpr auto descending() const {
        return sort_key<Self, direction::descending>{self()};
    }
    [[nodiscard]] constexpr auto is_null() const;
    [[nodiscard]] constexpr auto is_not_null() const;

    /// Like `!=`, but NULL equals NULL and nothing else.
    template <class Other>
    [[nodiscard]] constexpr auto is_distinct_from(const Other& other) const;

    /// In the rows of a select of one column, or in a list: one array parameter whatever its
    /// length. Text in a list is compared as the column's type, like a literal.
    template <class Source>
    [[nodiscard]] constexpr auto in(const Source& source) const;
    template <class T>
    [[nodiscard]] auto in(std::initializer_list<T> list) const {
        return in(std::vector<typename expression_for<T>::value_type>(list.begin(), list.end()));
    }
    template <class Source>
    [[nodiscard]] constexpr auto not_in(const Source& source) const {
        return !in(source);
    }
    template <class T>
    [[nodiscard]] auto not_in(std::initializer_list<T> list) const {
        return !in(list);
    }

    /// `%` stands for anything and `_` for one character: `escape_like` text that is meant as it
    /// is.
    template <class Pattern>
    [[nodiscard]] constexpr auto like(const Pattern& pattern) const;
    template <class Pattern>
    [[nodiscard]] constexpr auto ilike(const Pattern& pattern) const;

    /// Begins with exactly this text.
    [[nodiscard]] auto starts_with(std::string_view text) const;

    /// Both bounds included.
    template <class Low, class High>
    [[nodiscard]] constexpr auto between(const Low& low, const High& high) const;

    /// Gives the result column a name, by which order_by and group_by then call it.
    template <fixed_text Name>
    [[nodiscard]] constexpr auto as() const {
        return named_expression<Name, Self>(self());
    }

    static constexpr void write_key(sql_writer& to) { Self::write(to); }
    void bind_key(binder& to) const { self().bind(to); }

private:
    [[nodiscard]] constexpr const Self& self() const { return static_cast<const Self&>(*this); }
};

/// An expression made of others by a form, which knows how it is spelled.
template <class Form, class Value, class... Parts>
struct node : operand<node<Form, Value, Parts...>> {
    using value_type = Value;
    static constexpr bool atomic = Form::atomic;

    [[no_unique_address]] pack<Parts...> parts;

    constexpr explicit node(const Parts&... given) : parts(given...) {}
    constexpr explicit node(const pack<Parts...>& given) requires(sizeof...(Parts) > 0)
        : parts(given) {}

    static constexpr void write(sql_writer& to) { Form::template write<Parts...>(to); }
    void bind(binder& to) const { parts.bind(to); }
};

template <class Form, class Value, class... Parts>
constexpr auto make_node(const Parts&... parts) {
    return node<Form, Value, Parts...>(parts...);
}

template <fixed_text Name, class Inner>
struct named_expression : operand<named_expression<Name, Inner>> {
    using value_type = typename Inner::value_type;
    using inner_type = Inner;
    static constexpr bool atomic = Inner::atomic;
    static constexpr std::string_view name = Name.view();

    [[no_unique_address]] Inner inner;

    constexpr explicit named_expression(const Inner& given) : inner(given) {}

    static constexpr void write(sql_writer& to) { Inner::write(to); }
    void bind(binder& to) const { inner.bind(to); }
    static constexpr void write_key(sql_writer& to) { to.identifier(name); }
    void bind_key(binder& /*to*/) const {}
};

template <infix Form, class Left, class Right>
constexpr auto compare(const Left& left, const Right& right) {
    using l = typename expression_for<Left>::value_type;
    using r = typename expression_for<Right>::value_type;
    static_assert(
        are_comparable<l, r>(),
        "these two have different types, or are keys of different models: they cannot be compared");
    return make_node<infix_form<Form>, maybe<bool, l, r>>(as_expression(left),
                                                          as_expression(right));
}

template <class T>
inline constexpr bool is_condition = std::same_as<bare<typename T::value_type>, bool>;

template <infix Form, class Self, class Pattern>
constexpr auto match(const Self& self, const Pattern& pattern) {
    using p = typename expression_for<Pattern>::value_type;
    static_assert(is_text<bare<typename Self::value_type>> && is_text<bare<p>>,
                  "like and ilike compare text with a pattern of text");
    return make_node<infix_form<Form>, maybe<bool, typename Self::value_type, p>>(
        self, as_expression(pattern));
}

template <class Value>
struct assigned_value;
template <auto Member, class Value>
struct assignment;

}  // namespace detail

/// A column of a model: `col<&task::task::title>`.
template <auto Member>
struct column : detail::operand<column<Member>> {
    using owner = detail::owner_of<Member>;
    using value_type = detail::value_of<Member>;
    static constexpr bool atomic = true;

    static constexpr std::string_view name = detail::column_name<Member>;

    static constexpr void write(detail::sql_writer& to) { to.column(model<owner>::table(), name); }
    void bind(detail::binder& /*to*/) const {}

    /// What `set` takes: a value, NULL (`std::nullopt`), `hd::by_default`, or an expression.
    template <class Value>
    constexpr auto operator=(const Value& value) const;  // NOLINT(*-unconventional-assign-*)
};

template <auto Member>
inline constexpr column<Member> col{};

/// Text in which `like` finds no wildcards: `%`, `_` and `\` are escaped.
[[nodiscard]] std::string escape_like(std::string_view text);

template <class Left, class Right>
    requires(is_expression<Left> || is_expression<Right>)
[[nodiscard]] constexpr auto operator==(const Left& left, const Right& right) {
    return detail::compare<detail::infix::equal>(left, right);
}
template <class Left, class Right>
    requires(is_expression<Left> || is_expression<Right>)
[[nodiscard]] constexpr auto operator!=(const Left& left, const Right& right) {
    return detail::compare<detail::infix::not_equal>(left, right);
}
template <class Left, class Right>
    requires(is_expression<Left> || is_expression<Right>)
[[nodiscard]] constexpr auto operator<(const Left& left, const Right& right) {
    return detail::compare<detail::infix::less>(left, right);
}
template <class Left, class Right>
    requires(is_expression<Left> || is_expression<Right>)
[[nodiscard]] constexpr auto operator<=(const Left& left, const Right& right) {
    return detail::compare<detail::infix::less_equal>(left, right);
}
template <class Left, class Right>
    requires(is_expression<Left> || is_expression<Right>)
[[nodiscard]] constexpr auto operator>(const Left& left, const Right& right) {
    return detail::compare<detail::infix::greater>(left, right);
}
template <class Left, class Right>
    requires(is_expression<Left> || is_expression<Right>)
[[nodiscard]] constexpr auto operator>=(const Left& left, const Right& right) {
    return detail::compare<detail::infix::greater_equal>(left, right);
}

template <is_expression Left, is_expression Right>
[[nodiscard]] constexpr auto operator&&(const Left& left, const Right& right) {
    static_assert(detail::is_condition<Left> && detail::is_condition<Right>,
                  "&& joins two conditions: compare the column with something first");
    return detail::make_node<detail::conjunction_form, bool>(left, right);
}
template <is_expression Left, is_expression Right>
[[nodiscard]] constexpr auto operator||(const Left& left, const Right& right) {
    static_assert(detail::is_condition<Left> && detail::is_condition<Right>,
                  "|| joins two conditions: compare the column with something first");
    return detail::make_node<detail::disjunction_form, bool>(left, right);
}
template <is_expression Inner>
[[nodiscard]] constexpr auto operator!(const Inner& inner) {
    static_assert(detail::is_condition<Inner>, "! turns a condition round: this is not one");
    return detail::make_node<detail::not_form, typename Inner::value_type>(inner);
}

/// `condition` when `asked`, and true otherwise. It stays in the text either way.
template <is_expression Condition>
[[nodiscard]] constexpr auto only_if(bool asked, const Condition& condition) {
    return detail::make_node<detail::optional_form, bool>(detail::value_expression<bool>{asked},
                                                          condition);
}

/// True when the select has a row.
template <detail::is_select Select>
[[nodiscard]] constexpr auto exists(const Select& select) {
    return detail::make_node<detail::call_form<"exists">, bool>(select);
}

/// The single value of a select of one column and at most one row; NULL when it has none.
template <detail::is_select Select>
[[nodiscard]] constexpr auto scalar(const Select& select) {
    using value = std::optional<detail::bare<typename Select::row>>;
    return detail::make_node<detail::call_form<"">, value>(select);
}

/// Conditions whose number is known at run time, all of which must be true; true when empty.
/// The text of its statement is made at run time: where the number is known, use && and only_if.
/// Cost: one allocation for each condition.
class condition_list : public detail::operand<condition_list> {
public:
    using value_type = bool;
    static constexpr bool atomic = true;

    template <is_expression Condition>
    void add(const Condition& condition) {
        static_assert(detail::is_condition<Condition>, "a condition_list takes conditions");
        parts_.push_back(std::make_shared<const part_of<Condition>>(condition));
    }

    [[nodiscard]] std::size_t size() const noexcept { return parts_.size(); }

    static constexpr void write(detail::sql_writer& to) {
        if (const condition_list* list = to.next_list()) list->write_all(to);
    }
    void bind(detail::binder& to) const;

private:
    struct part {
        virtual ~part() = default;
        virtual void write(detail::sql_writer& to) const = 0;
        virtual void bind(detail::binder& to) const = 0;
    };
    template <class Condition>
    struct part_of final : part {
        Condition condition;

        explicit part_of(const Condition& given) : condition(given) {}
        void write(detail::sql_writer& to) const override { Condition::write(to); }
        void bind(detail::binder& to) const override { condition.bind(to); }
    };

    void write_all(detail::sql_writer& to) const;

    std::vector<std::shared_ptr<const part>> parts_;
};

namespace detail {

template <class Self>
constexpr auto operand<Self>::is_null() const {
    return make_node<suffix_form<" is null">, bool>(self());
}
template <class Self>
constexpr auto operand<Self>::is_not_null() const {
    return make_node<suffix_form<" is not null">, bool>(self());
}

template <class Self>
template <class Other>
constexpr auto operand<Self>::is_distinct_from(const Other& other) const {
    using r = typename expression_for<Other>::value_type;
    static_assert(are_comparable<typename Self::value_type, r>(),
                  "these two have different types, or are keys of different models");
    return make_node<infix_form<infix::distinct>, bool>(self(), as_expression(other));
}

template <class Self>
template <class Source>
constexpr auto operand<Self>::in(const Source& source) const {
    if constexpr (is_select<Source>) {
        using row = typename Source::row;
        static_assert(
            are_comparable<typename Self::value_type, row>(),
            "in() takes a select of one column of the same type, or key of the same model");
        return make_node<membership_form<" in ">, maybe<bool, typename Self::value_type, row>>(
            self(), source);
    } else {
        using element = typename Source::value_type;
        static_assert(are_comparable<typename Self::value_type, element>(),
                      "in() takes values of the column's type, or keys of the same model");
        using list = std::conditional_t<detail::is_text<element>, text_list<element>,
                                        value_expression<std::vector<element>>>;
        return make_node<membership_form<" = any">, maybe<bool, typename Self::value_type>>(
            self(), list(std::vector<element>(source.begin(), source.end())));
    }
}

template <class Self>
template <class Pattern>
constexpr auto operand<Self>::like(const Pattern& pattern) const {
    return match<infix::like>(self(), pattern);
}
template <class Self>
template <class Pattern>
constexpr auto operand<Self>::ilike(const Pattern& pattern) const {
    return match<infix::ilike>(self(), pattern);
}
template <class Self>
auto operand<Self>::starts_with(std::string_view text) const {
    return like(escape_like(text) + '%');
}

template <class Self>
template <class Low, class High>
constexpr auto operand<Self>::between(const Low& low, const High& high) const {
    using value = typename Self::value_type;
    static_assert(are_comparable<value, typename expression_for<Low>::value_type>() &&
                      are_comparable<value, typename expression_for<High>::value_type>(),
                  "between() takes two bounds of the column's type");
    return make_node<between_form, maybe<bool, value>>(self(), as_expression(low),
                                                       as_expression(high));
}

}  // namespace detail
}  // namespace honeydue
