// SPDX-License-Identifier: MIT
// Two selects as one: union, intersect, except.
#pragma once

#include <concepts>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <utility>

#include <honeydue/detail/select_clauses.hpp>
#include <honeydue/verbs.hpp>

namespace honeydue::detail {

enum class set_operation : unsigned char { union_with, union_all, intersect, except };

constexpr std::string_view spell(set_operation how) {
    constexpr std::string_view words[] = {" union ", " union all ", " intersect ", " except "};
    return words[static_cast<std::size_t>(how)];
}

template <set_operation How, class Left, class Right, class... Clauses>
class set_query;

/// Rows of one type, or keys of one model: an id and a foreign key to it travel alike.
template <class Left, class Right>
consteval bool are_alike() {
    if constexpr (std::same_as<Left, Right>) {
        return true;
    } else if constexpr (is_optional<Left> || is_optional<Right>) {
        return false;
    } else {
        return !std::is_void_v<key_model<Left>> &&
               std::same_as<key_model<Left>, key_model<Right>> &&
               codec<Left>::type == codec<Right>::type;
    }
}

/// What a select and a set have in common.
template <class Self>
class set_operand {
public:
    /// Rows of either, each once.
    template <is_select Other>
    [[nodiscard]] constexpr auto union_with(const Other& other) const {
        return combine<set_operation::union_with>(other);
    }
    /// Rows of both, one after the other.
    template <is_select Other>
    [[nodiscard]] constexpr auto union_all(const Other& other) const {
        return combine<set_operation::union_all>(other);
    }
    /// Rows that are in both.
    template <is_select Other>
    [[nodiscard]] constexpr auto intersect(const Other& other) const {
        return combine<set_operation::intersect>(other);
    }
    /// Rows that are not in `other`.
    template <is_select Other>
    [[nodiscard]] constexpr auto except(const Other& other) const {
        return combine<set_operation::except>(other);
    }

private:
    template <set_operation How, class Other>
    [[nodiscard]] constexpr auto combine(const Other& other) const {
        static_assert(are_alike<typename Self::row, typename Other::row>(),
                      "both sides of a union, intersect or except read the same types: cast one, "
                      "or coalesce what can be NULL");
        return set_query<How, Self, Other>{static_cast<const Self&>(*this), other, {}};
    }
};

template <set_operation How, class Left, class Right, class... Clauses>
class set_query : public query_verbs<set_query<How, Left, Right, Clauses...>>,
                  public written_query<set_query<How, Left, Right, Clauses...>>,
                  public set_operand<set_query<How, Left, Right, Clauses...>> {
    using rank = clause_rank;

public:
    using row = typename Left::row;

    static constexpr bool is_rows = true;
    static constexpr honeydue::effect effect = honeydue::effect::reads;
    static constexpr honeydue::place place = honeydue::place::anywhere;

    constexpr set_query(const Left& left, const Right& right, const pack<Clauses...>& clauses)
        : left_(left), right_(right), clauses_(clauses) {}

    /// By columns the left side gives.
    template <class... Keys>
    [[nodiscard]] constexpr auto order_by(const Keys&... keys) const {
        static_assert(!has_rank<Clauses...>(rank::order_by), "these rows have an order already");
        static_assert((!is_expression<Keys> && ...),
                      "order_by takes keys with a direction: say .ascending() or .descending()");
        return with_clause(order_clause<Keys...>(keys...));
    }
    /// Range: 0 and up, here and below.
    [[nodiscard]] constexpr auto limit(std::int64_t count) const {
        static_assert(!has_rank<Clauses...>(rank::limit), "these rows have a limit already");
        return with_clause(count_clause<rank::limit>(count));
    }
    [[nodiscard]] constexpr auto offset(std::int64_t count) const {
        static_assert(!has_rank<Clauses...>(rank::offset), "these rows have an offset already");
        return with_clause(count_clause<rank::offset>(count));
    }

    [[nodiscard]] static consteval bool has_column(std::string_view name) {
        return Left::has_column(name);
    }
    static consteval bool check() { return Left::check() && Right::check(); }

    static constexpr void write(sql_writer& to) {
        to.put("(");
        Left::write(to);
        to.put(")");
        to.put(spell(How));
        to.put("(");
        Right::write(to);
        to.put(")");
        to.begin_bare();
        for (const rank one : {rank::order_by, rank::limit, rank::offset})
            write_rank<Clauses...>(to, one);
        to.end_bare();
    }
    void bind(binder& to) const {
        left_.bind(to);
        right_.bind(to);
        for (const rank one : {rank::order_by, rank::limit, rank::offset})
            bind_rank(clauses_, one, to);
    }

private:
    template <class Clause>
    [[nodiscard]] constexpr auto with_clause(const Clause& clause) const {
        return set_query<How, Left, Right, Clauses..., Clause>{left_, right_,
                                                               append(clauses_, clause)};
    }

    [[no_unique_address]] Left left_;
    [[no_unique_address]] Right right_;
    [[no_unique_address]] pack<Clauses...> clauses_;
};

}  // namespace honeydue::detail
