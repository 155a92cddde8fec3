// SPDX-License-Identifier: MIT
// select<model>() and select<&model::column, …>(): typed reads whose text is fixed at compile time.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include <honeydue/condition.hpp>
#include <honeydue/model.hpp>
#include <honeydue/statement.hpp>
#include <honeydue/verbs.hpp>

namespace honeydue {

namespace detail {

template <class Model>
constexpr void write_source(sql_writer& to) {
    to.source(model<Model>::schema, model<Model>::table());
}

/// All columns of a model, in the order of its members.
template <class Model>
struct model_projection {
    using row = Model;
    using source = Model;

    static constexpr void write(sql_writer& to) {
        std::string_view separator = "";
        for (const std::string_view name : model<Model>::columns) {
            to.put(separator);
            to.column(model<Model>::table(), name);
            separator = ", ";
        }
    }
};

/// Chosen columns: a single value for one, a tuple for several.
template <auto First, auto... Rest>
struct column_projection {
    using row = std::conditional_t<sizeof...(Rest) == 0, value_of<First>,
                                   std::tuple<value_of<First>, value_of<Rest>...>>;
    using source = owner_of<First>;

    static constexpr void write(sql_writer& to) {
        column<First>::write(to);
        ((to.put(", "), column<Rest>::write(to)), ...);
    }
};

/// Where a clause stands in the statement.
enum class clause_rank : unsigned char { join, where, order_by, limit, offset };
inline constexpr clause_rank all_ranks[] = {clause_rank::join, clause_rank::where,
                                            clause_rank::order_by, clause_rank::limit,
                                            clause_rank::offset};

template <class T>
struct referenced_model;
template <class Model, class Key>
struct referenced_model<foreign_key<Model, Key>> {
    using type = Model;
};
template <class Model, class Key>
struct referenced_model<std::optional<foreign_key<Model, Key>>>
    : referenced_model<foreign_key<Model, Key>> {};

/// An inner join along a foreign key, to whichever of its two tables is not there yet.
template <auto ForeignKey, class Joined>
struct join_clause {
    static constexpr clause_rank rank = clause_rank::join;
    using table = Joined;
    using target = typename referenced_model<value_of<ForeignKey>>::type;

    static constexpr void write(sql_writer& to) {
        to.put(" inner join ");
        write_source<Joined>(to);
        to.put(" on ");
        column<ForeignKey>::write(to);
        to.put(" = ");
        to.column(model<target>::table(), model<target>::key);
    }
    void bind(parameters& /*to*/) const {}
};

template <class Condition>
struct where_clause {
    static constexpr clause_rank rank = clause_rank::where;

    Condition condition;

    static constexpr void write(sql_writer& to) {
        to.put(" where ");
        Condition::write(to);
    }
    void bind(parameters& to) const { condition.bind(to); }
};

template <class... Keys>
struct order_by_clause {
    static constexpr clause_rank rank = clause_rank::order_by;

    std::tuple<Keys...> keys;

    static constexpr void write(sql_writer& to) {
        std::string_view separator = " order by ";
        ((to.put(separator), Keys::write(to), separator = ", "), ...);
    }
    void bind(parameters& to) const {
        std::apply([&](const auto&... key) { (key.bind(to), ...); }, keys);
    }
};

template <clause_rank Rank>
struct count_clause {
    static constexpr clause_rank rank = Rank;

    std::int64_t count;

    static constexpr void write(sql_writer& to) {
        to.put(Rank == clause_rank::limit ? " limit " : " offset ");
        to.parameter(oids::int8);
    }
    void bind(parameters& to) const { to.add(count); }
};

template <class T>
inline constexpr bool is_join = false;
template <auto ForeignKey, class Joined>
inline constexpr bool is_join<join_clause<ForeignKey, Joined>> = true;

template <class Model, class Clause>
consteval bool brings() {
    if constexpr (is_join<Clause>) {
        return std::same_as<typename Clause::table, Model>;
    } else {
        return false;
    }
}

}  // namespace detail

/// A read under construction: each call gives a new query with one clause more, in whatever order
/// they are said. It owns its values, except text given as literal or std::string_view, which is
/// borrowed. Cost: making it allocates nothing but what its values do; sending it is 1 round trip.
template <class Projection, class... Clauses>
class select_query : public query_verbs<select_query<Projection, Clauses...>> {
public:
    using row = typename Projection::row;

    static constexpr honeydue::effect effect = honeydue::effect::reads;
    static constexpr honeydue::place place = honeydue::place::anywhere;

    constexpr explicit select_query(std::tuple<Clauses...> clauses)
        : clauses_{std::move(clauses)} {}

    /// Only rows for which `condition` is true. Said twice, both must be true.
    template <is_expression Condition>
    [[nodiscard]] constexpr auto where(const Condition& condition) const {
        static_assert(!has(detail::clause_rank::where),
                      "this select has a where already: combine conditions with &&");
        return with(detail::where_clause<Condition>{condition});
    }

    /// Inner join along a foreign key of, or to, a table that is there already.
    template <auto ForeignKey>
    [[nodiscard]] constexpr auto join() const {
        using owner = detail::owner_of<ForeignKey>;
        using target = typename detail::referenced_model<detail::value_of<ForeignKey>>::type;
        static_assert(reads_from<owner>() != reads_from<target>(),
                      "join<&model::key_id>() takes a foreign key between a table of this select "
                      "and a new one");
        using joined = std::conditional_t<reads_from<owner>(), target, owner>;
        return with(detail::join_clause<ForeignKey, joined>{});
    }

    /// `column.ascending()` or `.descending()`, first key first.
    template <class... Keys>
    [[nodiscard]] constexpr auto order_by(const Keys&... keys) const {
        static_assert(!has(detail::clause_rank::order_by), "this select has an order already");
        return with(detail::order_by_clause<Keys...>{{keys...}});
    }

    /// At most `count` rows. Range: 0 and up.
    [[nodiscard]] constexpr auto limit(std::int64_t count) const {
        static_assert(!has(detail::clause_rank::limit), "this select has a limit already");
        return with(detail::count_clause<detail::clause_rank::limit>{count});
    }

    /// Leaves out the first `count` rows. Range: 0 and up.
    [[nodiscard]] constexpr auto offset(std::int64_t count) const {
        static_assert(!has(detail::clause_rank::offset), "this select has an offset already");
        return with(detail::count_clause<detail::clause_rank::offset>{count});
    }

    /// The SQL, as it will be sent.
    [[nodiscard]] static constexpr std::string_view text() {
        return detail::shape_of<select_query>::value.text;
    }
    /// The types of its parameters; `oids::inferred` where the server decides.
    [[nodiscard]] static constexpr std::span<const oid> oids() {
        return detail::shape_of<select_query>::value.types;
    }

    [[nodiscard]] statement make_statement() const {
        parameters values;
        bind(values);
        return statement{detail::shape_of<select_query>::value, std::move(values)};
    }

    static constexpr void write(detail::sql_writer& to) {
        to.put("select ");
        Projection::write(to);
        to.put(" from ");
        detail::write_source<typename Projection::source>(to);
        for ([[maybe_unused]] const detail::clause_rank rank : detail::all_ranks) {
            ((Clauses::rank == rank ? Clauses::write(to) : void()), ...);
        }
    }

    void bind(parameters& to) const {
        for ([[maybe_unused]] const detail::clause_rank rank : detail::all_ranks) {
            std::apply(
                [&](const Clauses&... clause) {
                    ((clause.rank == rank ? clause.bind(to) : void()), ...);
                },
                clauses_);
        }
    }

private:
    [[nodiscard]] static consteval bool has([[maybe_unused]] detail::clause_rank rank) {
        return ((Clauses::rank == rank) || ...);
    }

    template <class Model>
    [[nodiscard]] static consteval bool reads_from() {
        return std::same_as<Model, typename Projection::source> ||
               (detail::brings<Model, Clauses>() || ...);
    }

    template <class Clause>
    [[nodiscard]] constexpr auto with(Clause clause) const {
        return select_query<Projection, Clauses..., Clause>{
            std::tuple_cat(clauses_, std::tuple<Clause>{std::move(clause)})};
    }

    std::tuple<Clauses...> clauses_;
};

/// Reads whole models.
template <class Model>
[[nodiscard]] constexpr auto select() {
    return select_query<detail::model_projection<Model>>{std::tuple<>{}};
}

/// Reads chosen columns.
template <auto First, auto... Rest>
[[nodiscard]] constexpr auto select() {
    return select_query<detail::column_projection<First, Rest...>>{std::tuple<>{}};
}

}  // namespace honeydue
