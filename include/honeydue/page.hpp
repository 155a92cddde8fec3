// SPDX-License-Identifier: MIT
// Pages by key: the rows after, or before, one the reader has seen. Whatever is inserted and
// deleted between two pages, no row that stays is left out or shown twice, and page 1 000 costs
// what page 1 does.
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <honeydue/condition.hpp>
#include <honeydue/error.hpp>
#include <honeydue/model.hpp>
#include <honeydue/select.hpp>
#include <honeydue/verbs.hpp>

namespace honeydue {

/// Rows in the order asked for, and where their neighbours begin.
template <class Row>
struct page {
    std::vector<Row> rows{};
    std::optional<std::string> next{};      ///< for `after`; nothing when these rows are the last
    std::optional<std::string> previous{};  ///< for `before`; nothing when they are the first
};

namespace detail {

/// Text for a URL, of the values of a row's keys. `query` is the text of the query they order.
[[nodiscard]] std::string seal_cursor(std::string_view query, const parameters& keys,
                                      std::string_view secret);

/// The values in a cursor, `into.size()` of them. Errors: `errc::cursor`.
[[nodiscard]] result<std::vector<std::byte>> open_cursor(std::string_view cursor,
                                                         std::string_view query,
                                                         std::string_view secret,
                                                         std::span<cell> into);

[[nodiscard]] bool is_utf8(std::string_view text) noexcept;

/// A column of `Model` by its place.
template <class Model, std::size_t Index>
struct member_column : operand<member_column<Model, Index>> {
    using owner = Model;
    using value_type = member_type<Index, Model>;
    static constexpr bool atomic = true;
    static constexpr std::string_view name = model<Model>::columns[Index];

    static constexpr void write(sql_writer& to) { to.column(model<Model>::table(), name); }
    void bind(binder& /*to*/) const {}
};

template <class Key>
struct page_key {
    static constexpr bool is_column = false;
};
template <class Inner, direction Direction, null_position Nulls>
    requires requires { typename Inner::owner; }
struct page_key<sort_key<Inner, Direction, Nulls>> {
    using inner = Inner;
    using value = typename Inner::value_type;

    static constexpr bool is_column = true;
    static constexpr bool is_ascending = Direction == direction::ascending;
    static constexpr bool nulls_are_last =
        Nulls == null_position::by_direction ? is_ascending : Nulls == null_position::last;

    using reversed = sort_key<Inner, is_ascending ? direction::descending : direction::ascending,
                              Nulls == null_position::by_direction ? Nulls
                              : nulls_are_last                     ? null_position::first
                                                                   : null_position::last>;
};

template <class... Keys>
struct key_list {
    using values = std::tuple<typename page_key<Keys>::value...>;
    using reversed = key_list<typename page_key<Keys>::reversed...>;

    [[nodiscard]] static consteval bool has(std::string_view name) {
        return ((page_key<Keys>::inner::name == name) || ...);
    }
    /// Whether the server can compare them as one row: `(a, b) > ($1, $2)`.
    static constexpr bool compare_as_row =
        (!is_optional<typename page_key<Keys>::value> && ...) &&
        ((page_key<Keys>::is_ascending && ...) || (!page_key<Keys>::is_ascending && ...));

    /// "tasks due_date asc nulls last, id asc nulls last", for `name` "tasks".
    [[nodiscard]] static std::string described(std::string_view name) {
        std::string text{name};
        std::string_view separator = " ";
        const auto add = [&](std::string_view column, bool ascending, bool nulls_last) {
            text.append(separator).append(column).append(ascending ? " asc" : " desc");
            text.append(nulls_last ? " nulls last" : " nulls first");
            separator = ", ";
        };
        (add(page_key<Keys>::inner::name, page_key<Keys>::is_ascending,
             page_key<Keys>::nulls_are_last),
         ...);
        return text;
    }

    template <class Select>
    [[nodiscard]] static constexpr auto order(const Select& select) {
        return select.order_by(Keys{}...);
    }
};

/// The keys, followed by those of the model's own that are not among them: an order that knows
/// every row from every other.
template <class Model, std::size_t Index, class... Keys>
consteval auto completed_keys(key_list<Keys...> keys) {
    if constexpr (Index == model<Model>::size) {
        return keys;
    } else {
        using last = page_key<std::tuple_element_t<sizeof...(Keys) - 1, std::tuple<Keys...>>>;
        constexpr model_column column = model<Model>::described()[Index];
        if constexpr (column.is_key && !key_list<Keys...>::has(column.name)) {
            using added =
                sort_key<member_column<Model, Index>,
                         last::is_ascending ? direction::ascending : direction::descending>;
            return completed_keys<Model, Index + 1>(key_list<Keys..., added>{});
        } else {
            return completed_keys<Model, Index + 1>(keys);
        }
    }
}

template <class List>
struct rows_beyond;

/// True for rows that come, in the order of the keys, after the row that has these values.
template <class... Keys>
struct rows_beyond<key_list<Keys...>> : operand<rows_beyond<key_list<Keys...>>> {
    using value_type = bool;
    using values_type = typename key_list<Keys...>::values;
    static constexpr bool atomic = true;
    static constexpr std::size_t size = sizeof...(Keys);

    values_type values;

    explicit rows_beyond(values_type given) : values(std::move(given)) {}

    static constexpr void write(sql_writer& to) {
        if constexpr (key_list<Keys...>::compare_as_row) {
            write_as_row(to);
        } else {
            write_one_by_one(to);
        }
    }
    void bind(binder& to) const {
        std::apply([&](const auto&... value) { (to.add(value), ...); }, values);
    }

private:
    template <std::size_t Index>
    using key = page_key<std::tuple_element_t<Index, std::tuple<Keys...>>>;
    using numbers = std::array<std::size_t, size>;

    static constexpr void write_as_row(sql_writer& to) {
        std::string_view lead = "(";
        ((to.put(lead), page_key<Keys>::inner::write(to), lead = ", "), ...);
        to.put(key<0>::is_ascending ? ") > (" : ") < (");
        lead = "";
        ((to.put(lead), value_expression<sent_as<bare<typename page_key<Keys>::value>>>::write(to),
          lead = ", "),
         ...);
        to.put(")");
    }

    /// The first key once more in front, where that lets an index be entered in the middle.
    static constexpr void write_one_by_one(sql_writer& to) {
        numbers given{};
        if constexpr (size > 1 && !is_optional<typename key<0>::value>) {
            to.put("(");
            key<0>::inner::write(to);
            to.put(key<0>::is_ascending ? " >= " : " <= ");
            write_value<0>(to, given);
            to.put(" and ");
            write_from<0>(to, given);
            to.put(")");
        } else {
            write_from<0>(to, given);
        }
    }

    template <std::size_t Index>
    static constexpr void write_from(sql_writer& to, numbers& given) {
        to.put("(");
        key<Index>::inner::write(to);
        to.put(key<Index>::is_ascending ? " > " : " < ");
        write_value<Index>(to, given);
        if constexpr (is_optional<typename key<Index>::value>) write_nulls<Index>(to, given);
        if constexpr (Index + 1 < size) {
            to.put(" or ");
            key<Index>::inner::write(to);
            to.put(is_optional<typename key<Index>::value> ? " is not distinct from " : " = ");
            write_value<Index>(to, given);
            to.put(" and ");
            write_from<Index + 1>(to, given);
        }
        to.put(")");
    }

    /// NULL compares with nothing: that it comes after everything else, or before, is said.
    template <std::size_t Index>
    static constexpr void write_nulls(sql_writer& to, numbers& given) {
        to.put(" or ");
        key<Index>::inner::write(to);
        to.put(key<Index>::nulls_are_last ? " is null and " : " is not null and ");
        write_value<Index>(to, given);
        to.put(key<Index>::nulls_are_last ? " is not null" : " is null");
    }

    /// Each value is one parameter, however often it is named.
    template <std::size_t Index>
    static constexpr void write_value(sql_writer& to, numbers& given) {
        if (given[Index] != 0) return to.number(given[Index]);
        value_expression<sent_as<bare<typename key<Index>::value>>>::write(to);
        given[Index] = to.size().parameters;
    }
};

template <class T>
struct column_member;
template <auto Member>
struct column_member<column<Member>> {
    template <class Row>
    static const auto& of(const Row& row) {
        return row.*Member;
    }
};
template <class Model, std::size_t Index>
struct column_member<member_column<Model, Index>> {
    template <class Row>
    static const auto& of(const Row& row) {
        return std::get<Index>(tie_members(row));
    }
};

template <class List>
struct cursor_codec;
template <class... Keys>
struct cursor_codec<key_list<Keys...>> {
    template <class Row>
    [[nodiscard]] static std::string seal(const Row& row, std::string_view query,
                                          std::string_view secret) {
        parameters keys;
        (keys.add(column_member<typename page_key<Keys>::inner>::of(row)), ...);
        return seal_cursor(query, keys, secret);
    }

    [[nodiscard]] static result<typename key_list<Keys...>::values> open(std::string_view cursor,
                                                                         std::string_view query,
                                                                         std::string_view secret) {
        std::array<cell, sizeof...(Keys)> cells;
        const auto kept = open_cursor(cursor, query, secret, cells);
        if (!kept) return tl::unexpected{kept.error()};
        typename key_list<Keys...>::values values;
        std::size_t at = 0;
        const bool read = std::apply(
            [&](auto&... value) { return (read_into(cells[at++], value) && ...); }, values);
        if (read) return values;
        return fail(errc::cursor,
                    "the cursor does not hold the keys of this query: begin at the first page");
    }

private:
    /// What is no value of the server's, such as a time beyond its last, is none of ours either.
    template <class T>
    static bool read_into(cell from, T& value) {
        if (!is_optional<T> && from.is_null()) return false;
        if (codec<T>::decode(from, value) != codec_fault::none) return false;
        if constexpr (std::same_as<bare<T>, std::string>) {
            if (!is_utf8(from.text())) return false;
        }
        parameters again;
        again.add(value);
        return again.fault() == codec_fault::none;
    }
};

}  // namespace detail

/// A page whose cursor has been opened, to be asked for in `together`. Made by
/// `paged_query::prepare`.
template <class Select, class Keys>
class prepared_page {
public:
    using row = typename Select::row;
    static constexpr honeydue::effect effect = Select::effect;
    static constexpr honeydue::place place = Select::place;

    [[nodiscard]] const statement& make_statement() const { return asked_; }

    /// The page of the rows that were received. Cost: no round trip.
    [[nodiscard]] page<row> cut(std::vector<row> found) const {
        page<row> made{.rows = std::move(found)};
        // One row more than a page has tells whether there are others.
        const bool more = made.rows.size() > size_;
        if (more) made.rows.pop_back();
        if (side_ == side::before) std::reverse(made.rows.begin(), made.rows.end());
        if (made.rows.empty()) return made;
        const auto seal = [&](const row& one) {
            return detail::cursor_codec<Keys>::seal(one, query_, secret_);
        };
        if (more || side_ == side::before) made.next = seal(made.rows.back());
        if (side_ == side::before ? more : side_ == side::after) {
            made.previous = seal(made.rows.front());
        }
        return made;
    }

private:
    template <class, class>
    friend class paged_query;
    enum class side : unsigned char { first, after, before };

    explicit prepared_page(statement first) : asked_{std::move(first)} {}

    statement asked_;
    std::size_t size_ = 0;
    side side_ = side::first;
    std::string query_{};
    std::string secret_{};
};

/// A select by pages. Made by `pages_of`.
template <class Select, class Keys>
class paged_query {
    using row = typename Select::row;
    using prepared = prepared_page<Select, Keys>;
    using side = typename prepared::side;

public:
    constexpr explicit paged_query(const Select& select) : select_(select) {}

    /// At most this many rows in a page. Range: 1 to 100 000; 50 when not said.
    [[nodiscard]] paged_query size(std::int64_t rows) const {
        paged_query other = *this;
        other.size_ = rows;
        return other;
    }
    /// The page behind the one that gave this cursor as `next`; the first page when it is empty.
    [[nodiscard]] paged_query after(std::string_view cursor) const {
        return at(cursor, cursor.empty() ? side::first : side::after);
    }
    /// The page in front of the one that gave this cursor as `previous`.
    [[nodiscard]] paged_query before(std::string_view cursor) const {
        return at(cursor, cursor.empty() ? side::first : side::before);
    }
    /// Signs the cursors, so that nobody can make one up. Without, they can be read and made up,
    /// which shows nobody more than the query does: their values are parameters like any other.
    [[nodiscard]] paged_query signed_with(std::string_view secret) const {
        paged_query other = *this;
        other.secret_ = secret;
        return other;
    }

    /// Cursors know their query by its text. With a name they know it by that, and by the order:
    /// a query whose conditions are written in several ways, or will be, has one name for all.
    [[nodiscard]] paged_query named(std::string_view name) const {
        paged_query other = *this;
        other.name_ = name;
        return other;
    }

    /// The page as a query for `together`; its `cut` makes a page of the rows.
    /// Errors: `errc::cursor` for a cursor that is cut off, changed, of another query or order, or
    /// signed otherwise; `errc::configuration` for a size out of range. Cost: no round trip.
    [[nodiscard]] result<prepared> prepare() const {
        if (size_ < 1 || size_ > most_rows) {
            return fail(errc::configuration, "size: a page has 1 to 100000 rows");
        }
        prepared made{Keys::order(select_).limit(size_ + 1).make_statement()};
        made.size_ = static_cast<std::size_t>(size_);
        made.side_ = side_;
        made.secret_ = secret_;
        made.query_ = known_as(made.asked_.text());
        if (side_ == side::first) return made;
        const auto seen = detail::cursor_codec<Keys>::open(cursor_, made.query_, secret_);
        if (!seen) return tl::unexpected{seen.error()};
        made.asked_ =
            side_ == side::after ? beyond<Keys>(*seen) : beyond<typename Keys::reversed>(*seen);
        return made;
    }

    /// Errors: as `prepare`, and as `fetch_all`. Cost: 1 round trip.
    template <executor Db, class... Until>
    [[nodiscard]] result<page<row>> fetch(Db& db, Until... until) const {
        const auto asked = prepare();
        if (!asked) return tl::unexpected{asked.error()};
        return honeydue::fetch_all<row>(db, asked->make_statement(), until...)
            .map([&](std::vector<row>&& found) { return asked->cut(std::move(found)); });
    }

private:
    static constexpr std::int64_t most_rows = 100'000;

    [[nodiscard]] std::string known_as(std::string_view text) const {
        return name_.empty() ? std::string{text} : Keys::described(name_);
    }

    [[nodiscard]] paged_query at(std::string_view cursor, side where) const {
        paged_query other = *this;
        other.cursor_ = cursor;
        other.side_ = where;
        return other;
    }

    template <class Order>
    [[nodiscard]] statement beyond(const typename Keys::values& seen) const {
        return Order::order(select_.where(detail::rows_beyond<Order>(seen)))
            .limit(size_ + 1)
            .make_statement();
    }

    Select select_;
    std::int64_t size_ = 50;
    side side_ = side::first;
    std::string cursor_{}, secret_{}, name_{};
};

/// The rows of `select`, which reads a model and has no order or limit, page by page in the order
/// of `keys`, which are the model's columns: `col<&task::task::due_date>.ascending().nulls_last()`.
/// The model's own key is added behind them when it is not among them. An index on the same columns
/// is entered where the page begins when the first of them cannot be NULL; else it is walked.
template <class Select, class... Keys>
[[nodiscard]] constexpr auto pages_of(const Select& select, const Keys&... /*keys*/) {
    using row = typename Select::row;
    constexpr bool by_columns = (detail::page_key<Keys>::is_column && ...);
    static_assert(sizeof...(Keys) > 0, "pages_of takes at least one key to order the rows by");
    static_assert(by_columns,
                  "pages_of orders by columns with a direction: col<&model::member>.ascending()");
    if constexpr (by_columns) {
        static_assert((std::same_as<typename detail::page_key<Keys>::inner::owner, row> && ...),
                      "pages_of takes a select of a whole model, ordered by that model's columns");
        static_assert(
            !model<row>::key.empty(),
            "this model has no key, so that nothing tells its rows apart: name one in meta");
        return paged_query<Select, decltype(detail::completed_keys<row, 0>(
                                       detail::key_list<Keys...>{}))>{select};
    }
}

}  // namespace honeydue
