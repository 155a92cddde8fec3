// SPDX-License-Identifier: MIT
// select<model>(), select<&model::column, …>(), select(expression, …): typed reads whose text is
// fixed at compile time. What they read from is source.hpp.
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <utility>

#include <honeydue/condition.hpp>
#include <honeydue/detail/projection.hpp>
#include <honeydue/detail/select_clauses.hpp>
#include <honeydue/detail/set_query.hpp>
#include <honeydue/model.hpp>
#include <honeydue/source.hpp>
#include <honeydue/statement.hpp>
#include <honeydue/verbs.hpp>

namespace honeydue {

/// How a row lock meets a row that is locked: it waits, leaves the row out, or fails.
inline constexpr auto waits = detail::lock_wait::waits;
inline constexpr auto skip_locked = detail::lock_wait::skips_locked;
inline constexpr auto nowait = detail::lock_wait::nowait;

namespace detail {

/// A select of no column has no table of its own.
struct no_source {
    using model_type = void;
    static constexpr std::string_view name() { return ""; }
    static constexpr void write(sql_writer& /*to*/) {}
};

template <class Projection, class... Clauses>
struct from_of {
    using type = std::conditional_t<std::is_void_v<typename Projection::source>, no_source,
                                    model_source<typename Projection::source>>;
};
template <class Projection, class Head, class... Tail>
    requires(Head::rank == clause_rank::from)
struct from_of<Projection, Head, Tail...> {
    using type = typename Head::source_type;
};
template <class Projection, class Head, class... Tail>
    requires(Head::rank != clause_rank::from)
struct from_of<Projection, Head, Tail...> : from_of<Projection, Tail...> {};

template <class Key>
consteval group_watch::key group_key_of() {
    return {};
}
template <class Key>
    requires requires { typename Key::owner; }
consteval group_watch::key group_key_of() {
    using owner = typename Key::owner;
    return {model<owner>::table(), Key::name, model<owner>::key};
}

template <class Clause>
struct group_keys {
    template <class Expression>
    static constexpr bool has = false;
    static constexpr std::array<group_watch::key, 0> all{};
};
template <class... Keys>
struct group_keys<group_clause<Keys...>> {
    template <class Expression>
    static constexpr bool has = (std::same_as<Keys, Expression> || ...);
    static constexpr auto all = [] {
        std::array<group_watch::key, sizeof...(Keys)> found{group_key_of<Keys>()...};
        for (group_watch::key& one : found) {
            one.identifies = !one.primary.empty();
            for_each_key(one.primary, [&](std::string_view name) {
                one.identifies = one.identifies &&
                                 std::ranges::any_of(found, [&](const group_watch::key& other) {
                                     return other.table == one.table && other.name == name;
                                 });
            });
        }
        return found;
    }();
};

template <class... Clauses>
struct group_clause_of {
    using type = void;
};
template <class Head, class... Tail>
struct group_clause_of<Head, Tail...> {
    using type =
        typename std::conditional_t<Head::rank == clause_rank::group_by, std::type_identity<Head>,
                                    group_clause_of<Tail...>>::type;
};

/// Whether everything a select reads is grouped by, or inside an aggregate.
template <class Projection, class Clause>
consteval bool groups_hold() {
    bool aggregates = !std::is_void_v<Clause>;
    bool violated = false;
    Projection::each([&]<class Expression>() {
        group_watch watch{group_keys<Clause>::all};
        sql_writer looking{watch};
        Expression::write(looking);
        aggregates = aggregates || looking.size().aggregates > 0;
        violated = violated || (watch.violated() && !group_keys<Clause>::template has<Expression>);
    });
    return !(aggregates && violated);
}

template <class Clause>
consteval bool clause_writes() {
    if constexpr (requires { Clause::query_type::effect; }) {
        return Clause::query_type::effect == effect::writes;
    } else {
        return false;
    }
}

}  // namespace detail

/// A read under construction: each call gives a new query with one clause more, in whatever order
/// they are said. It owns its values, except text given as literal or std::string_view, which is
/// borrowed. Cost: making it allocates nothing but what its values do; sending it is 1 round trip.
template <class Projection, class... Clauses>
class select_query : public query_verbs<select_query<Projection, Clauses...>>,
                     public detail::written_query<select_query<Projection, Clauses...>>,
                     public detail::set_operand<select_query<Projection, Clauses...>> {
    using rank = detail::clause_rank;
    using from_type = typename detail::from_of<Projection, Clauses...>::type;
    using scope = detail::scope<from_type, Clauses...>;

public:
    using row = typename Projection::template row_in<scope>;

    static constexpr bool is_rows = true;
    static constexpr honeydue::effect effect = (detail::clause_writes<Clauses>() || ...)
                                                   ? honeydue::effect::writes
                                                   : honeydue::effect::reads;
    static constexpr honeydue::place place = detail::has_rank<Clauses...>(rank::lock)
                                                 ? honeydue::place::in_transaction
                                                 : honeydue::place::anywhere;

    constexpr select_query(const Projection& projection, const detail::pack<Clauses...>& clauses)
        : projection_(projection), clauses_(clauses) {}

    /// Only rows for which `condition` is true. Said twice, both must be true.
    template <is_expression Condition>
    [[nodiscard]] constexpr auto where(const Condition& condition) const {
        static_assert(detail::is_condition<Condition>,
                      "where takes a condition: compare the column with something");
        return with_clause(detail::condition_clause<Condition, rank::where>(condition));
    }

    /// Only when `asked`. The condition stays in the text: the planner drops what does not hold.
    template <is_expression Condition>
    [[nodiscard]] constexpr auto where_if(bool asked, const Condition& condition) const {
        return where(only_if(asked, condition));
    }

    /// The rows of a source other than the first column's table. A select of a struct reads the
    /// columns of its members' names.
    template <detail::is_source Source>
    [[nodiscard]] constexpr auto from(const Source& source) const {
        static_assert(!detail::has_rank<Clauses...>(rank::from), "this select has a from already");
        using clause = detail::from_clause<Source>;
        if constexpr (std::same_as<Projection,
                                   detail::row_projection<typename Projection::source>>) {
            using projection = detail::row_projection<typename Projection::source, Source>;
            return select_query<projection, Clauses..., clause>{
                projection{}, detail::append(clauses_, clause(source))};
        } else {
            return with_clause(clause(source));
        }
    }
    template <class Model>
    [[nodiscard]] constexpr auto from() const {
        return from(detail::model_source<Model>{});
    }

    /// Along a foreign key of, or to, a table that is there already. A left join keeps rows that
    /// have no partner: what it reads of the partner is std::optional.
    template <auto ForeignKey>
    [[nodiscard]] constexpr auto join() const {
        return join_along<detail::join_kind::inner, ForeignKey>();
    }
    template <auto ForeignKey>
    [[nodiscard]] constexpr auto left_join() const {
        return join_along<detail::join_kind::left, ForeignKey>();
    }

    /// A right join keeps rows of the new table that have no partner; a full join, rows of either:
    /// what can be missing is std::optional.
    template <auto ForeignKey>
    [[nodiscard]] constexpr auto right_join() const {
        return join_along<detail::join_kind::right, ForeignKey>();
    }
    template <auto ForeignKey>
    [[nodiscard]] constexpr auto full_join() const {
        return join_along<detail::join_kind::full, ForeignKey>();
    }

    /// To a model, an alias, a subquery or a cte, where `condition` holds.
    template <detail::is_source Source, is_expression Condition>
    [[nodiscard]] constexpr auto join(const Source& source, const Condition& condition) const {
        return join_on<detail::join_kind::inner>(source, condition);
    }
    template <detail::is_source Source, is_expression Condition>
    [[nodiscard]] constexpr auto left_join(const Source& source, const Condition& condition) const {
        return join_on<detail::join_kind::left>(source, condition);
    }
    template <detail::is_source Source, is_expression Condition>
    [[nodiscard]] constexpr auto right_join(const Source& source,
                                            const Condition& condition) const {
        return join_on<detail::join_kind::right>(source, condition);
    }
    template <detail::is_source Source, is_expression Condition>
    [[nodiscard]] constexpr auto full_join(const Source& source, const Condition& condition) const {
        return join_on<detail::join_kind::full>(source, condition);
    }
    template <class Model, is_expression Condition>
    [[nodiscard]] constexpr auto join(const Condition& condition) const {
        return join_on<detail::join_kind::inner>(detail::model_source<Model>{}, condition);
    }
    template <class Model, is_expression Condition>
    [[nodiscard]] constexpr auto left_join(const Condition& condition) const {
        return join_on<detail::join_kind::left>(detail::model_source<Model>{}, condition);
    }
    template <class Model, is_expression Condition>
    [[nodiscard]] constexpr auto right_join(const Condition& condition) const {
        return join_on<detail::join_kind::right>(detail::model_source<Model>{}, condition);
    }
    template <class Model, is_expression Condition>
    [[nodiscard]] constexpr auto full_join(const Condition& condition) const {
        return join_on<detail::join_kind::full>(detail::model_source<Model>{}, condition);
    }
    /// To a subquery that may name columns of what stands before it.
    template <detail::is_source Source, is_expression Condition>
    [[nodiscard]] constexpr auto join_lateral(const Source& source,
                                              const Condition& condition) const {
        return join_on<detail::join_kind::inner_lateral>(source, condition);
    }
    template <detail::is_source Source, is_expression Condition>
    [[nodiscard]] constexpr auto left_join_lateral(const Source& source,
                                                   const Condition& condition) const {
        return join_on<detail::join_kind::left_lateral>(source, condition);
    }
    template <detail::is_source Source>
    [[nodiscard]] constexpr auto cross_join(const Source& source) const {
        return with_clause(
            detail::join_clause<detail::join_kind::cross, Source, detail::nowhere>(source, {}));
    }

    /// Runs a cte before this select, which can then read from it.
    template <class Source>
    [[nodiscard]] constexpr auto with(const Source& source) const {
        return with_clause(detail::with_clause<Source>(source));
    }

    [[nodiscard]] constexpr auto distinct() const {
        static_assert(!detail::has_rank<Clauses...>(rank::distinct), "this select is distinct");
        return with_clause(detail::distinct_clause<>());
    }
    /// The first row, by the order, of those that agree in `keys`.
    template <is_expression... Keys>
    [[nodiscard]] constexpr auto distinct_on(const Keys&... keys) const {
        static_assert(!detail::has_rank<Clauses...>(rank::distinct), "this select is distinct");
        return with_clause(detail::distinct_clause<Keys...>(keys...));
    }

    template <is_expression... Keys>
    [[nodiscard]] constexpr auto group_by(const Keys&... keys) const {
        static_assert(!detail::has_rank<Clauses...>(rank::group_by), "this select has groups");
        return with_clause(detail::group_clause<Keys...>(keys...));
    }
    /// Only groups for which `condition` is true.
    template <is_expression Condition>
    [[nodiscard]] constexpr auto having(const Condition& condition) const {
        static_assert(detail::is_condition<Condition>,
                      "having takes a condition: compare the aggregate with something");
        return with_clause(detail::condition_clause<Condition, rank::having>(condition));
    }

    /// `column.ascending()` or `.descending()`, first key first; or `choose(n, keys…)`.
    template <class... Keys>
    [[nodiscard]] constexpr auto order_by(const Keys&... keys) const {
        static_assert(!detail::has_rank<Clauses...>(rank::order_by),
                      "this select has an order already");
        static_assert((!is_expression<Keys> && ...),
                      "order_by takes keys with a direction: say .ascending() or .descending()");
        return with_clause(detail::order_clause<Keys...>(keys...));
    }

    /// At most `count` rows. Range: 0 and up.
    [[nodiscard]] constexpr auto limit(std::int64_t count) const {
        static_assert(!detail::has_rank<Clauses...>(rank::limit),
                      "this select has a limit already");
        return with_clause(detail::count_clause<rank::limit>(count));
    }

    /// Leaves out the first `count` rows. Range: 0 and up.
    [[nodiscard]] constexpr auto offset(std::int64_t count) const {
        static_assert(!detail::has_rank<Clauses...>(rank::offset),
                      "this select has an offset already");
        return with_clause(detail::count_clause<rank::offset>(count));
    }

    /// Locks the rows until the transaction ends; only inside one.
    template <detail::lock_wait Wait = waits>
    [[nodiscard]] constexpr auto for_update() const {
        return with_clause(detail::lock_clause<detail::lock_strength::update, Wait>());
    }
    template <detail::lock_wait Wait = waits>
    [[nodiscard]] constexpr auto for_no_key_update() const {
        return with_clause(detail::lock_clause<detail::lock_strength::no_key_update, Wait>());
    }
    template <detail::lock_wait Wait = waits>
    [[nodiscard]] constexpr auto for_share() const {
        return with_clause(detail::lock_clause<detail::lock_strength::share, Wait>());
    }
    template <detail::lock_wait Wait = waits>
    [[nodiscard]] constexpr auto for_key_share() const {
        return with_clause(detail::lock_clause<detail::lock_strength::key_share, Wait>());
    }

    [[nodiscard]] static consteval bool has_column(std::string_view name) {
        return Projection::has_column(name);
    }

    static consteval bool check() {
        static_assert(!std::same_as<from_type, detail::no_source>,
                      "this select names no column and so no table: say from<model>()");
        using groups = typename detail::group_clause_of<Clauses...>::type;
        if constexpr (!std::is_void_v<groups> || detail::measure<select_query>.aggregates > 0) {
            static_assert(detail::groups_hold<Projection, groups>(),
                          "a column here is neither in group_by nor inside an aggregate");
        }
        return Projection::template check<scope>();
    }

    static constexpr void write(detail::sql_writer& to) {
        constexpr auto names = scope::all();
        const std::size_t outer = to.enter(names);
        detail::write_with<Clauses...>(to);
        to.put("select ");
        write_order(to, rank::distinct);
        Projection::write(to);
        if constexpr (!detail::has_rank<Clauses...>(rank::from)) {
            to.put(" from ");
            from_type::write(to);
        }
        for (const rank one : detail::ranks_after_projection)
            write_order(to, one);
        to.leave(outer);
    }

    void bind(detail::binder& to) const {
        detail::bind_rank(clauses_, rank::with, to);
        detail::bind_rank(clauses_, rank::distinct, to);
        projection_.bind(to);
        for (const rank one : detail::ranks_after_projection)
            detail::bind_rank(clauses_, one, to);
    }

private:
    /// The server takes a bare name in an order for one of the result, if there is one.
    static constexpr void write_order(detail::sql_writer& to, rank one) {
        const bool full = !Projection::is_plain && (one == rank::order_by || one == rank::distinct);
        if (full) to.begin_full();
        detail::write_rank<Clauses...>(to, one);
        if (full) to.end_full();
    }

    template <class Model>
    [[nodiscard]] static consteval bool reads_from() {
        return std::same_as<Model, typename from_type::model_type> ||
               (std::same_as<Model, typename Clauses::model_type> || ...);
    }

    template <class Clause>
    [[nodiscard]] constexpr auto with_clause(const Clause& clause) const {
        return select_query<Projection, Clauses..., Clause>{projection_,
                                                            detail::append(clauses_, clause)};
    }

    template <detail::join_kind Kind, class Source, class Condition>
    [[nodiscard]] constexpr auto join_on(const Source& source, const Condition& condition) const {
        return with_clause(detail::join_clause<Kind, Source, Condition>(source, condition));
    }

    template <detail::join_kind Kind, auto ForeignKey>
    [[nodiscard]] constexpr auto join_along() const {
        using owner = detail::owner_of<ForeignKey>;
        using target = typename detail::referenced_model<detail::value_of<ForeignKey>>::type;
        static_assert(reads_from<owner>() != reads_from<target>(),
                      "join<&model::key_id>() takes a foreign key between a table of this select "
                      "and a new one");
        static_assert(detail::has_one_key<target>());
        using joined = std::conditional_t<reads_from<owner>(), target, owner>;
        return join_on<Kind>(detail::model_source<joined>{}, detail::key_condition<ForeignKey>{});
    }

    [[no_unique_address]] Projection projection_;
    [[no_unique_address]] detail::pack<Clauses...> clauses_;
};

/// Reads whole models; or, with `from`, a struct whose members are columns there.
template <class Row>
[[nodiscard]] constexpr auto select() {
    return select_query<detail::row_projection<Row>>{{}, {}};
}

/// Reads chosen columns.
template <auto First, auto... Rest>
[[nodiscard]] constexpr auto select() {
    using projection = detail::expression_projection<column<First>, column<Rest>...>;
    return select_query<projection>{
        projection{detail::pack<column<First>, column<Rest>...>(col<First>, col<Rest>...)}, {}};
}

/// Reads expressions, from the table of the first column among them unless `from` says otherwise.
template <is_expression First, is_expression... Rest>
[[nodiscard]] constexpr auto select(const First& first, const Rest&... rest) {
    using projection = detail::expression_projection<First, Rest...>;
    return select_query<projection>{projection{detail::pack<First, Rest...>(first, rest...)}, {}};
}

/// Reads expressions into the members of `Row`, in order.
template <class Row, is_expression First, is_expression... Rest>
[[nodiscard]] constexpr auto select(const First& first, const Rest&... rest) {
    using projection = detail::struct_projection<Row, First, Rest...>;
    return select_query<projection>{projection{detail::pack<First, Rest...>(first, rest...)}, {}};
}

}  // namespace honeydue
