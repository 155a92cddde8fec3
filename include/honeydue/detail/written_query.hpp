// SPDX-License-Identifier: MIT
// From a query's type to its text, and from its values to a statement.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <honeydue/detail/sql_writer.hpp>
#include <honeydue/statement.hpp>

namespace honeydue::detail {

/// Collects a query's values in writing order.
struct binder {
    parameters values;
    std::vector<const condition_list*> lists;

    template <class T>
    void add(const T& value) {
        values.add(value);
    }
};

/// Parts of an expression or clauses of a query: a tuple that costs the compiler little.
template <class... Parts>
struct pack {
    void bind(binder& /*to*/) const {}
};
template <class Head, class... Tail>
struct pack<Head, Tail...> {
    [[no_unique_address]] Head head;
    [[no_unique_address]] pack<Tail...> tail;

    constexpr explicit pack(const Head& first, const Tail&... rest) : head(first), tail(rest...) {}
    constexpr pack(const Head& first, const pack<Tail...>& rest) : head(first), tail(rest) {}

    void bind(binder& to) const {
        head.bind(to);
        tail.bind(to);
    }
};

template <class Last>
constexpr pack<Last> append(const pack<>& /*none*/, const Last& last) {
    return pack<Last>(last);
}
template <class Head, class... Tail, class Last>
constexpr pack<Head, Tail..., Last> append(const pack<Head, Tail...>& parts, const Last& last) {
    return pack<Head, Tail..., Last>(parts.head, append(parts.tail, last));
}

template <class Query>
consteval written_size measured() {
    sql_writer counter;
    Query::write(counter);
    return counter.size();
}
template <class Query>
inline constexpr written_size measure = measured<Query>();

/// The shape of `Query`, which has `static constexpr void write(sql_writer&)` and an `effect` and a
/// `place`. Hidden, because g++ would otherwise make each a symbol that is unique in the whole
/// process.
template <class Query>
struct [[gnu::visibility("hidden")]] shape_of {
    static constexpr written_size size = measure<Query>;

    static_assert(!size.unknown_table,
                  "a column here belongs to a table this statement does not read: join it, or name "
                  "it in from");
    static_assert(!size.twice,
                  "this statement reads two tables under one name: give one of them an alias");
    static_assert(!size.long_name, "a name is at most 63 bytes in PostgreSQL");
    static_assert(!size.open,
                  "a statement with a condition_list has no fixed text: its text is made with its "
                  "statement");

    struct storage {
        std::array<char, size.total() + 1> text{};
        std::array<oid, size.parameters + 1> types{};
    };

    static constexpr storage written = [] {
        storage filled;
        sql_writer writer{filled.text.data(), filled.types.data(), size.qualified()};
        Query::write(writer);
        return filled;
    }();

    static constexpr statement_shape value{
        .text = {written.text.data(), size.total()},
        .types = {written.types.data(), size.parameters},
        .effect = Query::effect,
        .place = Query::place,
    };
};

/// Makes the statement of a query whose text depends on a `condition_list`.
[[nodiscard]] statement write_now(void (*write)(sql_writer&), binder&& bound, effect does,
                                  place where);

template <class Query>
[[nodiscard]] statement make_statement(const Query& query) {
    binder bound;
    query.bind(bound);
    if constexpr (measure<Query>.open) {
        return write_now(&Query::write, std::move(bound), Query::effect, Query::place);
    } else {
        return statement{shape_of<Query>::value, std::move(bound.values)};
    }
}

/// Gives a query its text.
template <class Query>
class written_query {
public:
    /// The SQL, as it will be sent.
    [[nodiscard]] static constexpr std::string_view text() {
        static_assert(Query::check());
        return shape_of<Query>::value.text;
    }
    /// The types of its parameters; `oids::inferred` where the server decides.
    [[nodiscard]] static constexpr std::span<const oid> oids() {
        return shape_of<Query>::value.types;
    }
    [[nodiscard]] statement make_statement() const {
        static_assert(Query::check());
        return detail::make_statement(static_cast<const Query&>(*this));
    }
};

}  // namespace honeydue::detail
