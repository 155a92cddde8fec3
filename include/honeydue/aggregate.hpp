// SPDX-License-Identifier: MIT
// Aggregates and window functions: many rows into one value, and one value over its neighbours.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <honeydue/condition.hpp>

namespace honeydue {

namespace detail {

/// What a sum of these is. Source: PostgreSQL documentation, "Aggregate Functions".
template <class T>
struct sum_of {
    using type = void;
};
template <class T>
    requires(is_integer<T>)
struct sum_of<T> {
    using type = std::conditional_t<(sizeof(T) < 8), std::int64_t, numeric>;
};
template <class T>
    requires(std::is_floating_point_v<T> || std::same_as<T, numeric>)
struct sum_of<T> {
    using type = T;
};
template <class T>
struct mean_of {
    using type = std::conditional_t<std::is_floating_point_v<T>, double,
                                    std::conditional_t<is_number<T>, numeric, void>>;
};

/// Where a frame ends, on either side.
template <fixed_text Words>
struct frame_edge {
    static constexpr void write(sql_writer& to) { to.put(Words.view()); }
    void bind(binder& /*to*/) const {}
};
template <fixed_text Words>
struct frame_offset {
    std::int64_t count;

    static constexpr void write(sql_writer& to) {
        to.parameter(oids::int8);
        to.put(Words.view());
    }
    void bind(binder& to) const { to.add(count); }
};
template <class Edge>
inline constexpr bool is_frame_edge = false;
template <fixed_text Words>
inline constexpr bool is_frame_edge<frame_edge<Words>> = true;
template <fixed_text Words>
inline constexpr bool is_frame_edge<frame_offset<Words>> = true;

struct no_frame {
    static constexpr void write(sql_writer& /*to*/) {}
    void bind(binder& /*to*/) const {}
};
template <fixed_text Unit, class First, class Last>
struct frame {
    static_assert(is_frame_edge<First> && is_frame_edge<Last>,
                  "a frame lies between unbounded_preceding, preceding(n), current_row, "
                  "following(n) and unbounded_following");
    [[no_unique_address]] First first;
    [[no_unique_address]] Last last;

    static constexpr void write(sql_writer& to) {
        to.put(Unit.view());
        First::write(to);
        to.put(" and ");
        Last::write(to);
    }
    void bind(binder& to) const {
        first.bind(to);
        last.bind(to);
    }
};

/// The rows a window function looks at.
template <class Partition, class Order, class Frame = no_frame>
struct window {
    [[no_unique_address]] Partition partition;
    [[no_unique_address]] Order order;
    [[no_unique_address]] Frame within{};

    /// Within the partition, in this order: up to the current row.
    template <class... Keys>
    [[nodiscard]] constexpr auto order_by(const Keys&... keys) const {
        return window<Partition, pack<Keys...>>{partition, pack<Keys...>(keys...), {}};
    }

    /// Of these, the rows from `first` to `last`: `rows_between(preceding(2), current_row)`.
    template <class First, class Last>
    [[nodiscard]] constexpr auto rows_between(const First& first, const Last& last) const {
        return framed<" rows between ">(first, last);
    }
    /// The same, counting rows that are equal in the order as one.
    template <class First, class Last>
    [[nodiscard]] constexpr auto groups_between(const First& first, const Last& last) const {
        static_assert(!std::same_as<Order, pack<>>,
                      "groups are rows that are equal in the order: say order_by first");
        return framed<" groups between ">(first, last);
    }

private:
    template <fixed_text Unit, class First, class Last>
    [[nodiscard]] constexpr auto framed(const First& first, const Last& last) const {
        using limited = frame<Unit, First, Last>;
        return window<Partition, Order, limited>{partition, order, limited{first, last}};
    }
};

template <class... Parts>
constexpr void write_after([[maybe_unused]] sql_writer& to, [[maybe_unused]] std::string_view lead,
                           const pack<Parts...>* /*type*/) {
    ((to.put(lead), Parts::write(to), lead = ", "), ...);
}
template <class Parts>
inline constexpr Parts* no_parts = nullptr;
template <class Parts>
constexpr void write_parts(sql_writer& to, std::string_view lead) {
    write_after(to, lead, no_parts<const Parts>);
}
template <class Parts>
inline constexpr bool is_empty_pack = std::same_as<Parts, pack<>>;

template <class Function, class Partition, class Order, class Frame>
struct window_expression : operand<window_expression<Function, Partition, Order, Frame>> {
    using value_type = typename Function::value_type;
    using inner_type = Function;
    static constexpr bool atomic = true;

    [[no_unique_address]] Function function;
    [[no_unique_address]] window<Partition, Order, Frame> over;

    constexpr window_expression(const Function& f, const window<Partition, Order, Frame>& w)
        : function(f), over(w) {}

    static constexpr void write(sql_writer& to) {
        to.begin_window();
        Function::write(to);
        to.end_window();
        to.put(" over (");
        write_parts<Partition>(to, "partition by ");
        if (!is_empty_pack<Partition> && !is_empty_pack<Order>) to.put(" ");
        write_parts<Order>(to, "order by ");
        Frame::write(to);
        to.put(")");
    }
    void bind(binder& to) const {
        function.bind(to);
        over.partition.bind(to);
        over.order.bind(to);
        over.within.bind(to);
    }
};

template <class Self>
struct windowed : operand<Self> {
    /// Over the rows of `over`; over all rows when none is given.
    template <class Partition, class Order, class Frame>
    [[nodiscard]] constexpr auto over(const window<Partition, Order, Frame>& rows) const {
        return window_expression<Self, Partition, Order, Frame>{static_cast<const Self&>(*this),
                                                                rows};
    }
    [[nodiscard]] constexpr auto over() const { return over(window<pack<>, pack<>>{}); }
};

/// `name(arguments order by keys) filter (where condition)`.
template <fixed_text Start, class Value, class Arguments, class Order, class Filter>
struct aggregate_expression
    : windowed<aggregate_expression<Start, Value, Arguments, Order, Filter>> {
    using value_type = Value;
    static constexpr bool atomic = true;

    [[no_unique_address]] Arguments arguments;
    [[no_unique_address]] Order order;
    [[no_unique_address]] Filter condition;

    constexpr aggregate_expression(const Arguments& a, const Order& o, const Filter& f)
        : arguments(a), order(o), condition(f) {}

    /// Only rows for which `wanted` is true.
    template <is_expression Condition>
    [[nodiscard]] constexpr auto filter(const Condition& wanted) const {
        static_assert(is_empty_pack<Filter>, "this aggregate has a filter already: use &&");
        return aggregate_expression<Start, Value, Arguments, Order, pack<Condition>>{
            arguments, order, pack<Condition>(wanted)};
    }

    /// The order in which the rows are taken, where it shows in the result.
    template <class... Keys>
    [[nodiscard]] constexpr auto order_by(const Keys&... keys) const {
        return aggregate_expression<Start, Value, Arguments, pack<Keys...>, Filter>{
            arguments, pack<Keys...>(keys...), condition};
    }

    static constexpr void write(sql_writer& to) {
        to.begin_aggregate();
        to.put(Start.view());
        write_parts<Arguments>(to, "");
        write_parts<Order>(to, " order by ");
        to.put(")");
        if (!is_empty_pack<Filter>) {
            write_parts<Filter>(to, " filter (where ");
            to.put(")");
        }
        to.end_aggregate();
    }
    void bind(binder& to) const {
        arguments.bind(to);
        order.bind(to);
        condition.bind(to);
    }
};

template <fixed_text Start, class Value, class... Arguments>
constexpr auto make_aggregate(const Arguments&... arguments) {
    return aggregate_expression<Start, Value, pack<Arguments...>, pack<>, pack<>>{
        pack<Arguments...>(arguments...), {}, {}};
}

template <fixed_text Name, class Value, class... Arguments>
struct window_function : windowed<window_function<Name, Value, Arguments...>> {
    using value_type = Value;
    static constexpr bool atomic = true;

    [[no_unique_address]] pack<Arguments...> arguments;

    constexpr explicit window_function(const Arguments&... given) : arguments(given...) {}
    static constexpr void write(sql_writer& to) {
        call_form<Name>::template write<Arguments...>(to);
    }
    void bind(binder& to) const { arguments.bind(to); }
};

template <fixed_text Name, class Value, class... Arguments>
constexpr auto make_window_function(const Arguments&... arguments) {
    return window_function<Name, Value, Arguments...>(arguments...);
}

template <class Inner>
using nullable = std::optional<bare<typename Inner::value_type>>;

}  // namespace detail

/// Rows.
[[nodiscard]] constexpr auto count() { return detail::make_aggregate<"count(*", std::int64_t>(); }
/// Rows in which `inner` is not NULL.
template <is_expression Inner>
[[nodiscard]] constexpr auto count(const Inner& inner) {
    return detail::make_aggregate<"count(", std::int64_t>(inner);
}
template <is_expression Inner>
[[nodiscard]] constexpr auto count_distinct(const Inner& inner) {
    return detail::make_aggregate<"count(distinct ", std::int64_t>(inner);
}

/// NULL for no rows, as are the following. Unit: `bigint` for narrower integers, `numeric` for
/// bigint.
template <is_expression Inner>
[[nodiscard]] constexpr auto sum(const Inner& inner) {
    using value = typename detail::sum_of<detail::bare<typename Inner::value_type>>::type;
    static_assert(!std::is_void_v<value>, "sum adds numbers: this is not one");
    return detail::make_aggregate<"sum(", std::optional<value>>(inner);
}
template <is_expression Inner>
[[nodiscard]] constexpr auto avg(const Inner& inner) {
    using value = typename detail::mean_of<detail::bare<typename Inner::value_type>>::type;
    static_assert(!std::is_void_v<value>, "avg takes numbers: this is not one");
    return detail::make_aggregate<"avg(", std::optional<value>>(inner);
}
template <is_expression Inner>
[[nodiscard]] constexpr auto min(const Inner& inner) {
    return detail::make_aggregate<"min(", detail::nullable<Inner>>(inner);
}
template <is_expression Inner>
[[nodiscard]] constexpr auto max(const Inner& inner) {
    return detail::make_aggregate<"max(", detail::nullable<Inner>>(inner);
}
template <is_expression Inner>
[[nodiscard]] constexpr auto bool_and(const Inner& inner) {
    static_assert(detail::is_condition<Inner>, "bool_and takes a condition");
    return detail::make_aggregate<"bool_and(", std::optional<bool>>(inner);
}
template <is_expression Inner>
[[nodiscard]] constexpr auto bool_or(const Inner& inner) {
    static_assert(detail::is_condition<Inner>, "bool_or takes a condition");
    return detail::make_aggregate<"bool_or(", std::optional<bool>>(inner);
}
/// NULL elements included. Range: scalars.
template <is_expression Inner>
[[nodiscard]] constexpr auto array_agg(const Inner& inner) {
    using list = std::optional<std::vector<typename Inner::value_type>>;
    return detail::make_aggregate<"array_agg(", list>(inner);
}
template <is_expression Inner, class Separator>
[[nodiscard]] constexpr auto string_agg(const Inner& inner, const Separator& separator) {
    return detail::make_aggregate<"string_agg(", std::optional<std::string>>(
        inner, detail::as_argument(separator));
}

/// A window over the rows that have the same values as the current one.
template <is_expression... Keys>
[[nodiscard]] constexpr auto partition_by(const Keys&... keys) {
    return detail::window<detail::pack<Keys...>, detail::pack<>>{
        detail::pack<Keys...>(keys...), {}, {}};
}
/// A window over all rows, in this order: up to the current row.
template <class... Keys>
[[nodiscard]] constexpr auto ordered_by(const Keys&... keys) {
    return detail::window<detail::pack<>, detail::pack<Keys...>>{
        {}, detail::pack<Keys...>(keys...), {}};
}

/// The ends of a window's frame. Range of `count`: 0 and up.
inline constexpr detail::frame_edge<"unbounded preceding"> unbounded_preceding{};
inline constexpr detail::frame_edge<"current row"> current_row{};
inline constexpr detail::frame_edge<"unbounded following"> unbounded_following{};
[[nodiscard]] constexpr auto preceding(std::int64_t count) {
    return detail::frame_offset<" preceding">{count};
}
[[nodiscard]] constexpr auto following(std::int64_t count) {
    return detail::frame_offset<" following">{count};
}

/// Each of these needs `.over(…)`.
[[nodiscard]] constexpr auto row_number() {
    return detail::make_window_function<"row_number", std::int64_t>();
}
[[nodiscard]] constexpr auto rank() { return detail::make_window_function<"rank", std::int64_t>(); }
[[nodiscard]] constexpr auto dense_rank() {
    return detail::make_window_function<"dense_rank", std::int64_t>();
}
/// The value in the row before, NULL in the first.
template <is_expression Inner>
[[nodiscard]] constexpr auto lag(const Inner& inner) {
    return detail::make_window_function<"lag", detail::nullable<Inner>>(inner);
}
/// The value in the row after, NULL in the last.
template <is_expression Inner>
[[nodiscard]] constexpr auto lead(const Inner& inner) {
    return detail::make_window_function<"lead", detail::nullable<Inner>>(inner);
}
template <is_expression Inner>
[[nodiscard]] constexpr auto first_value(const Inner& inner) {
    return detail::make_window_function<"first_value", detail::nullable<Inner>>(inner);
}
template <is_expression Inner>
[[nodiscard]] constexpr auto last_value(const Inner& inner) {
    return detail::make_window_function<"last_value", detail::nullable<Inner>>(inner);
}

}  // namespace honeydue
