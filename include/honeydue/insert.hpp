// SPDX-License-Identifier: MIT
// insert(row), insert(range), insert<columns>(select), upsert(…): new rows, one statement whatever
// their number. Members the server makes, such as an identity key, are left out.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <honeydue/condition.hpp>
#include <honeydue/detail/assignment.hpp>
#include <honeydue/detail/insert_source.hpp>
#include <honeydue/select.hpp>
#include <honeydue/statement.hpp>
#include <honeydue/verbs.hpp>

namespace honeydue {

namespace detail {

/// What a row that exists already meets.
enum class conflict : unsigned char { is_an_error, must_be_said, is_said };

struct no_conflict {
    static constexpr conflict kind = conflict::is_an_error;
    static constexpr void write(sql_writer& /*to*/) {}
    void bind(binder& /*to*/) const {}
};
struct conflict_to_say : no_conflict {
    static constexpr conflict kind = conflict::must_be_said;
};

template <auto... Members>
struct conflict_columns {
    static constexpr void write(sql_writer& to) {
        std::string_view lead = " (";
        ((to.put(lead), to.identifier(column<Members>::name), lead = ", "), ...);
        to.put(")");
    }
};
template <fixed_text Name>
struct conflict_constraint {
    static constexpr void write(sql_writer& to) {
        to.put(" on constraint ");
        to.identifier(Name.view());
    }
};

template <class Target>
struct nothing_on_conflict {
    static constexpr conflict kind = conflict::is_said;
    static constexpr void write(sql_writer& to) {
        to.put(" on conflict");
        Target::write(to);
        to.put(" do nothing");
    }
    void bind(binder& /*to*/) const {}
};

template <class Target, class Condition, class... Assignments>
struct update_on_conflict {
    static constexpr conflict kind = conflict::is_said;

    [[no_unique_address]] pack<Assignments...> assignments;
    [[no_unique_address]] Condition condition;

    static constexpr void write(sql_writer& to) {
        to.count_source();
        to.put(" on conflict");
        Target::write(to);
        to.put(" do update set ");
        write_list<Assignments...>(to);
        if constexpr (!std::same_as<Condition, nowhere>) {
            to.put(" where ");
            Condition::write(to);
        }
    }
    void bind(binder& to) const {
        assignments.bind(to);
        condition.bind(to);
    }
};

/// Source: DESIGN, "Insert": a message far larger gains nothing and holds everything in memory.
inline constexpr std::size_t largest_insert = std::size_t{16} << 20;

template <class Model, class Source, class Conflict, class Returned>
class insert_query;

/// An upsert that has said what it conflicts with, and not yet what then happens.
template <class Target, class Query>
class conflict_target {
public:
    constexpr explicit conflict_target(const Query& query) : query_(query) {}

    /// The row that is there stays.
    [[nodiscard]] constexpr auto do_nothing() const {
        return query_.meeting(nothing_on_conflict<Target>{});
    }

    /// The row that is there takes these columns of the new one.
    template <auto... Members>
    [[nodiscard]] constexpr auto update() const {
        using taken = pack<assignment<Members, source_member<"excluded", Members>>...>;
        return query_.meeting(make<assignment<Members, source_member<"excluded", Members>>...>(
            taken(assignment<Members, source_member<"excluded", Members>>{}...)));
    }

    /// The row that is there changes so. `excluded<&model::member>` is the new row's value.
    template <class... Assignments>
    [[nodiscard]] constexpr auto set(const Assignments&... assignments) const {
        return query_.meeting(make<Assignments...>(pack<Assignments...>(assignments...)));
    }

private:
    template <class... Assignments>
    [[nodiscard]] static constexpr auto make(const pack<Assignments...>& all) {
        return update_on_conflict<Target, nowhere, Assignments...>{all, {}};
    }

    Query query_;
};

template <class Conflict>
inline constexpr bool updates_on_conflict = false;
template <class Target, class Condition, class... Assignments>
inline constexpr bool updates_on_conflict<update_on_conflict<Target, Condition, Assignments...>> =
    true;

/// New rows. `execute` answers how many were written, the fetch verbs the rows themselves.
/// Cost: 1 round trip; none for an empty range. It owns its rows: moved in, or copied.
template <class Model, class Source, class Conflict = no_conflict,
          class Returned = nothing_returned>
class insert_query : public query_verbs<insert_query<Model, Source, Conflict, Returned>>,
                     public written_query<insert_query<Model, Source, Conflict, Returned>> {
public:
    /// void: an affected count.
    using row = typename Returned::row;

    static constexpr honeydue::effect effect = honeydue::effect::writes;
    static constexpr honeydue::place place = honeydue::place::anywhere;

    constexpr insert_query(Source source, const Conflict& met, const Returned& returned)
        : source_(std::move(source)), conflict_(met), returned_(returned) {}

    /// Writes the identity key too, as the row has it.
    [[nodiscard]] constexpr auto overriding() const {
        return from(typename Source::given_identity{source_.row_or_rows()});
    }

    /// Leaves these columns to their defaults.
    template <auto... Members>
    [[nodiscard]] constexpr auto with_defaults() const {
        static_assert((std::same_as<owner_of<Members>, Model> && ...),
                      "with_defaults takes columns of the model that is inserted");
        return from(typename Source::template with_defaults<Members...>{source_.row_or_rows()});
    }

    /// The columns of a unique index.
    template <auto... Members>
    [[nodiscard]] constexpr auto on_conflict() const {
        static_assert((std::same_as<owner_of<Members>, Model> && ...),
                      "on_conflict takes columns of the model that is inserted");
        return conflict_target<conflict_columns<Members...>, insert_query>{*this};
    }
    template <fixed_text Constraint>
    [[nodiscard]] constexpr auto on_constraint() const {
        return conflict_target<conflict_constraint<Constraint>, insert_query>{*this};
    }

    /// Updates on conflict only where `condition` is true; a row left alone counts as not written.
    template <is_expression Condition>
    [[nodiscard]] constexpr auto where(const Condition& condition) const {
        static_assert(updates_on_conflict<Conflict>,
                      "where belongs to an upsert that updates: say .update<…>() or .set(…) first");
        return meeting(narrowed(conflict_, condition));
    }

    [[nodiscard]] constexpr auto returning() const { return giving(returned_row<Model, Model>()); }
    template <class Row>
    [[nodiscard]] constexpr auto returning() const {
        return giving(returned_row<Model, Row>());
    }
    template <auto First, auto... Rest>
    [[nodiscard]] constexpr auto returning() const {
        return giving(returned_columns<First, Rest...>());
    }

    /// As several statements when the rows are many: a statement holds 16 MiB. None for no rows.
    [[nodiscard]] std::vector<statement> make_statements() const {
        if constexpr (requires { source_.rows; }) {
            if (source_.rows.empty()) return {};
            statement whole = this->make_statement();
            const std::size_t parts = whole.parameters().wire().size() / largest_insert + 1;
            if (parts == 1) return one(std::move(whole));
            return split(parts);
        } else {
            return one(this->make_statement());
        }
    }

    [[nodiscard]] static consteval bool has_column(std::string_view name) {
        return Returned::has_column(name);
    }
    static consteval bool check() {
        static_assert(Conflict::kind != conflict::must_be_said,
                      "upsert must say what it meets: .on_conflict<&model::key>() and then "
                      ".update<…>(), .set(…) or .do_nothing()");
        return Returned::check();
    }

    static constexpr void write(sql_writer& to) {
        constexpr std::string_view names[] = {model<Model>::table(), "excluded"};
        Source::write(to);
        const std::size_t outer = to.enter(std::span{names});
        Conflict::write(to);
        Returned::write(to);
        to.leave(outer);
    }
    void bind(binder& to) const {
        source_.bind(to);
        conflict_.bind(to);
        returned_.bind(to);
    }

    template <class Other>
    [[nodiscard]] constexpr auto meeting(const Other& other) const {
        return insert_query<Model, Source, Other, Returned>{source_, other, returned_};
    }

private:
    template <class Other>
    [[nodiscard]] constexpr auto from(Other other) const {
        return insert_query<Model, Other, Conflict, Returned>{std::move(other), conflict_,
                                                              returned_};
    }
    template <class Other>
    [[nodiscard]] constexpr auto giving(const Other& other) const {
        return insert_query<Model, Source, Conflict, Other>{source_, conflict_, other};
    }
    template <class Target, class Condition, class... Assignments>
    [[nodiscard]] static constexpr auto narrowed(
        const update_on_conflict<Target, nowhere, Assignments...>& met,
        const Condition& condition) {
        return update_on_conflict<Target, Condition, Assignments...>{met.assignments, condition};
    }

    [[nodiscard]] static std::vector<statement> one(statement only) {
        std::vector<statement> all;
        all.push_back(std::move(only));
        return all;
    }
    [[nodiscard]] std::vector<statement> split(std::size_t parts) const {
        insert_query part = *this;
        std::vector<statement> all;
        const std::size_t size = source_.rows.size() / parts + 1;
        for (std::size_t at = 0; at < source_.rows.size(); at += size) {
            part.source_.first = at;
            part.source_.last = std::min(at + size, source_.rows.size());
            all.push_back(part.make_statement());
        }
        return all;
    }

    Source source_;
    [[no_unique_address]] Conflict conflict_;
    [[no_unique_address]] Returned returned_;
};

template <class T>
concept is_range_of_rows = requires(const T& rows) {
    typename T::value_type;
    rows.begin();
    rows.end();
};

template <class Conflict, class Rows>
constexpr auto insert_of(Rows&& given) {
    using rows = std::remove_cvref_t<Rows>;
    if constexpr (is_range_of_rows<rows>) {
        using row = std::remove_const_t<typename rows::value_type>;
        using source = many_rows<row, identity::made_by_server>;
        if constexpr (std::same_as<rows, std::vector<row>>) {
            return insert_query<row, source, Conflict>{source{std::forward<Rows>(given)}, {}, {}};
        } else {
            return insert_query<row, source, Conflict>{
                source{std::vector<row>(given.begin(), given.end())}, {}, {}};
        }
    } else {
        using source = one_row<rows, identity::made_by_server>;
        return insert_query<rows, source, Conflict>{source{std::forward<Rows>(given)}, {}, {}};
    }
}

}  // namespace detail

/// The value of the row that was to be inserted, in `set` and `where` of an upsert.
template <auto Member>
inline constexpr detail::source_member<"excluded", Member> excluded{};

/// One row, or a range of rows. A range is one statement of one text, an array for each column.
template <class Rows>
[[nodiscard]] constexpr auto insert(Rows&& rows) {
    return detail::insert_of<detail::no_conflict>(std::forward<Rows>(rows));
}

/// The rows of a select, into these columns, in order.
template <auto First, auto... Rest, detail::is_select Select>
[[nodiscard]] constexpr auto insert(const Select& select) {
    using model = detail::owner_of<First>;
    static_assert((std::same_as<detail::owner_of<Rest>, model> && ...),
                  "insert takes columns of one model");
    static_assert(
        detail::gives<typename Select::row, detail::value_of<First>, detail::value_of<Rest>...>(),
        "the select gives other columns than the insert takes: number, type or NULL "
        "differ");
    using source = detail::selected_rows<model, Select, First, Rest...>;
    return detail::insert_query<model, source>{source{select}, {}, {}};
}

/// An insert that says what happens to a row that is there already.
template <class Rows>
[[nodiscard]] constexpr auto upsert(Rows&& rows) {
    return detail::insert_of<detail::conflict_to_say>(std::forward<Rows>(rows));
}

}  // namespace honeydue
