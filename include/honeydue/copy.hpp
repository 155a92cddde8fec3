// SPDX-License-Identifier: MIT
// COPY in binary, in and out, over a direct connection: rows of a struct, a tuple or a single value
// through the codecs, one at a time, so that a table of any size passes through a little memory.
// The format carries no types: the server is asked for the columns' in the same flight, and what
// does not fit is refused before the first row.
// Source: PostgreSQL documentation, "COPY", "Binary Format".
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <ranges>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <honeydue/array.hpp>
#include <honeydue/composite.hpp>
#include <honeydue/connection.hpp>
#include <honeydue/detail/row_plan.hpp>
#include <honeydue/error.hpp>
#include <honeydue/model.hpp>
#include <honeydue/rows.hpp>
#include <honeydue/statement.hpp>

namespace honeydue {

/// A table and those of its columns that rows are copied into, part by part. Names are taken as
/// they are.
struct copy_target {
    std::string_view schema{};  ///< empty: as the search path has it
    std::string_view table{};
    std::vector<std::string_view> columns{};
};

namespace detail {

/// Writes the next row's cells; false when there was none. Lifetime: borrows the callable, for the
/// length of one call.
class copy_source {
public:
    template <class Callable>
    explicit copy_source(Callable& callable) noexcept
        : callable_{std::addressof(callable)},
          call_{[](void* held, byte_writer& to, row_fault& at) {
              return (*static_cast<Callable*>(held))(to, at);
          }} {}

    bool operator()(byte_writer& to, row_fault& at) const { return call_(callable_, to, at); }

private:
    void* callable_;
    bool (*call_)(void*, byte_writer&, row_fault&);
};

/// Takes the next row's cells. Lifetime: as copy_source.
class copy_sink {
public:
    template <class Callable>
    explicit copy_sink(Callable& callable) noexcept
        : callable_{std::addressof(callable)},
          call_{[](void* held, std::span<const cell> cells, row_fault& at) {
              return (*static_cast<Callable*>(held))(cells, at);
          }} {}

    result<void> operator()(std::span<const cell> cells, row_fault& at) const {
        return call_(callable_, cells, at);
    }

private:
    void* callable_;
    result<void> (*call_)(void*, std::span<const cell>, row_fault&);
};

/// What the rows of one call are.
struct copied_rows {
    std::string_view type;
    std::span<const wanted_column> wanted;
};

[[nodiscard]] result<std::uint64_t> copy_in(connection& to, const copy_target& target,
                                            const copied_rows& what, copy_source source,
                                            deadline until);
[[nodiscard]] result<std::uint64_t> copy_out(connection& from, std::string_view query,
                                             const copied_rows& what, copy_sink sink,
                                             deadline until);

/// "select a, b from t", with every name in quotes.
[[nodiscard]] std::string select_of(const copy_target& source);

/// What a column must be for a `Part` to be copied into it: the server reads the bytes as they are,
/// and widens nothing.
template <class Part>
consteval wanted_column give(std::string_view name) {
    using value = typename array_element<Part>::type;
    static_assert(check_encodable<value>());
    return {name, codec<value>::sql_name, [](oid column) noexcept {
                return codec<value>::type == column ||
                       (codec<value>::type == oids::inferred && codec<value>::accepts(column));
            }};
}

/// How a row is taken apart.
template <class Row>
struct copied_parts {
    using tied = decltype(tie_parts(std::declval<const Row&>()));
    static auto tie(const Row& row) { return tie_parts(row); }
};
template <class Row>
    requires decodable<Row> || encodable<Row>
struct copied_parts<Row> {
    using tied = std::tuple<const Row&>;
    static tied tie(const Row& row) { return tied{row}; }
};

template <class Row, std::size_t Index>
using copied_part =
    std::remove_cvref_t<std::tuple_element_t<Index, typename copied_parts<Row>::tied>>;

/// All parts of a row, by position.
template <class Row>
struct every_part {
    static constexpr std::size_t count = std::tuple_size_v<typename copied_parts<Row>::tied>;
    static constexpr std::size_t size = count;
    template <std::size_t>
    static constexpr bool has = true;
    template <std::size_t>
    static constexpr std::string_view name{};
};

/// The columns of a model that are not made by the server.
template <class Model>
struct given_parts {
    static constexpr std::size_t count = model<Model>::size;
    template <std::size_t Index>
    static constexpr bool has = !model<Model>::described()[Index].is_generated;
    template <std::size_t Index>
    static constexpr std::string_view name = model<Model>::columns[Index];
    static constexpr std::size_t size = []<std::size_t... Index>(std::index_sequence<Index...>) {
        return (std::size_t{has<Index>} + ... + 0);
    }
    (std::make_index_sequence<count>{});
};

template <class Row, class Parts>
inline constexpr auto given_columns = [] {
    std::array<wanted_column, Parts::size> all{};
    std::size_t next = 0;
    [&]<std::size_t... Index>(std::index_sequence<Index...>) {
        const auto add = [&]<std::size_t At>() {
            if constexpr (Parts::template has<At>)
                all[next++] = give<copied_part<Row, At>>(Parts::template name<At>);
        };
        (add.template operator()<Index>(), ...);
    }
    (std::make_index_sequence<Parts::count>{});
    return all;
}();

/// Writes the parts of one row until one does not fit.
template <class Parts, class Row>
void write_copied(const Row& row, byte_writer& to, row_fault& at) {
    to.integer(static_cast<std::int16_t>(Parts::size));
    const auto parts = copied_parts<Row>::tie(row);
    const auto write = [&]<std::size_t Index>() {
        if constexpr (Parts::template has<Index>) {
            if (at.fault != codec_fault::none) return;
            ++at.member;
            at.fault = array_element<copied_part<Row, Index>>::encode(std::get<Index>(parts), to);
        }
    };
    [&]<std::size_t... Index>(std::index_sequence<Index...>) {
        (write.template operator()<Index>(), ...);
    }
    (std::make_index_sequence<Parts::count>{});
}

template <class Parts, class Range>
[[nodiscard]] result<std::uint64_t> copy_range(connection& to, const copy_target& target,
                                               Range& values, deadline until) {
    using row = std::remove_cvref_t<std::ranges::range_reference_t<Range>>;
    auto next = std::ranges::begin(values);
    const auto end = std::ranges::end(values);
    bool first = true;
    auto write = [&](byte_writer& into, row_fault& at) {
        // Moved on only when another is wanted: a generator may wait for its next.
        if (!std::exchange(first, false)) ++next;
        if (next == end) return false;
        const row& value = *next;
        write_copied<Parts>(value, into, at);
        return true;
    };
    return copy_in(to, target, {type_name<row>, given_columns<row, Parts>}, copy_source{write},
                   until);
}

template <class T, class Take>
[[nodiscard]] result<std::uint64_t> copy_each(connection& from, std::string_view query, Take& take,
                                              deadline until) {
    using reader = row_reader<T>;
    auto read = [&](std::span<const cell> cells, row_fault& at) -> result<void> {
        T value{};
        at = reader::read(cells, value);
        if (at.fault != codec_fault::none) return {};
        if constexpr (std::is_void_v<std::invoke_result_t<Take&, T&&>>) {
            take(std::move(value));
            return {};
        } else {
            return take(std::move(value));
        }
    };
    return copy_out(from, query, {type_name<T>, reader::wanted}, copy_sink{read}, until);
}

template <class Model>
[[nodiscard]] copy_target whole_table() {
    return {model<Model>::schema,
            model<Model>::table(),
            {model<Model>::columns.begin(), model<Model>::columns.end()}};
}

}  // namespace detail

/// Copies a range of models into their table, all or none of it, and answers their number. Columns
/// the server makes, such as an identity key, are left to it. An error of the server is heard when
/// everything has been sent; after any error once rows are under way the connection is closed,
/// which ends the transaction too. Needs the right to SELECT.
/// Errors: encode, by member and row, also when a column is not exactly of the member's type;
/// statement, connection_lost, deadline, refused, round_trip_budget.
/// Cost: 2 round trips, and the rows; memory for 64 kB and one row.
template <std::ranges::input_range Range>
[[nodiscard]] result<std::uint64_t> copy_in(connection& to, Range&& values,
                                            deadline until = no_deadline) {
    using model_type = std::remove_cvref_t<std::ranges::range_reference_t<Range>>;
    using parts = detail::given_parts<model_type>;
    copy_target target = detail::whole_table<model_type>();
    target.columns.clear();
    for (const detail::wanted_column& one : detail::given_columns<model_type, parts>)
        target.columns.push_back(one.name);
    return detail::copy_range<parts>(to, target, values, until);
}

/// The same into columns that are named here, of structs, tuples or single values by position: keys
/// are sent as they are.
template <std::ranges::input_range Range>
[[nodiscard]] result<std::uint64_t> copy_in(connection& to, const copy_target& target,
                                            Range&& values, deadline until = no_deadline) {
    using row = std::remove_cvref_t<std::ranges::range_reference_t<Range>>;
    return detail::copy_range<detail::every_part<row>>(to, target, values, until);
}

/// Gives every row that `query` reads to `take`, as a `T`: a struct by column names, a tuple by
/// position, a single value from a single column. `take` takes a `T` and returns `result<void>`, or
/// nothing; its error or exception closes the connection, the server's may follow rows already
/// given. COPY has no parameters: a query with any is refused.
/// Errors: as copy_in's; decode, by member and row. Cost: 1 round trip; memory for one row.
template <class T, class Take>
[[nodiscard]] result<std::uint64_t> copy_out(connection& from, const statement& query, Take&& take,
                                             deadline until = no_deadline) {
    if (auto sound = query.check(); !sound) return tl::unexpected{std::move(sound.error())};
    if (query.parameters().size() != 0) {
        return fail(errc::refused, "COPY takes no parameters: stream the query instead");
    }
    return detail::copy_each<T>(from, query.text(), take, until);
}

/// The same of a model's whole table, in no particular order.
template <class Model, class Take>
[[nodiscard]] result<std::uint64_t> copy_out(connection& from, Take&& take,
                                             deadline until = no_deadline) {
    return detail::copy_each<Model>(from, detail::select_of(detail::whole_table<Model>()), take,
                                    until);
}

}  // namespace honeydue
