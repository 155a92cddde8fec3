// SPDX-License-Identifier: MIT
// Enums: by their enumerators' names in a text column, as a PostgreSQL enum
// type, or as an integer. A label or number the enum does not have is a fault
// both ways, never a default.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <utility>

#include <honeydue/codec.hpp>

namespace honeydue {

/// One value of an enum and what it is called in the database.
template <class E>
struct enum_label {
    E value;
    std::string_view label;
};

/// How an enum is stored; as text unless said otherwise.
/// `template <> inline constexpr honeydue::enum_storage
/// honeydue::storage_of<mood>{.type = "mood"};`
struct enum_storage {
    enum class form : std::uint8_t { label, integer };

    form as = form::label;
    std::string_view type{};  ///< the PostgreSQL enum type, with its schema; empty: text
};
template <class E>
inline constexpr enum_storage storage_of{};

namespace detail {

/// Enumerators are looked for among these values.
inline constexpr int enumerators_end = 128;

template <auto... Values>
consteval std::string_view function_of_values() {
    return __PRETTY_FUNCTION__;
}

/// Calls `each(value, name)` for every item of "{mood::calm, (mood)1, …}" that
/// is an enumerator.
template <class Each>
constexpr void for_each_enumerator(std::string_view list, Each each) {
    list = list.substr(list.find_first_of("{<") + 1);
    for (int value = 0; value < enumerators_end; ++value) {
        const auto end = list.find_first_of(",}>");
        const std::string_view item = list.substr(0, end);
        list = list.substr(std::min(end + 2, list.size()));
        if (item.starts_with('(')) continue;
        const auto colon = item.rfind(':');
        std::string_view name = colon == std::string_view::npos ? item : item.substr(colon + 1);
        if (name.ends_with('_')) name.remove_suffix(1);
        each(value, name);
    }
}

template <class E>
struct enumerators {
    static constexpr std::string_view list =
        []<int... Value>(std::integer_sequence<int, Value...>) {
        constexpr std::string_view text = function_of_values<static_cast<E>(Value)...>();
        return text.substr(text.find("Values"));
    }
    (std::make_integer_sequence<int, enumerators_end>{});

    static constexpr std::size_t count = [] {
        std::size_t found = 0;
        for_each_enumerator(list, [&](int, std::string_view) { ++found; });
        return found;
    }();

    static constexpr auto labels = [] {
        std::array<enum_label<E>, count> found{};
        std::size_t at = 0;
        for_each_enumerator(list, [&](int value, std::string_view name) {
            found[at++] = {static_cast<E>(value), name};
        });
        return found;
    }();
};

}  // namespace detail

/// The labels of an enum: its enumerators' names, without an underscore at
/// their end, for values from 0 to 127. Specialise it for other labels and
/// other values: `template <> inline constexpr auto honeydue::labels_of<unit> =
/// std::to_array<honeydue::enum_label<unit>>({{unit::square_metre, "m²"}});`
template <class E>
inline constexpr auto& labels_of = detail::enumerators<E>::labels;

namespace detail {

template <class E>
concept any_enum = std::is_enum_v<E> && !std::same_as<E, std::byte>;

template <class E>
[[nodiscard]] constexpr const enum_label<E>* label_of(E value) noexcept {
    for (const enum_label<E>& known : labels_of<E>) {
        if (known.value == value) return &known;
    }
    return nullptr;
}

template <class E>
[[nodiscard]] codec_fault read_label(std::string_view label, E& out) noexcept {
    for (const enum_label<E>& known : labels_of<E>) {
        if (known.label != label) continue;
        out = known.value;
        return codec_fault::none;
    }
    return codec_fault::unknown_label;
}

template <class E>
struct label_codec {
    static constexpr oid type = oids::inferred;
    static constexpr oid array_type =
        storage_of<E>.type.empty() ? oids::text_array : oids::inferred;
    static constexpr std::string_view sql_name =
        storage_of<E>.type.empty() ? std::string_view{"text"} : storage_of<E>.type;

    static constexpr bool accepts(oid received) noexcept { return text_codec::accepts(received); }
    static codec_fault encode(E value, byte_writer& to) {
        const enum_label<E>* known = label_of(value);
        if (known == nullptr) return codec_fault::unknown_label;
        to.text(known->label);
        return codec_fault::none;
    }
    static codec_fault decode(cell from, E& out) noexcept { return read_label(from.text(), out); }
};

/// The signed integer that holds every value of the underlying type.
template <class E, class Underlying = std::underlying_type_t<E>>
using stored_integer = std::conditional_t<
    sizeof(Underlying) == 1, std::int16_t,
    std::conditional_t<std::is_signed_v<Underlying>, Underlying,
                       std::conditional_t<sizeof(Underlying) == 2, std::int32_t, std::int64_t>>>;

template <class E>
struct number_codec {
    using integer = stored_integer<E>;
    static constexpr oid type = codec<integer>::type;
    static constexpr oid array_type = codec<integer>::array_type;
    static constexpr std::string_view sql_name = codec<integer>::sql_name;

    static constexpr bool accepts(oid received) noexcept {
        return codec<integer>::accepts(received);
    }
    static codec_fault encode(E value, byte_writer& to) {
        if (label_of(value) == nullptr) return codec_fault::unknown_label;
        return codec<integer>::encode(static_cast<integer>(value), to);
    }
    static codec_fault decode(cell from, E& out) noexcept {
        integer number = 0;
        const codec_fault fault = codec<integer>::decode(from, number);
        if (fault != codec_fault::none) return fault;
        if (!std::in_range<std::underlying_type_t<E>>(number)) return codec_fault::unknown_label;
        const enum_label<E>* known = label_of(static_cast<E>(number));
        if (known == nullptr) return codec_fault::unknown_label;
        out = known->value;
        return codec_fault::none;
    }
};

}  // namespace detail

template <detail::any_enum E>
struct codec<E> : std::conditional_t<storage_of<E>.as == enum_storage::form::integer,
                                     detail::number_codec<E>, detail::label_codec<E>> {};

}  // namespace honeydue
