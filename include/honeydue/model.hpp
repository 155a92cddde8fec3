// SPDX-License-Identifier: MIT
// A plain struct is a table: its name, its columns and its key, read at compile
// time. Django's names by default: namespace::type is table namespace_type, a
// member is a column of the same name, an `id` of its own type is the identity
// key. What differs is said in `table meta`.
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

#include <honeydue/codec.hpp>
#include <honeydue/detail/reflect.hpp>
#include <honeydue/types.hpp>

namespace honeydue {

/// A member whose column has another name.
struct column_rename {
    std::string_view member{};
    std::string_view column{};
};

/// What a model says of itself where the convention does not fit, as `static
/// constexpr honeydue::table meta{…}`; of a struct that may not be touched, by
/// specialising `table_of`.
struct table {
    std::string_view name{};    ///< empty: namespace_type
    std::string_view schema{};  ///< empty: whatever search_path finds
    /// The columns of the primary key, with commas between them. Empty: "id", if
    /// there is one.
    std::string_view key{};
    column_rename rename[16]{};  ///< `.rename = {{"class_", "class"}}`

    /// Columns the server computes: never sent, always read back. An `id<T>` is
    /// one by itself.
    std::string_view generated[16]{};
    /// Columns left to their DEFAULT when a row is inserted, and read back.
    std::string_view defaulted[16]{};
};

/// `template <> inline constexpr honeydue::table
/// honeydue::table_of<vendor::thing>{.name = "…"};`
template <class T>
inline constexpr table table_of{};

/// One column of a model, as far as the struct knows it.
struct model_column {
    std::string_view name{};
    std::string_view sql_name{};  ///< "bigint"; as in CREATE TABLE
    oid type = oids::inferred;
    bool is_nullable = false;
    bool is_key = false;        ///< part of the primary key
    bool is_identity = false;   ///< GENERATED … AS IDENTITY
    bool is_generated = false;  ///< computed by the server, identity included
    bool is_defaulted = false;  ///< left out of INSERT, though the program may update it

    /// The table and column a foreign key references; empty when it is none.
    std::string_view references_schema{};
    std::string_view references_table{};
    std::string_view references_column{};
};

template <class T>
    requires(detail::is_reflectable<T>())
struct model;

namespace detail {

template <class T>
consteval table meta_of() {
    if constexpr (requires {
                      { T::meta } -> std::convertible_to<table>;
                  }) {
        return T::meta;
    } else {
        return table_of<T>;
    }
}

/// The parts of "outer::app::type" that make a table's name; empty where the
/// type has no named namespace.
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

// Source: NAMEDATALEN, src/include/pg_config_manual.h: longer names are cut in
// silence.
inline constexpr std::size_t longest_identifier = 63;

template <class List>
constexpr bool lists(const List& names, std::string_view name) {
    for (const std::string_view listed : names) {
        if (!listed.empty() && listed == name) return true;
    }
    return false;
}

/// The names of the columns: those of the members, but for the renamed ones.
template <class T>
inline constexpr auto column_names = [] {
    std::array<std::string_view, member_count<T>> names = member_names<T>;
    const table meta = meta_of<T>();
    for (std::string_view& name : names) {
        for (const column_rename& renamed : meta.rename) {
            if (!renamed.member.empty() && renamed.member == name) {
                name = renamed.column;
                break;
            }
        }
    }
    return names;
}();

/// Calls `each` for every name between the commas of "order_id, line".
template <class Each>
constexpr void for_each_key(std::string_view keys, Each each) {
    while (!keys.empty()) {
        const auto comma = std::min(keys.find(','), keys.size());
        std::string_view name = keys.substr(0, comma);
        while (name.starts_with(' '))
            name.remove_prefix(1);
        while (name.ends_with(' '))
            name.remove_suffix(1);
        each(name);
        keys.remove_prefix(std::min(comma + 1, keys.size()));
    }
}

template <class T>
consteval std::string_view key_of() {
    const std::string_view given = meta_of<T>().key;
    if (!given.empty()) return given;
    return lists(column_names<T>, "id") ? "id" : "";
}

template <class T>
struct reference {
    static constexpr bool exists = false;
};
template <class Model, class Key>
struct reference<foreign_key<Model, Key>> {
    static constexpr bool exists = true;
    using target = Model;
};
template <class T>
struct reference<std::optional<T>> : reference<T> {};

template <class Owner, class Member>
inline constexpr bool is_identity = false;
template <class Owner, class Key>
inline constexpr bool is_identity<Owner, id<Owner, Key>> = std::signed_integral<Key>;

template <class T>
consteval bool keys_exist() {
    bool all = true;
    for_each_key(key_of<T>(),
                 [&](std::string_view name) { all = all && lists(column_names<T>, name); });
    return all;
}

template <class T>
consteval bool listed_columns_exist() {
    const table meta = meta_of<T>();
    for (const auto& list : {meta.generated, meta.defaulted}) {
        for (std::size_t i = 0; i < std::size(meta.generated); ++i) {
            if (!list[i].empty() && !lists(column_names<T>, list[i])) return false;
        }
    }
    for (const column_rename& renamed : meta.rename) {
        if (!renamed.member.empty() && !lists(member_names<T>, renamed.member)) return false;
    }
    return true;
}

template <class T>
consteval bool names_are_unique() {
    for (std::size_t i = 0; i < member_count<T>; ++i) {
        for (std::size_t j = 0; j < i; ++j) {
            if (column_names<T>[i] == column_names<T>[j]) return false;
        }
    }
    return true;
}

template <class T>
consteval bool names_fit() {
    return std::ranges::all_of(column_names<T>, [](std::string_view name) {
        return !name.empty() && name.size() <= longest_identifier;
    });
}

template <class T>
consteval bool foreign_keys_end_in_id() {
    return []<std::size_t... Index>(std::index_sequence<Index...>) {
        return ((!reference<member_type<Index, T>>::exists ||
                 column_names<T>[Index].ends_with("_id")) &&
                ...);
    }
    (std::make_index_sequence<member_count<T>>{});
}

/// What a table asks of its columns beyond what a row does.
template <class T>
consteval bool check_columns() {
    static_assert(listed_columns_exist<T>(),
                  "this model's meta names a column or member that the struct "
                  "does not have");
    static_assert(names_are_unique<T>(),
                  "two members of this model have the same column: rename one of them");
    static_assert(names_fit<T>(),
                  "a column's name is 1 to 63 bytes in PostgreSQL: rename it in meta");
    static_assert(foreign_keys_end_in_id<T>(),
                  "the name of a foreign_key's column ends in _id: rename the "
                  "member, or its column "
                  "in meta");
    static_assert(keys_exist<T>(),
                  "this model's meta names a key column that the struct does not have");
    return true;
}

template <class T>
consteval std::string_view table_name_of() {
    constexpr std::string_view given = meta_of<T>().name;
    constexpr bool in_namespace = !path_of(type_name<T>).type.empty();
    static_assert(!given.empty() || in_namespace,
                  "a honeydue table is a struct in a named namespace: this one is local, "
                  "unnamed or global; "
                  "move it, or name its table with static constexpr honeydue::table meta");
    static_assert(check_columns<T>());
    if constexpr (!given.empty()) {
        static_assert(given.size() <= longest_identifier,
                      "a table's name is at most 63 bytes in PostgreSQL: shorten it in meta");
        return given;
    } else if constexpr (in_namespace) {
        constexpr std::string_view derived = derived_table_name<T>::text;
        static_assert(derived.size() <= longest_identifier,
                      "a table's name is at most 63 bytes in PostgreSQL: give a "
                      "shorter one in meta");
        return derived;
    } else {
        return {};
    }
}

template <class T>
consteval bool has_one_key() {
    constexpr bool one = model<T>::key.find(',') == std::string_view::npos;
    static_assert(
        one,
        "a foreign_key is one column, and the key of the model it references has several: "
        "give each a plain member, and join with a condition");
    return one;
}

template <class Target>
consteval void describe_reference(model_column& to) {
    static_assert(has_one_key<Target>());
    to.references_schema = model<Target>::schema;
    to.references_table = model<Target>::table();
    to.references_column = model<Target>::key;
}

/// What a column is by itself; what it references may still be incomplete.
template <class T, std::size_t Index>
consteval model_column describe_own() {
    using member = member_type<Index, T>;
    static_assert(check_codec<member>());
    const table meta = meta_of<T>();
    model_column described{.name = column_names<T>[Index],
                           .sql_name = codec<member>::sql_name,
                           .type = codec<member>::type,
                           .is_nullable = is_optional<member>};
    for_each_key(key_of<T>(), [&](std::string_view name) {
        described.is_key = described.is_key || name == described.name;
    });
    described.is_identity = is_identity<T, member>;
    described.is_generated = described.is_identity || lists(meta.generated, described.name);
    described.is_defaulted = lists(meta.defaulted, described.name);
    return described;
}

template <class T, std::size_t Index>
consteval model_column describe_column() {
    model_column described = describe_own<T, Index>();
    using member = member_type<Index, T>;
    if constexpr (reference<member>::exists)
        describe_reference<typename reference<member>::target>(described);
    return described;
}

template <class T>
inline constexpr auto described_columns = []<std::size_t... Index>(std::index_sequence<Index...>) {
    return std::array<model_column, sizeof...(Index)>{describe_column<T, Index>()...};
}
(std::make_index_sequence<member_count<T>>{});

/// Where `Member` stands among the members of its struct. Members of one name
/// and place are one.
template <auto Member>
consteval std::size_t member_index() {
    const auto& names = member_names<owner_of<Member>>;
    return static_cast<std::size_t>(std::ranges::find(names, member_name<Member>) - names.begin());
}

/// The column of `&task::task::title`.
template <auto Member>
inline constexpr std::string_view column_name =
    column_names<owner_of<Member>>[member_index<Member>()];

}  // namespace detail

/// What is known of a model. Everything is constexpr; nothing is looked up at
/// run time.
template <class T>
    requires(detail::is_reflectable<T>())
struct model {
    static constexpr std::size_t size = detail::member_count<T>;
    static constexpr std::string_view schema = detail::meta_of<T>().schema;

    /// The columns of the primary key, with commas between them; empty when there
    /// is none.
    static constexpr std::string_view key = detail::key_of<T>();

    /// Checked when first asked: a struct that is only read into needs no table.
    [[nodiscard]] static consteval std::string_view table() { return detail::table_name_of<T>(); }

    /// Column names, in the order of the members.
    static constexpr auto& columns = detail::column_names<T>;

    /// Every column with its type, key and reference, in the order of the
    /// members. Models it references must be complete.
    [[nodiscard]] static consteval const std::array<model_column, size>& described() {
        return detail::described_columns<T>;
    }
};

}  // namespace honeydue
