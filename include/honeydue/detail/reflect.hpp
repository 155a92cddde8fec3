// SPDX-License-Identifier: MIT
// Members of an aggregate and names of types and members, read at compile time.
// The only file that includes Boost.PFR; nothing above it knows how the names
// are had.
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

/// What stands between the '=' of "[with T = …]" or "[T = …]" and the end of
/// the first template argument.
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

/// Stands for a value of any type in aggregate initialisation.
struct any_value {
    template <class T>
    operator T() const noexcept;  // NOLINT(*-explicit-*): only ever asked whether it could
};

template <class Owner>
struct any_base_of {
    template <class Base>
        requires(std::is_base_of_v<Base, Owner> && !std::is_same_v<Base, Owner>)
    operator Base() const noexcept;  // NOLINT(*-explicit-*)
};

template <class T>
inline constexpr bool has_base = requires {
    T{any_base_of<T>{}};
};

/// An array takes as many initialisers as it has elements, unless it is given
/// braces of its own.
template <class T, std::size_t... Before, std::size_t... After>
consteval bool is_one_member(std::index_sequence<Before...>, std::index_sequence<After...>) {
    return requires {
        T{(static_cast<void>(Before), any_value{})...,
          {},
          (static_cast<void>(After), any_value{})...};
    };
}

template <class T, std::size_t Count>
consteval bool has_array() {
    return []<std::size_t... Index>(std::index_sequence<Index...>) {
        return !(is_one_member<T>(std::make_index_sequence<Index>{},
                                  std::make_index_sequence<Count - 1 - Index>{}) &&
                 ...);
    }
    (std::make_index_sequence<Count>{});
}

/// What Boost.PFR can take apart.
inline constexpr std::size_t most_members = 200;

template <class T>
consteval bool has_plain_members() {
    constexpr std::size_t count = boost::pfr::detail::fields_count<T>();
    static_assert(count <= most_members,
                  "a honeydue model has at most 200 members: put some of them in "
                  "a table of their "
                  "own");
    if constexpr (count <= most_members) {
        constexpr bool array = has_array<T, count>();
        static_assert(!array,
                      "a honeydue model has no C array: use std::vector, "
                      "std::string or bytes");
        return !array;
    }
    return false;
}

/// Whether the members of `T` can be read. Asked before Boost.PFR is, which
/// would answer in words of its own. A bit-field is met by the compiler's own
/// words, for nothing else can tell it.
template <class T>
consteval bool is_reflectable() {
    constexpr bool structure = std::is_class_v<T> && !std::is_union_v<T>;
    static_assert(structure, "a honeydue model is a struct: this type is not one");
    constexpr bool plain = structure && std::is_aggregate_v<T>;
    static_assert(!structure || plain,
                  "a honeydue model is a plain struct: no "
                  "constructors, private members or virtual "
                  "functions");
    if constexpr (plain) {
        constexpr bool derived = has_base<T>;
        static_assert(!derived,
                      "a honeydue model has no base class: name the "
                      "shared columns in each struct");
        constexpr bool filled = !std::is_empty_v<T>;
        static_assert(filled, "a honeydue model has at least one member: this struct is empty");
        constexpr bool assignable = std::is_move_assignable_v<T>;
        static_assert(assignable,
                      "a honeydue model holds values: no reference and no const member");
        constexpr bool blank = std::is_default_constructible_v<T>;
        static_assert(blank,
                      "a honeydue model can be made empty: every member has "
                      "a default constructor");
        if constexpr (!derived && filled && assignable && blank) return has_plain_members<T>();
    }
    return false;
}

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
