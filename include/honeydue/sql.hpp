// SPDX-License-Identifier: MIT
// sql<"…">(…): SQL as you write it, read while compiling. What is no sound statement does not
// compile; what a pooler would break is refused by the verb that sends it there.
#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <honeydue/detail/executor_kind.hpp>
#include <honeydue/detail/fixed_text.hpp>
#include <honeydue/detail/sql_reader.hpp>
#include <honeydue/statement.hpp>
#include <honeydue/verbs.hpp>

namespace honeydue {

namespace detail {

template <sql_fault Fault>
consteval bool check_sound() {
    static_assert(Fault != sql_fault::open_text, "this SQL has a string that is never closed");
    static_assert(Fault != sql_fault::open_name,
                  "this SQL has a name in double quotes that is never closed");
    static_assert(Fault != sql_fault::open_dollar_quote,
                  "this SQL has a dollar quote that is never closed");
    static_assert(Fault != sql_fault::open_comment, "this SQL has a comment that is never closed");
    static_assert(Fault != sql_fault::parentheses, "this SQL has parentheses that do not match");
    static_assert(Fault != sql_fault::several_statements,
                  "sql<> takes one statement: send several with together or atomically");
    static_assert(Fault != sql_fault::parameter_gap,
                  "the placeholders of this SQL have a gap: number them $1, $2 and on");
    static_assert(Fault != sql_fault::no_statement, "this SQL says nothing");
    static_assert(Fault != sql_fault::nul, "this SQL has a NUL byte");
    return Fault == sql_fault::none;
}

/// What a construct needs, where `Kind` has no session or no room for it.
template <construct What, executor_kind Kind>
consteval bool check_place() {
    constexpr bool shared = Kind == executor_kind::pool || Kind == executor_kind::transaction;
    constexpr bool inside = Kind == executor_kind::transaction || Kind == executor_kind::group;
    static_assert(What != construct::copy,
                  "COPY is no statement of a group: insert a range, which is one statement");
    static_assert(!shared || What != construct::set,
                  "SET stays behind in a session that is shared: say set_config(name, value, true) "
                  "in a transaction, or use a direct connection");
    static_assert(!shared || What != construct::set_config,
                  "set_config(…) that is not local stays behind in a session that is shared: its "
                  "third argument must be true, or use a direct connection");
    static_assert(!shared || What != construct::listen,
                  "LISTEN needs a session of its own: use a direct connection");
    static_assert(
        !shared || What != construct::session_lock,
        "a session's advisory lock is lost behind a pooler: take pg_advisory_xact_lock in "
        "a transaction, or use a direct connection");
    static_assert(!shared || What != construct::prepared,
                  "PREPARE, EXECUTE and DEALLOCATE need a session of their own: say the statement "
                  "itself, which is planned with its values");
    static_assert(!shared || What != construct::discard,
                  "DISCARD resets whatever session it meets: use a direct connection");
    static_assert(!shared || What != construct::load,
                  "LOAD is for one session: set session_preload_libraries on the server");
    static_assert(!shared || What != construct::temporary,
                  "a temporary table is seen by strangers behind a pooler: say on commit drop in a "
                  "transaction, use a cte, or use a direct connection");
    static_assert(!shared || What != construct::held_cursor,
                  "a cursor WITH HOLD is lost behind a pooler: use for_each, which streams");
    static_assert(!shared || What != construct::last_value,
                  "currval and lastval read what another session did: use returning");
    static_assert(!shared || What != construct::odd_name,
                  "a function called by a U&\"\" name cannot be read: write its name plainly");
    static_assert((!shared && !inside) || What != construct::transaction_control,
                  "BEGIN, COMMIT, ROLLBACK and SAVEPOINT are not sent as text: use transact or "
                  "atomically");
    static_assert((!shared && !inside) || What != construct::call,
                  "CALL may commit by itself: use a direct connection");
    static_assert(!inside || What != construct::maintenance,
                  "this cannot run inside a transaction: send it alone");
    static_assert(Kind != executor_kind::pool ||
                      (What != construct::row_lock && What != construct::transaction_only),
                  "this has an effect only inside a transaction: use transact");
    return true;
}

template <fixed_text Text>
inline constexpr sql_reading reading_of = read_sql(Text.view());

/// The shape of a text and the types of its arguments; made once, shared by all calls.
template <fixed_text Text, class... Arguments>
struct [[gnu::visibility("hidden")]] raw_shape {
    static constexpr oid types[sizeof...(Arguments) + 1]{codec<Arguments>::type..., oids::inferred};
    static constexpr statement_shape value{Text.view(),
                                           {types, sizeof...(Arguments)},
                                           reading_of<Text>.does,
                                           reading_of<Text>.place()};
};

inline constexpr std::size_t longest_sql = 8192;

}  // namespace detail

/// A statement of your own text. What a row of it is, the verb is told: `fetch_one<brief>(db)`;
/// or the query, once, by `as<brief>()`.
template <detail::construct What, honeydue::effect Does, class Row = void>
class raw_query {
public:
    using row = Row;
    static constexpr bool is_raw = true;
    static constexpr honeydue::effect effect = Does;
    static constexpr honeydue::place place = detail::place_of(What);

    explicit raw_query(statement made) noexcept : statement_{std::move(made)} {}

    /// This text only reads: it may be sent twice, and stand in `together`. The server is told too,
    /// in the same flight, and refuses it should that not be so; not inside a transaction, which
    /// has its own say.
    [[nodiscard]] auto reads() const {
        static_assert(Does != honeydue::effect::writes,
                      "this SQL writes: reads() would have the server refuse it");
        return raw_query<What, honeydue::effect::reads, Row>{statement_.as_reading()};
    }

    /// What a row is read into.
    template <class Other>
    [[nodiscard]] auto as() const {
        return raw_query<What, Does, Other>{statement_};
    }

    [[nodiscard]] const statement& make_statement() const noexcept { return statement_; }

    template <detail::executor_kind Kind>
    static consteval bool check_place() {
        return detail::check_place<What, Kind>();
    }

    template <class Into = Row, executor Db, class... Until>
    [[nodiscard]] auto fetch_all(Db& db, Until... until) const {
        return honeydue::fetch_all<wanted<Into, Db>>(db, *this, until...);
    }
    template <class Into = Row, executor Db, class... Until>
    [[nodiscard]] auto fetch_one(Db& db, Until... until) const {
        return honeydue::fetch_one<wanted<Into, Db>>(db, *this, until...);
    }
    template <class Into = Row, executor Db, class... Until>
    [[nodiscard]] auto fetch_optional(Db& db, Until... until) const {
        return honeydue::fetch_optional<wanted<Into, Db>>(db, *this, until...);
    }
    template <executor Db, class... Until>
    [[nodiscard]] result<std::uint64_t> execute(Db& db, Until... until) const {
        static_assert(check_place<detail::kind_of<Db>>());
        return honeydue::execute(db, *this, until...);
    }
    template <class Into = Row, class Db, class Take, class... Until>
    [[nodiscard]] result<void> for_each(Db& db, Take&& take, Until... until) const {
        return honeydue::for_each<wanted<Into, Db>>(db, *this, std::forward<Take>(take), until...);
    }

private:
    template <class Into, class Db>
    static consteval auto check() {
        static_assert(check_place<detail::kind_of<Db>>());
        static_assert(!std::is_void_v<Into>,
                      "say what a row of this SQL is: fetch_one<row>(db), or .as<row>()");
        return std::type_identity<Into>{};
    }
    template <class Into, class Db>
    using wanted = typename decltype(check<Into, Db>())::type;

    statement statement_;
};

/// SQL read while compiling; its arguments are $1, $2 and on.
/// Range: 8 KiB of text. Lifetime: a string_view or literal among the arguments is not kept, nor
/// anything else: they are encoded here.
template <detail::fixed_text Text, class... Arguments>
[[nodiscard]] auto sql(const Arguments&... arguments) {
    static_assert(Text.view().size() <= detail::longest_sql,
                  "sql<> reads up to 8 KiB of text: give a longer one to runtime()");
    if constexpr (Text.view().size() <= detail::longest_sql) {
        constexpr detail::sql_reading reading = detail::reading_of<Text>;
        static_assert(detail::check_sound<reading.fault>());
        static_assert(
            reading.fault != detail::sql_fault::none || reading.parameters == sizeof...(Arguments),
            "this SQL has another number of placeholders than arguments were given");
        parameters values;
        (values.add(arguments), ...);
        return raw_query<reading.what, reading.does>{
            statement{detail::raw_shape<Text, Arguments...>::value, std::move(values)}};
    }
}

}  // namespace honeydue
