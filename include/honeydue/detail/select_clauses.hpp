// SPDX-License-Identifier: MIT
// The clauses of a select, each with its rank, and how a list of them is written and bound.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <utility>

#include <honeydue/source.hpp>

namespace honeydue::detail {

/// Where a clause stands in the statement.
enum class clause_rank : unsigned char {
    with,
    distinct,
    set,
    from,
    join,
    where,
    group_by,
    having,
    order_by,
    limit,
    offset,
    lock,
    returning,
};
inline constexpr clause_rank ranks_after_projection[] = {
    clause_rank::from,     clause_rank::join,   clause_rank::where,
    clause_rank::group_by, clause_rank::having, clause_rank::order_by,
    clause_rank::limit,    clause_rank::offset, clause_rank::lock};

struct clause {
    static constexpr bool is_source = false;
    static constexpr bool can_be_absent = false;
    static constexpr bool empties_others = false;
    using model_type = void;
    void bind(binder& /*to*/) const {}
};

template <class... Clauses>
consteval bool has_rank([[maybe_unused]] clause_rank rank) {
    return ((Clauses::rank == rank) || ...);
}

/// Writes the clauses of one rank: the first after what starts it, others after what continues it.
template <class... Clauses>
constexpr void write_rank([[maybe_unused]] sql_writer& to, [[maybe_unused]] clause_rank rank) {
    [[maybe_unused]] bool first = true;
    [[maybe_unused]] const auto write_one = [&]<class Clause>(const Clause* /*type*/) {
        if (Clause::rank != rank) return;
        to.put(first ? Clause::starts : Clause::continues);
        Clause::write(to);
        first = false;
    };
    (write_one(static_cast<const Clauses*>(nullptr)), ...);
}

template <class Clause>
inline constexpr bool runs_recursively = false;

/// "with …" before a statement, when there is one.
template <class... Clauses>
constexpr void write_with(sql_writer& to) {
    if (!has_rank<Clauses...>(clause_rank::with)) return;
    to.put((runs_recursively<Clauses> || ...) ? "with recursive " : "with ");
    write_rank<Clauses...>(to, clause_rank::with);
    to.put(" ");
}

inline void bind_rank(const pack<>& /*none*/, clause_rank /*rank*/, binder& /*to*/) {}
template <class Head, class... Tail>
void bind_rank(const pack<Head, Tail...>& clauses, clause_rank rank, binder& to) {
    if (Head::rank == rank) clauses.head.bind(to);
    bind_rank(clauses.tail, rank, to);
}

template <class Source>
struct with_clause : clause {
    static constexpr clause_rank rank = clause_rank::with;
    static constexpr std::string_view starts = "", continues = ", ";
    using query_type = typename Source::query_type;

    [[no_unique_address]] Source source;

    constexpr explicit with_clause(const Source& given) : source(given) {}
    static constexpr void write(sql_writer& to) { Source::write_definition(to); }
    void bind(binder& to) const { source.bind_definition(to); }
};
template <fixed_text Name, class Query>
inline constexpr bool runs_recursively<with_clause<recursive_source<Name, Query>>> = true;

template <class... Keys>
struct distinct_clause : clause {
    static constexpr clause_rank rank = clause_rank::distinct;
    static constexpr std::string_view starts = "distinct ", continues = "";

    [[no_unique_address]] pack<Keys...> keys;

    constexpr explicit distinct_clause(const Keys&... given) : keys(given...) {}
    static constexpr void write(sql_writer& to) {
        if (sizeof...(Keys) == 0) return;
        to.put("on (");
        write_list<Keys...>(to);
        to.put(") ");
    }
    void bind(binder& to) const { keys.bind(to); }
};

template <class Source>
struct from_clause : clause {
    static constexpr clause_rank rank = clause_rank::from;
    static constexpr std::string_view starts = " from ", continues = ", ";
    using source_type = Source;
    using model_type = typename Source::model_type;

    [[no_unique_address]] Source source;

    constexpr explicit from_clause(const Source& given) : source(given) {}
    static constexpr void write(sql_writer& to) { Source::write(to); }
    void bind(binder& to) const { source.bind(to); }
};

template <class T>
struct referenced_model;
template <class Model, class Key>
struct referenced_model<foreign_key<Model, Key>> {
    using type = Model;
};
template <class T>
struct referenced_model<std::optional<T>> : referenced_model<T> {};

enum class join_kind : unsigned char {
    inner,
    left,
    right,
    full,
    inner_lateral,
    left_lateral,
    cross
};

constexpr std::string_view spell(join_kind kind) {
    constexpr std::string_view words[] = {
        " inner join ",         " left join ",         " right join ", " full join ",
        " inner join lateral ", " left join lateral ", " cross join "};
    return words[static_cast<std::size_t>(kind)];
}

struct nowhere : expression {
    static constexpr void write(sql_writer& /*to*/) {}
    void bind(binder& /*to*/) const {}
};

template <join_kind Kind, class Source, class Condition>
struct join_clause : clause {
    static constexpr clause_rank rank = clause_rank::join;
    static constexpr std::string_view starts = spell(Kind), continues = spell(Kind);
    static constexpr bool is_source = true;
    static constexpr bool can_be_absent =
        Kind == join_kind::left || Kind == join_kind::left_lateral || Kind == join_kind::full;
    /// Whether its own rows stay although nothing before it has a partner for them.
    static constexpr bool empties_others = Kind == join_kind::right || Kind == join_kind::full;
    using source_type = Source;
    using model_type = typename Source::model_type;

    [[no_unique_address]] Source source;
    [[no_unique_address]] Condition condition;

    constexpr join_clause(const Source& s, const Condition& c) : source(s), condition(c) {}
    static constexpr void write(sql_writer& to) {
        Source::write(to);
        if (Kind == join_kind::cross) return;
        to.put(" on ");
        Condition::write(to);
    }
    void bind(binder& to) const {
        source.bind(to);
        condition.bind(to);
    }
};

/// "child.parent_id = parent.id" for the foreign key `ForeignKey`.
template <auto ForeignKey>
struct key_condition : expression {
    using target = typename referenced_model<value_of<ForeignKey>>::type;

    static constexpr void write(sql_writer& to) {
        column<ForeignKey>::write(to);
        to.put(" = ");
        to.column(model<target>::table(), model<target>::key);
    }
    void bind(binder& /*to*/) const {}
};

template <class Condition, clause_rank Rank>
struct condition_clause : clause {
    static constexpr clause_rank rank = Rank;
    static constexpr std::string_view starts = Rank == clause_rank::where ? " where " : " having ";
    static constexpr std::string_view continues = " and ";

    [[no_unique_address]] Condition condition;

    constexpr explicit condition_clause(const Condition& given) : condition(given) {}
    static constexpr void write(sql_writer& to) { Condition::write(to); }
    void bind(binder& to) const { condition.bind(to); }
};

template <class Key>
struct key_of_group {
    static constexpr void write(sql_writer& to) { Key::write_key(to); }
    void bind(binder& to) const { key.bind_key(to); }
    [[no_unique_address]] Key key;
};

template <class... Keys>
struct group_clause : clause {
    static constexpr clause_rank rank = clause_rank::group_by;
    static constexpr std::string_view starts = " group by ", continues = ", ";

    [[no_unique_address]] pack<key_of_group<Keys>...> keys;

    constexpr explicit group_clause(const Keys&... given) : keys(key_of_group<Keys>{given}...) {}
    static constexpr void write(sql_writer& to) { write_list<key_of_group<Keys>...>(to); }
    void bind(binder& to) const { keys.bind(to); }
};

template <class... Keys>
struct order_clause : clause {
    static constexpr clause_rank rank = clause_rank::order_by;
    static constexpr std::string_view starts = " order by ", continues = ", ";

    [[no_unique_address]] pack<Keys...> keys;

    constexpr explicit order_clause(const Keys&... given) : keys(given...) {}
    static constexpr void write(sql_writer& to) { write_list<Keys...>(to); }
    void bind(binder& to) const { keys.bind(to); }
};

template <clause_rank Rank>
struct count_clause : clause {
    static constexpr clause_rank rank = Rank;
    static constexpr std::string_view starts = Rank == clause_rank::limit ? " limit " : " offset ";
    static constexpr std::string_view continues = "";

    std::int64_t count;

    constexpr explicit count_clause(std::int64_t given) : count{given} {}
    static constexpr void write(sql_writer& to) { to.parameter(oids::int8); }
    void bind(binder& to) const { to.add(count); }
};

enum class lock_strength : unsigned char { update, no_key_update, share, key_share };
enum class lock_wait : unsigned char { waits, skips_locked, nowait };

template <lock_strength Strength, lock_wait Wait>
struct lock_clause : clause {
    static constexpr clause_rank rank = clause_rank::lock;
    static constexpr std::string_view starts = " for ", continues = " for ";

    static constexpr void write(sql_writer& to) {
        constexpr std::string_view strengths[] = {"update", "no key update", "share", "key share"};
        constexpr std::string_view waits[] = {"", " skip locked", " nowait"};
        to.put(strengths[static_cast<std::size_t>(Strength)]);
        to.put(waits[static_cast<std::size_t>(Wait)]);
    }
};

/// The names of a select's sources: all of them, and those which can have no row.
template <class From, class... Clauses>
struct scope {
    static constexpr std::size_t size = 1 + (std::size_t{Clauses::is_source} + ... + 0);

    struct named {
        std::string_view name{};
        bool can_be_absent = false;
    };
    template <class Clause>
    static constexpr void add(std::array<named, size>& to, std::size_t& used) {
        if constexpr (Clause::is_source) {
            for (std::size_t i = 0; i < used; ++i)
                to[i].can_be_absent = to[i].can_be_absent || Clause::empties_others;
            to[used++] = {Clause::source_type::name(), Clause::can_be_absent};
        }
    }
    static constexpr std::array<named, size> sources = [] {
        std::array<named, size> found{named{From::name()}};
        [[maybe_unused]] std::size_t used = 1;
        (add<Clauses>(found, used), ...);
        return found;
    }();

    static constexpr std::array<std::string_view, size> all() {
        std::array<std::string_view, size> found{};
        for (std::size_t i = 0; i < size; ++i)
            found[i] = sources[i].name;
        return found;
    }
    static constexpr std::size_t absent = [] {
        std::size_t count = 0;
        for (const named& one : sources)
            count += one.can_be_absent ? 1 : 0;
        return count;
    }();
    static constexpr std::array<std::string_view, absent> names = [] {
        std::array<std::string_view, absent> found{};
        std::size_t at = 0;
        for (const named& one : sources) {
            if (one.can_be_absent) found[at++] = one.name;
        }
        return found;
    }();
};

}  // namespace honeydue::detail
