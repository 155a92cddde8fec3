// SPDX-License-Identifier: MIT
// update<model>() and delete_from<model>(). Both refuse to compile without `where`, unless `all()`
// is said.
#pragma once

#include <concepts>
#include <string_view>
#include <type_traits>
#include <utility>

#include <honeydue/condition.hpp>
#include <honeydue/detail/assignment.hpp>
#include <honeydue/source.hpp>
#include <honeydue/statement.hpp>
#include <honeydue/verbs.hpp>

namespace honeydue {

namespace detail {

struct update_verb {
    static constexpr std::string_view words = "update ", second_source = " from ";
    static constexpr bool sets = true;
};
struct delete_verb {
    static constexpr std::string_view words = "delete from ", second_source = " using ";
    static constexpr bool sets = false;
};

template <class Verb, class Source>
struct second_source_clause : from_clause<Source> {
    using from_clause<Source>::from_clause;
    static constexpr std::string_view starts = Verb::second_source;
    static constexpr bool is_source = true;
};

}  // namespace detail

/// A write of existing rows under construction; each call gives a new one. It answers its affected
/// count to `execute`, and after `returning` its rows to the fetch verbs. Cost: 1 round trip.
template <class Verb, class Model, class Returned, class... Clauses>
class change_query : public query_verbs<change_query<Verb, Model, Returned, Clauses...>>,
                     public detail::written_query<change_query<Verb, Model, Returned, Clauses...>> {
    using rank = detail::clause_rank;
    using scope = detail::scope<detail::model_source<Model>, Clauses...>;

public:
    /// void: an affected count.
    using row = typename Returned::row;

    static constexpr honeydue::effect effect = honeydue::effect::writes;
    static constexpr honeydue::place place = honeydue::place::anywhere;

    constexpr change_query(const Returned& returned, const detail::pack<Clauses...>& clauses)
        : returned_(returned), clauses_(clauses) {}

    /// `col<&model::member> = value`, for each column that changes.
    template <class... Assignments>
    [[nodiscard]] constexpr auto set(const Assignments&... assignments) const {
        static_assert(Verb::sets, "a delete sets nothing");
        static_assert((std::same_as<typename Assignments::owner, Model> && ...),
                      "update sets columns of its own model, and one of these is another's");
        return with_clause(detail::set_clause<Assignments...>(assignments...));
    }

    /// `assignment` when `asked`; otherwise the column keeps its value.
    template <auto Member, class Value>
    [[nodiscard]] constexpr auto set_if(bool asked,
                                        const detail::assignment<Member, Value>& assignment) const {
        return with_clause(detail::set_clause<detail::optional_assignment<Member, Value>>(
            detail::optional_assignment<Member, Value>{asked, assignment}));
    }

    /// Another table, alias, subquery or cte, whose columns `where` and `set` may then name.
    template <detail::is_source Source>
    [[nodiscard]] constexpr auto from(const Source& source) const {
        return with_clause(detail::second_source_clause<Verb, Source>(source));
    }
    template <class Other>
    [[nodiscard]] constexpr auto from() const {
        return from(detail::model_source<Other>{});
    }

    /// Only rows for which `condition` is true. Said twice, both must be true.
    template <is_expression Condition>
    [[nodiscard]] constexpr auto where(const Condition& condition) const {
        static_assert(detail::is_condition<Condition>,
                      "where takes a condition: compare the column with something");
        return with_clause(detail::condition_clause<Condition, rank::where>(condition));
    }
    template <is_expression Condition>
    [[nodiscard]] constexpr auto where_if(bool asked, const Condition& condition) const {
        return where(only_if(asked, condition));
    }

    /// Every row of the table is meant.
    [[nodiscard]] constexpr auto all() const {
        static_assert(!detail::has_rank<Clauses...>(rank::where),
                      "all() and where() contradict each other");
        return with_clause(detail::all_clause{});
    }

    /// Runs a cte before this write, which can then read from it.
    template <class Source>
    [[nodiscard]] constexpr auto with(const Source& source) const {
        return with_clause(detail::with_clause<Source>(source));
    }

    /// The rows as they are after an update, and were before a delete.
    [[nodiscard]] constexpr auto returning() const {
        return giving(detail::returned_row<Model, Model>());
    }
    template <class Row>
    [[nodiscard]] constexpr auto returning() const {
        return giving(detail::returned_row<Model, Row>());
    }
    template <auto First, auto... Rest>
    [[nodiscard]] constexpr auto returning() const {
        return giving(detail::returned_columns<First, Rest...>());
    }

    [[nodiscard]] static consteval bool has_column(std::string_view name) {
        return Returned::has_column(name);
    }

    static consteval bool check() {
        static_assert(!Verb::sets || detail::has_rank<Clauses...>(rank::set),
                      "this update changes nothing: say .set(column = value)");
        static_assert(detail::has_rank<Clauses...>(rank::where),
                      "without where this changes every row of the table: say .where(condition), "
                      "or .all() if that is meant");
        return Returned::check();
    }

    static constexpr void write(detail::sql_writer& to) {
        constexpr auto names = scope::all();
        const std::size_t outer = to.enter(names);
        detail::write_with<Clauses...>(to);
        to.put(Verb::words);
        detail::write_table<Model>(to);
        for (const rank one : {rank::set, rank::from, rank::where})
            detail::write_rank<Clauses...>(to, one);
        Returned::write(to);
        to.leave(outer);
    }
    void bind(detail::binder& to) const {
        for (const rank one : {rank::with, rank::set, rank::from, rank::where})
            detail::bind_rank(clauses_, one, to);
        returned_.bind(to);
    }

private:
    template <class Clause>
    [[nodiscard]] constexpr auto with_clause(const Clause& clause) const {
        return change_query<Verb, Model, Returned, Clauses..., Clause>{
            returned_, detail::append(clauses_, clause)};
    }
    template <class Other>
    [[nodiscard]] constexpr auto giving(const Other& other) const {
        return change_query<Verb, Model, Other, Clauses...>{other, clauses_};
    }

    [[no_unique_address]] Returned returned_;
    [[no_unique_address]] detail::pack<Clauses...> clauses_;
};

/// Changes rows of a model's table.
template <class Model>
[[nodiscard]] constexpr auto update() {
    return change_query<detail::update_verb, Model, detail::nothing_returned>{{}, {}};
}

/// Removes rows of a model's table.
template <class Model>
[[nodiscard]] constexpr auto delete_from() {
    return change_query<detail::delete_verb, Model, detail::nothing_returned>{{}, {}};
}

}  // namespace honeydue
