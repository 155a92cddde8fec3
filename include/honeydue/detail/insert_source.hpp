// SPDX-License-Identifier: MIT
// What is inserted: one row, a range of rows as arrays, or the rows of a select.
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <honeydue/array.hpp>
#include <honeydue/detail/assignment.hpp>

namespace honeydue::detail {

/// Whether an identity key is left to the server.
enum class identity : unsigned char { made_by_server, given };

/// Which members of `Model` are written: not what the server computes, nor what is left to its
/// default.
template <class Model, identity Identity, auto... Defaulted>
struct written_columns {
    template <std::size_t Index>
    static consteval bool has() {
        constexpr model_column own = describe_own<Model, Index>();
        constexpr bool left = ((column<Defaulted>::name == own.name) || ...);
        if (own.is_identity) return Identity == identity::given && !left;
        return !left && !own.is_generated && !own.is_defaulted;
    }
    static constexpr std::size_t count = []<std::size_t... Index>(std::index_sequence<Index...>) {
        return (std::size_t{has<Index>()} + ... + 0);
    }
    (std::make_index_sequence<model<Model>::size>{});

    /// Calls `visit.operator()<Index>()` for each, in order.
    template <class Visitor>
    static constexpr void each(Visitor visit) {
        [&]<std::size_t... Index>(std::index_sequence<Index...>) { (visit_one<Index>(visit), ...); }
        (std::make_index_sequence<model<Model>::size>{});
    }

    static constexpr void write_names(sql_writer& to, std::string_view before) {
        std::string_view separator = "";
        each([&]<std::size_t Index>() {
            to.put(separator);
            to.put(before);
            to.identifier(model<Model>::columns[Index]);
            separator = ", ";
        });
    }

    /// "insert into t (a, b)", as far as "values" or "select".
    static constexpr void write_target(sql_writer& to) {
        to.put("insert into ");
        write_table<Model>(to);
        if (count == 0) return;
        to.put(" (");
        write_names(to, "");
        to.put(")");
        if (Identity == identity::given) to.put(" overriding system value");
    }

private:
    template <std::size_t Index, class Visitor>
    static constexpr void visit_one(Visitor& visit) {
        if constexpr (has<Index>()) visit.template operator()<Index>();
    }
};

template <class Model, identity Identity, auto... Defaulted>
struct one_row {
    using columns = written_columns<Model, Identity, Defaulted...>;
    using given_identity = one_row<Model, identity::given, Defaulted...>;
    template <auto... More>
    using with_defaults = one_row<Model, Identity, Defaulted..., More...>;

    Model row;

    [[nodiscard]] const Model& row_or_rows() const { return row; }

    static constexpr void write(sql_writer& to) {
        columns::write_target(to);
        if (columns::count == 0) return to.put(" default values");
        std::string_view lead = " values (";
        columns::each([&]<std::size_t Index>() {
            to.put(lead);
            value_expression<member_type<Index, Model>>::write(to);
            lead = ", ";
        });
        to.put(")");
    }
    void bind(binder& to) const {
        const auto members = tie_members(row);
        columns::each([&]<std::size_t Index>() { to.add(std::get<Index>(members)); });
    }
};

/// A member as it travels in an array: text is borrowed.
template <class T>
struct array_item {
    using type = std::conditional_t<std::same_as<T, std::string>, std::string_view, T>;
};
template <class T>
struct array_item<std::optional<T>> {
    using type = std::optional<typename array_item<T>::type>;
};

template <class T>
inline constexpr bool is_array_member = false;
template <class T>
inline constexpr bool is_array_member<std::vector<T>> = !std::same_as<T, std::byte>;
template <class T>
inline constexpr bool is_array_member<std::optional<T>> = is_array_member<T>;

/// "$n", and its type where the number of that type is not the same everywhere.
template <class Item>
constexpr void write_array(sql_writer& to) {
    value_expression<std::vector<typename array_item<Item>::type>>::write(to);
}

/// Rows as one array for each column, so that the text is the same for every number of rows. An
/// array-valued member travels flat beside the number of its row, for unnest would open a second
/// dimension too.
template <class Model, identity Identity, auto... Defaulted>
struct many_rows {
    using columns = written_columns<Model, Identity, Defaulted...>;
    using given_identity = many_rows<Model, identity::given, Defaulted...>;
    template <auto... More>
    using with_defaults = many_rows<Model, Identity, Defaulted..., More...>;

    static_assert(columns::count > 0,
                  "rows without a column to write cannot be inserted as a range");

    std::vector<Model> rows;
    std::size_t first = 0;
    std::size_t last = rows.size();

    [[nodiscard]] const std::vector<Model>& row_or_rows() const { return rows; }

    template <std::size_t Index>
    using member = member_type<Index, Model>;

    /// The number of a row; a column of that name makes way for it.
    static constexpr std::string_view ordinal =
        index_of_column<Model>("n") < model<Model>::size ? "row_number_of_range" : "n";

    static constexpr void write(sql_writer& to) {
        columns::write_target(to);
        write_selected(to);
        write_unnest(to);
        columns::each([&]<std::size_t Index>() {
            if constexpr (is_array_member<member<Index>>) write_regrouped<Index>(to);
        });
        to.put(" order by x.");
        to.put(ordinal);
    }

    void bind(binder& to) const {
        columns::each([&]<std::size_t Index>() { bind_column<Index>(to); });
        columns::each([&]<std::size_t Index>() {
            if constexpr (is_array_member<member<Index>>) bind_flat<Index>(to);
        });
    }

private:
    /// "items_7": a name of its own, for a column's may be too long to be added to.
    template <std::size_t Index>
    static constexpr void write_items(sql_writer& to) {
        constexpr char digits[] = {'0' + Index / 100, '0' + Index / 10 % 10, '0' + Index % 10};
        to.put("items_");
        to.put({digits + (Index < 10 ? 2 : Index < 100 ? 1 : 0), std::end(digits)});
    }

    static constexpr void write_selected(sql_writer& to) {
        std::string_view lead = " select ";
        columns::each([&]<std::size_t Index>() {
            to.put(lead);
            lead = ", ";
            const std::string_view name = model<Model>::columns[Index];
            if constexpr (is_array_member<member<Index>>) {
                to.put("case when x.");
                to.identifier(name);
                to.put(" then null else coalesce(");
                write_items<Index>(to);
                to.put(".items, '{}') end");
            } else {
                to.put("x.");
                to.identifier(name);
            }
        });
    }

    static constexpr void write_unnest(sql_writer& to) {
        std::string_view lead = " from unnest(";
        columns::each([&]<std::size_t Index>() {
            to.put(lead);
            lead = ", ";
            if constexpr (is_array_member<member<Index>>) {
                to.parameter(oids::bool_array);
            } else {
                write_array<member<Index>>(to);
            }
        });
        to.put(") with ordinality x(");
        columns::write_names(to, "");
        to.put(", ");
        to.put(ordinal);
        to.put(")");
    }

    template <std::size_t Index>
    static constexpr void write_regrouped(sql_writer& to) {
        using item = typename bare<member<Index>>::value_type;
        to.put(" left join (select owner, array_agg(item order by position) as items from unnest(");
        write_array<item>(to);
        to.put(", ");
        to.parameter(oids::int8_array);
        to.put(") with ordinality u(item, owner, position) group by owner) as ");
        write_items<Index>(to);
        to.put(" on ");
        write_items<Index>(to);
        to.put(".owner = x.");
        to.put(ordinal);
    }

    template <std::size_t Index>
    void bind_column(binder& to) const {
        using item = typename array_item<member<Index>>::type;
        std::vector<std::conditional_t<is_array_member<member<Index>>, bool, item>> values;
        values.reserve(last - first);
        for (std::size_t i = first; i < last; ++i) {
            const auto& value = std::get<Index>(tie_members(rows[i]));
            if constexpr (!is_array_member<member<Index>>) {
                values.emplace_back(value);
            } else if constexpr (is_optional<member<Index>>) {
                values.push_back(!value.has_value());
            } else {
                values.push_back(false);
            }
        }
        to.add(values);
    }

    template <std::size_t Index>
    void bind_flat(binder& to) const {
        using item = typename bare<member<Index>>::value_type;
        std::vector<typename array_item<item>::type> items;
        std::vector<std::int64_t> owners;
        const auto add_all = [&](const auto& list, std::size_t owner) {
            for (const auto& one : list) {
                items.emplace_back(one);
                owners.push_back(static_cast<std::int64_t>(owner - first + 1));
            }
        };
        for (std::size_t i = first; i < last; ++i) {
            const auto& value = std::get<Index>(tie_members(rows[i]));
            if constexpr (is_optional<member<Index>>) {
                if (value) add_all(*value, i);
            } else {
                add_all(value, i);
            }
        }
        to.add(items);
        to.add(owners);
    }
};

/// Whether a select of rows `Row` gives what these columns take.
template <class Row>
struct row_parts {
    template <class... Wanted>
    static consteval bool give() {
        if constexpr (sizeof...(Wanted) != 1) {
            return false;
        } else {
            return ((are_comparable<Row, Wanted>() && (is_optional<Wanted> || !is_optional<Row>)) &&
                    ...);
        }
    }
};
template <class... Parts>
struct row_parts<std::tuple<Parts...>> {
    template <class... Wanted>
    static consteval bool give() {
        if constexpr (sizeof...(Wanted) != sizeof...(Parts)) {
            return false;
        } else {
            return (row_parts<Parts>::template give<Wanted>() && ...);
        }
    }
};
template <class Row, class... Wanted>
consteval bool gives() {
    return row_parts<Row>::template give<Wanted...>();
}

/// `insert into t (a, b) select …`.
template <class Model, class Select, auto... Members>
struct selected_rows {
    [[no_unique_address]] Select select;

    static constexpr void write(sql_writer& to) {
        to.put("insert into ");
        write_table<Model>(to);
        std::string_view lead = " (";
        ((to.put(lead), to.identifier(column<Members>::name), lead = ", "), ...);
        to.put(") ");
        Select::write(to);
    }
    void bind(binder& to) const { select.bind(to); }
};

}  // namespace honeydue::detail
