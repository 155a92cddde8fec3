// SPDX-License-Identifier: MIT
// How the columns of one result meet the members of one type: decided once per
// result, used for every row.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include <honeydue/codec.hpp>
#include <honeydue/error.hpp>
#include <honeydue/model.hpp>

namespace honeydue {
class rows;
}

namespace honeydue::detail {

/// What one member wants of its column.
struct wanted_column {
    std::string_view name;  ///< empty: by position
    std::string_view sql_name;
    bool (*accepts)(oid) noexcept;
    bool is_nullable = false;  ///< the member takes NULL
};

/// Finds and type-checks the column of every member.
/// Errors: `errc::decode`, naming the type, the member, and the expected and
/// found column type.
[[nodiscard]] result<void> match_columns(const rows& received, std::string_view type,
                                         std::span<const wanted_column> wanted,
                                         std::span<std::size_t> columns);

/// The same for one member, found by its name, or at `member` where it has none.
[[nodiscard]] result<std::size_t> match_column(const rows& received, std::string_view type,
                                               const wanted_column& wanted, std::size_t member);

/// A row in the part it came in, and its number among all, from 1.
struct row_place {
    std::size_t in_part = 0;
    std::size_t number = 0;
};

/// Errors: `errc::decode` for a cell, naming the row, the member and what is
/// wrong with it.
/// `inside` says where in a value of several parts.
[[nodiscard]] error cell_error(const rows& received, row_place row, std::size_t column,
                               std::string_view type, codec_fault fault, std::string_view inside);

/// Where the reading of one row stopped.
struct row_fault {
    std::size_t member = 0;
    codec_fault fault = codec_fault::none;
};

template <class T>
consteval wanted_column want(std::string_view name) {
    static_assert(check_decodable<T>());
    return {name, codec<T>::sql_name,
            [](oid received) noexcept { return codec<T>::accepts(received); }, is_optional<T>};
}

/// Reads cells into members until one does not fit.
template <class Members>
[[nodiscard]] row_fault read_members(std::span<const cell> cells, Members members) {
    row_fault progress;
    const auto take = [&](auto& member) {
        progress.fault = decode(cells[progress.member++], member);
        return progress.fault == codec_fault::none;
    };
    std::apply([&](auto&... member) { static_cast<void>((take(member) && ...)); }, members);
    return progress;
}

/// Where in the value of a member that has parts its reading stopped.
template <class... Members>
[[nodiscard]] std::string find_inside(std::span<const cell> cells, std::size_t member) {
    std::string place;
    if constexpr ((fault_place<Members>::known || ...)) {
        std::size_t index = 0;
        const auto look = [&]<class Member>(std::type_identity<Member>) {
            if constexpr (fault_place<Member>::known) {
                if (index == member) place = fault_place<Member>::find(cells[index]);
            }
            ++index;
        };
        (look(std::type_identity<Members>{}), ...);
    }
    return place;
}

/// A struct: its members find their columns by name.
template <class T>
struct row_reader {
    static constexpr std::size_t size = model<T>::size;

    static constexpr auto wanted = []<std::size_t... Index>(std::index_sequence<Index...>) {
        return std::array<wanted_column, size>{
            want<member_type<Index, T>>(model<T>::columns[Index])...};
    }
    (std::make_index_sequence<size>{});

    static constexpr bool borrows = []<std::size_t... Index>(std::index_sequence<Index...>) {
        return (detail::borrows<member_type<Index, T>> || ...);
    }
    (std::make_index_sequence<size>{});

    static row_fault read(std::span<const cell> cells, T& out) {
        return read_members(cells, tie_members(out));
    }
    static std::string inside(std::span<const cell> cells, std::size_t member) {
        return [&]<std::size_t... Index>(std::index_sequence<Index...>) {
            return find_inside<member_type<Index, T>...>(cells, member);
        }
        (std::make_index_sequence<size>{});
    }
};

/// A tuple: its elements take the columns by position.
template <class... Elements>
struct row_reader<std::tuple<Elements...>> {
    static constexpr std::size_t size = sizeof...(Elements);
    static constexpr std::array<wanted_column, size> wanted{want<Elements>({})...};
    static constexpr bool borrows = (detail::borrows<Elements> || ...);

    static row_fault read(std::span<const cell> cells, std::tuple<Elements...>& out) {
        return std::apply(
            [&](auto&... element) { return read_members(cells, std::tie(element...)); }, out);
    }
    static std::string inside(std::span<const cell> cells, std::size_t member) {
        return find_inside<Elements...>(cells, member);
    }
};

/// A single value: a result of one column.
template <class T>
    requires decodable<T>
struct row_reader<T> {
    static constexpr std::size_t size = 1;
    static constexpr std::array<wanted_column, 1> wanted{want<T>({})};
    static constexpr bool borrows = detail::borrows<T>;

    static row_fault read(std::span<const cell> cells, T& out) {
        return {1, decode(cells[0], out)};
    }
    static std::string inside(std::span<const cell> cells, std::size_t member) {
        return find_inside<T>(cells, member);
    }
};

/// Asked wherever rows outlive the answer they were read from.
template <class T>
consteval bool owns_its_values() {
    constexpr bool borrowed = row_reader<T>::borrows;
    static_assert(!borrowed,
                  "this row points into an answer that is gone before it: use std::string for "
                  "std::string_view, or read it in for_each");
    return !borrowed;
}

}  // namespace honeydue::detail
