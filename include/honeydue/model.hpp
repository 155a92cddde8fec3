// SPDX-License-Identifier: MIT
// A plain struct is a table: its name, its columns and its key, read at compile time. Django's
// names by default: namespace::type is table namespace_type, a member is a column of the same name.
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <string_view>
#include <type_traits>
#include <utility>

#include <honeydue/detail/reflect.hpp>
#include <honeydue/types.hpp>

namespace honeydue {

/// What a model says of itself where the convention does not fit, as `static constexpr
/// honeydue::table meta{…}`.
struct table {
    std::string_view name{};      ///< empty: namespace_type
    std::string_view schema{};    ///< empty: whatever search_path finds
    std::string_view key = "id";  ///< the primary key's column
};

namespace detail {

template <class T>
consteval table meta_of() {
    if constexpr (requires {
                      { T::meta } -> std::convertible_to<table>;
                  }) {
        return T::meta;
    } else {
        return {};
    }
}

/// The parts of "outer::app::type" that make a table's name; empty where the type has no named
/// namespace.
struct model_path {
    std::string_view app;
    std::string_view type;
};

consteval model_path path_of(std::string_view name) {
    const auto type_at = name.rfind("::");
    if (type_at == std::string_view::npos) return {};
    const std::string_view scope = name.substr(0, type_at);
    const auto app_at = scope.rfind("::");
    const std::string_view app =
        app_at == std::string_view::npos ? scope : scope.substr(app_at + 2);
    const bool plain = name.find_first_of("<({") == std::string_view::npos;
    return plain ? model_path{app, name.substr(type_at + 2)} : model_path{};
}

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

template <class T>
struct derived_table_name {
    static constexpr model_path path = path_of(type_name<T>);
    static constexpr auto storage = [] {
        std::array<char, path.app.size() + path.type.size() + 1> text{};
        auto* end = std::transform(path.app.begin(), path.app.end(), text.data(), lower);
        *end++ = '_';
        std::transform(path.type.begin(), path.type.end(), end, lower);
        return text;
    }();
    static constexpr std::string_view text{storage.data(), storage.size()};
};

// Source: NAMEDATALEN, src/include/pg_config_manual.h: longer names are cut in silence.
inline constexpr std::size_t longest_identifier = 63;

template <class T>
consteval bool is_model_type() {
    static_assert(std::is_class_v<T>, "a honeydue model is a struct: this type is not one");
    static_assert(!std::is_class_v<T> || std::is_aggregate_v<T>,
                  "a honeydue model is a plain struct: no constructors, private members or virtual "
                  "functions");
    static_assert(!std::is_empty_v<T>,
                  "a honeydue model has at least one member: this struct is empty");
    return std::is_class_v<T> && std::is_aggregate_v<T> && !std::is_empty_v<T>;
}

template <class T>
consteval std::string_view table_name_of() {
    constexpr std::string_view given = meta_of<T>().name;
    constexpr bool in_namespace = !path_of(type_name<T>).type.empty();
    static_assert(
        !given.empty() || in_namespace,
        "a honeydue table is a struct in a named namespace: this one is local, unnamed or global; "
        "move it, or name its table with static constexpr honeydue::table meta");
    if constexpr (!given.empty()) {
        static_assert(given.size() <= longest_identifier,
                      "a table's name is at most 63 bytes in PostgreSQL");
        return given;
    } else if constexpr (in_namespace) {
        constexpr std::string_view derived = derived_table_name<T>::text;
        static_assert(derived.size() <= longest_identifier,
                      "a table's name is at most 63 bytes in PostgreSQL");
        return derived;
    } else {
        return {};
    }
}

}  // namespace detail

/// What is known of a model. Everything is constexpr; nothing is looked up at run time.
template <class T>
    requires(detail::is_model_type<T>())
struct model {
    static constexpr std::size_t size = detail::member_count<T>;
    static constexpr std::string_view schema = detail::meta_of<T>().schema;
    static constexpr std::string_view key = detail::meta_of<T>().key;

    /// Checked when first asked: a struct that is only read into needs no table.
    [[nodiscard]] static consteval std::string_view table() { return detail::table_name_of<T>(); }

    /// Column names, in the order of the members.
    static constexpr auto& columns = detail::member_names<T>;
};

}  // namespace honeydue
