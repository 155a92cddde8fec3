// SPDX-License-Identifier: MIT
// What belongs to a row, read with it: its parent, its children, those at the other end of a join
// table, and totals over them. Each is one expression of a select, whose row is a struct with
// members of your names, so that everything comes in one statement and no row is repeated for its
// children.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <honeydue/aggregate.hpp>
#include <honeydue/composite.hpp>
#include <honeydue/model.hpp>
#include <honeydue/select.hpp>

namespace honeydue {

namespace detail {

template <class Model>
constexpr void write_record(sql_writer& to) {
    std::string_view separator = "row(";
    for (const std::string_view name : model<Model>::columns) {
        to.put(separator);
        to.column(model<Model>::table(), name);
        separator = ", ";
    }
    to.put(")");
}

/// All columns of a model as one value.
template <class Model>
struct whole_row : expression {
    using value_type = record<Model>;
    static constexpr bool atomic = true;

    static constexpr void write(sql_writer& to) { write_record<Model>(to); }
    void bind(binder& /*to*/) const {}
};

template <class Model>
struct first_owner<whole_row<Model>> {
    using type = Model;
};

/// One record a row: of a model, and of expressions in the order of a struct's members.
struct made_record {
    static constexpr bool is_plain = false;

    static consteval bool has_column(std::string_view /*name*/) { return false; }
    template <class Visitor>
    static constexpr void each(Visitor /*visit*/) {}
};

template <class Model>
struct record_projection : made_record {
    using source = Model;
    template <class Nullable>
    using row_in = record<Model>;
    template <class Nullable>
    static consteval bool check() {
        return true;
    }

    static constexpr void write(sql_writer& to) { write_record<Model>(to); }
    void bind(binder& /*to*/) const {}
};

template <class Model, class Row, class... Parts>
struct composed_record : made_record {
    using source = Model;
    template <class Nullable>
    using row_in = record<Row>;
    template <class Nullable>
    static consteval bool check() {
        return struct_projection<Row, Parts...>::template check<Nullable>();
    }

    [[no_unique_address]] pack<Parts...> parts;

    static constexpr void write(sql_writer& to) {
        to.put("row(");
        write_list<Parts...>(to);
        to.put(")");
    }
    void bind(binder& to) const { parts.bind(to); }
};

/// "child.parent_id = parent.id" read from the child, whose parent is the only source.
template <auto ForeignKey>
using target_of = typename referenced_model<value_of<ForeignKey>>::type;

template <auto ForeignKey>
consteval bool is_between_two() {
    static_assert(!std::same_as<owner_of<ForeignKey>, target_of<ForeignKey>>,
                  "a table that refers to itself has one name for both ends: use scalar or exists "
                  "with an alias");
    static_assert(has_one_key<target_of<ForeignKey>>());
    return true;
}

template <auto ForeignKey>
using along = condition_clause<key_condition<ForeignKey>, clause_rank::where>;

template <auto ForeignKey>
constexpr auto follow() {
    return along<ForeignKey>(key_condition<ForeignKey>{});
}

/// The parent of a row; NULL when its key is, or when it is not there.
template <class Select, auto ForeignKey>
struct parent_expression : expression {
    using value_type = maybe<typename Select::row, value_of<ForeignKey>>;
    static constexpr bool atomic = true;

    [[no_unique_address]] Select select;

    constexpr explicit parent_expression(const Select& given) : select(given) {}
    static constexpr void write(sql_writer& to) {
        static_assert(Select::check());
        to.put("(");
        Select::write(to);
        to.put(")");
    }
    void bind(binder& to) const { select.bind(to); }
};

template <class Select, auto ForeignKey>
struct first_owner<parent_expression<Select, ForeignKey>> {
    using type = owner_of<ForeignKey>;
};

/// The children of a row, as a list; empty for the childless.
template <class Select, class Parent>
struct children_expression : expression {
    using value_type = std::vector<typename Select::row>;
    static constexpr bool atomic = true;

    [[no_unique_address]] Select select;

    constexpr explicit children_expression(const Select& given) : select(given) {}

    /// Only children for which `condition` is true.
    template <is_expression Condition>
    [[nodiscard]] constexpr auto where(const Condition& condition) const {
        return again(select.where(condition));
    }
    /// `column.ascending()` or `.descending()`; without it their order is the server's choice.
    template <class... Keys>
    [[nodiscard]] constexpr auto order_by(const Keys&... keys) const {
        return again(select.order_by(keys...));
    }
    /// At most `count` of each parent's. Range: 0 and up.
    [[nodiscard]] constexpr auto limit(std::int64_t count) const {
        return again(select.limit(count));
    }

    static constexpr void write(sql_writer& to) {
        static_assert(Select::check());
        to.put("array(");
        Select::write(to);
        to.put(")");
    }
    void bind(binder& to) const { select.bind(to); }

private:
    template <class Refined>
    [[nodiscard]] static constexpr auto again(const Refined& refined) {
        return children_expression<Refined, Parent>(refined);
    }
};

template <class Select, class Parent>
struct first_owner<children_expression<Select, Parent>> {
    using type = Parent;
};

/// One value made of a row's children, none of which is loaded.
template <class Select, class Value, class Parent>
struct total_expression : expression {
    using value_type = Value;
    static constexpr bool atomic = true;

    [[no_unique_address]] Select select;

    constexpr explicit total_expression(const Select& given) : select(given) {}

    /// Only children for which `condition` is true.
    template <is_expression Condition>
    [[nodiscard]] constexpr auto where(const Condition& condition) const {
        const auto refined = select.where(condition);
        return total_expression<std::remove_const_t<decltype(refined)>, Value, Parent>(refined);
    }

    static constexpr void write(sql_writer& to) {
        to.put("(");
        Select::write(to);
        to.put(")");
    }
    void bind(binder& to) const { select.bind(to); }
};

template <class Select, class Value, class Parent>
struct first_owner<total_expression<Select, Value, Parent>> {
    using type = Parent;
};

}  // namespace detail

/// Children, as a struct's member takes them: `children<task::task> tasks;`, then
/// `row.tasks[0]->title`.
template <class T>
using children = std::vector<record<T>>;

/// The row itself, whole, for a member `record<Model>`.
template <class Model>
[[nodiscard]] constexpr auto whole() {
    return detail::whole_row<Model>{};
}

/// The parent that `ForeignKey` refers to, for a member `record<Parent>`: `std::optional` of it
/// when the key can be NULL. Read from the table that has the key.
template <auto ForeignKey>
[[nodiscard]] constexpr auto with() {
    static_assert(detail::is_between_two<ForeignKey>());
    using projection = detail::record_projection<detail::target_of<ForeignKey>>;
    using parent = select_query<projection, detail::along<ForeignKey>>;
    return detail::parent_expression<parent, ForeignKey>(
        parent{projection{}, detail::append(detail::pack<>{}, detail::follow<ForeignKey>())});
}

/// The rows whose `ForeignKey` refers to this one, for a member `children<Child>`. Say order_by,
/// where and limit behind it.
template <auto ForeignKey>
[[nodiscard]] constexpr auto with_many() {
    static_assert(detail::is_between_two<ForeignKey>());
    using projection = detail::record_projection<detail::owner_of<ForeignKey>>;
    using found = select_query<projection, detail::along<ForeignKey>>;
    return detail::children_expression<found, detail::target_of<ForeignKey>>(
        found{projection{}, detail::append(detail::pack<>{}, detail::follow<ForeignKey>())});
}

/// Children that are read into the members of `Row`, in order: for what belongs to each of them,
/// and for few of their columns.
template <auto ForeignKey, class Row, is_expression... Parts>
[[nodiscard]] constexpr auto with_many(const Parts&... parts) {
    static_assert(detail::is_between_two<ForeignKey>());
    using projection = detail::composed_record<detail::owner_of<ForeignKey>, Row, Parts...>;
    using found = select_query<projection, detail::along<ForeignKey>>;
    return detail::children_expression<found, detail::target_of<ForeignKey>>(
        found{projection{{}, detail::pack<Parts...>(parts...)},
              detail::append(detail::pack<>{}, detail::follow<ForeignKey>())});
}

/// Through a join table, whose `ToThis` refers to this row and whose `ToOther` to the rows that are
/// read, for a member `children<Other>`.
template <auto ToThis, auto ToOther>
[[nodiscard]] constexpr auto with_many_through() {
    static_assert(detail::is_between_two<ToThis>() && detail::is_between_two<ToOther>());
    using link = detail::owner_of<ToThis>;
    static_assert(std::same_as<link, detail::owner_of<ToOther>>,
                  "with_many_through takes two foreign keys of one join table");
    static_assert(!std::same_as<detail::target_of<ToThis>, detail::target_of<ToOther>>,
                  "a join table between a table and itself has one name for both ends: use scalar "
                  "or exists with an alias");
    using projection = detail::record_projection<detail::target_of<ToOther>>;
    using join = detail::join_clause<detail::join_kind::inner, detail::model_source<link>,
                                     detail::key_condition<ToOther>>;
    using found = select_query<projection, join, detail::along<ToThis>>;
    return detail::children_expression<found, detail::target_of<ToThis>>(
        found{projection{},
              detail::pack<join, detail::along<ToThis>>(join({}, {}), detail::follow<ToThis>())});
}

/// An aggregate over the rows whose `ForeignKey` refers to this one: `total_many<&task::task::
/// residence_id>(sum(col<&task::task::actual_cost>))`. What it gives for none is the aggregate's.
template <auto ForeignKey, is_expression Aggregate>
[[nodiscard]] constexpr auto total_many(const Aggregate& aggregate) {
    static_assert(detail::is_between_two<ForeignKey>());
    using projection = detail::expression_projection<Aggregate>;
    using from = detail::from_clause<detail::model_source<detail::owner_of<ForeignKey>>>;
    using found = select_query<projection, from, detail::along<ForeignKey>>;
    return detail::total_expression<found, typename Aggregate::value_type,
                                    detail::target_of<ForeignKey>>(found{
        projection{detail::pack<Aggregate>(aggregate)},
        detail::pack<from, detail::along<ForeignKey>>(from({}), detail::follow<ForeignKey>())});
}

/// How many rows refer to this one by `ForeignKey`, for a member `std::int64_t`.
template <auto ForeignKey>
[[nodiscard]] constexpr auto count_many() {
    return total_many<ForeignKey>(count());
}

}  // namespace honeydue
