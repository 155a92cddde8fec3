// SPDX-License-Identifier: MIT
// Members of an aggregate and names of types and members, read at compile time. The only file that
// includes Boost.PFR; nothing above it knows how the names are had.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include <boost/pfr/core.hpp>
#include <boost/pfr/core_name.hpp>

namespace honeydue::detail {

template <class T>
consteval std::string_view function_of_type() {
    return __PRETTY_FUNCTION__;
}

template <auto Member>
consteval std::string_view function_of_member() {
    return __PRETTY_FUNCTION__;
}

/// What stands between the '=' of "[with T = …]" or "[T = …]" and the end of the first template
/// argument.
consteval std::string_view argument_in(std::string_view function) {
    const auto start = function.find("= ") + 2;
    const auto semicolon =
        function.find(';', start);  // g++ names the return type's alias after one
    const auto end = semicolon == std::string_view::npos ? function.rfind(']') : semicolon;
    return function.substr(start, end - start);
}

/// "task::task", as the compiler spells it.
template <class T>
inline constexpr std::string_view type_name = argument_in(function_of_type<T>());

consteval std::string_view after_last_colon(std::string_view name) {
    const auto colon = name.rfind(':');
    return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

/// "residence_id" for &task::task::residence_id.
template <auto Member>
inline constexpr std::string_view member_name =
    after_last_colon(argument_in(function_of_member<Member>()));

template <class Pointer>
struct member_pointer;
template <class Owner, class Value>
struct member_pointer<Value Owner::*> {
    using owner = Owner;
    using value = Value;
};

template <auto Member>
using owner_of = typename member_pointer<std::remove_cv_t<decltype(Member)>>::owner;
template <auto Member>
using value_of = typename member_pointer<std::remove_cv_t<decltype(Member)>>::value;

template <class T>
inline constexpr std::size_t member_count = boost::pfr::tuple_size_v<T>;

template <class T>
inline constexpr auto member_names = boost::pfr::names_as_array<T>();

template <std::size_t Index, class T>
using member_type = boost::pfr::tuple_element_t<Index, T>;

/// References to all members of `value`, in order.
template <class T>
[[nodiscard]] constexpr auto tie_members(T& value) {
    return boost::pfr::structure_tie(value);
}

}  // namespace honeydue::detail
