// SPDX-License-Identifier: MIT
// A write that fails, and so is undone, when it touches another number of rows than was said: the
// check travels with it.
#pragma once

#include <cstdint>
#include <string_view>
#include <type_traits>

#include <honeydue/detail/written_query.hpp>

namespace honeydue::detail {

enum class row_promise : std::uint8_t { exactly, at_most };

/// What the server's error begins with when a guard does not hold.
inline constexpr std::string_view guard_mark = "honeydue: expected ";

/// `with written as (<write>) select * from written where (select case … end from written) is
/// null`: the condition names no column, so it is computed once, for no row too.
template <class Query, row_promise Promise>
struct guarded_query : written_query<guarded_query<Query, Promise>> {
    using row = typename Query::row;
    static constexpr honeydue::effect effect = honeydue::effect::writes;
    static constexpr honeydue::place place = Query::place;

    const Query& query;
    std::int64_t rows;

    constexpr guarded_query(const Query& guarded, std::int64_t promised)
        : query(guarded), rows{promised} {}

    static consteval bool check() { return Query::check(); }

    static constexpr void write(sql_writer& to) {
        constexpr bool one = Promise == row_promise::exactly;
        to.put("with written as (");
        Query::write(to);
        if (std::is_void_v<row>) to.put(" returning 1");
        to.put(") select * from written where (select case when count(*) ");
        to.put(one ? "= " : "<= ");
        const std::size_t number = to.parameter(oids::int8);
        to.put(" then null else ('");
        to.put(guard_mark);
        to.put(one ? "' || " : "at most ' || ");
        to.number(number);
        to.put(" || ' row(s), got ' || count(*))::int4 end from written) is null");
    }
    void bind(binder& to) const {
        query.bind(to);
        to.add(rows);
    }
};

}  // namespace honeydue::detail
