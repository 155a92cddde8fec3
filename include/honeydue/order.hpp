// SPDX-License-Identifier: MIT
// The keys rows are ordered by: a direction, where NULL stands, and a key chosen at run time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <honeydue/detail/written_query.hpp>

namespace honeydue {

namespace detail {

enum class direction : unsigned char { ascending, descending };
enum class null_position : unsigned char { by_direction, first, last };

template <direction Direction, null_position Nulls>
constexpr void write_direction(sql_writer& to) {
    if (Direction == direction::descending) to.put(" desc");
    if (Nulls == null_position::first) to.put(" nulls first");
    if (Nulls == null_position::last) to.put(" nulls last");
}

/// One key of `order_by`.
template <class Inner, direction Direction, null_position Nulls = null_position::by_direction>
struct sort_key {
    using inner_type = Inner;
    [[no_unique_address]] Inner inner;

    [[nodiscard]] constexpr auto nulls_first() const {
        return sort_key<Inner, Direction, null_position::first>{inner};
    }
    [[nodiscard]] constexpr auto nulls_last() const {
        return sort_key<Inner, Direction, null_position::last>{inner};
    }

    static constexpr void write(sql_writer& to) {
        Inner::write_key(to);
        write_direction<Direction, Nulls>(to);
    }
    /// What follows "case when $n", for one of several keys.
    static constexpr void write_choice(sql_writer& to, std::string_view index) {
        to.put(" = ");
        to.put(index);
        to.put(" then ");
        Inner::write_key(to);
        to.put(" end");
        write_direction<Direction, Nulls>(to);
    }
    void bind(binder& to) const { inner.bind_key(to); }
};

/// One of several keys, by the number of the program's choice.
template <class... Keys>
struct sort_choice {
    static_assert(sizeof...(Keys) >= 2 && sizeof...(Keys) <= 10,
                  "choose takes two to ten keys, of which one is used");

    std::int32_t choice;
    [[no_unique_address]] pack<Keys...> keys;

    static constexpr void write(sql_writer& to) {
        std::string_view lead = "";
        std::size_t number = 0;
        char index = '0';
        const auto write_one = [&]<class Key>(const Key* /*type*/) {
            to.put(lead);
            to.put("case when ");
            if (number == 0) {
                number = to.parameter(oids::int4);
            } else {
                to.number(number);
            }
            Key::write_choice(to, {&index, 1});
            lead = ", ";
            ++index;
        };
        (write_one(static_cast<const Keys*>(nullptr)), ...);
    }
    void bind(binder& to) const {
        to.add(choice);
        keys.bind(to);
    }
};

}  // namespace detail

/// The key numbered `choice`, from 0, is the one that counts; another number: none does. All of
/// them stay in the text, and the planner drops those that do not count.
template <class... Keys>
[[nodiscard]] constexpr auto choose(std::int32_t choice, const Keys&... keys) {
    return detail::sort_choice<Keys...>{choice, detail::pack<Keys...>(keys...)};
}

}  // namespace honeydue
