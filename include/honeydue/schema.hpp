// SPDX-License-Identifier: MIT
// Models and the tables behind them: CREATE TABLE from a model, a first migration from several, and
// where the live catalog says something else. What the struct does not know is not said: lengths,
// checks other than an enum's labels, and defaults stay the migration's business.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <honeydue/enumeration.hpp>
#include <honeydue/error.hpp>
#include <honeydue/model.hpp>
#include <honeydue/rows.hpp>
#include <honeydue/statement.hpp>
#include <honeydue/verbs.hpp>

namespace honeydue {

enum class drift_kind : std::uint8_t {
    missing_table,
    missing_column,
    extra_column,  ///< the model does not have it
    type,          ///< the member cannot hold what the column does
    nullability,
    key,
    default_value,  ///< the model leaves the column to the server, which has nothing to put there
    generated,      ///< the model sends what only the server may compute
    foreign_key,
    foreign_key_index,
};

/// One place where a model and its table differ.
struct drift {
    drift_kind kind{};
    std::string table{};
    std::string column{};    ///< empty: the table itself
    std::string sentence{};  ///< "task_task.title: …", in full
    std::string mend{};      ///< SQL that makes the table what the model says
};

/// One place where a statement and what it is read into do not agree with the database.
struct mismatch {
    std::size_t query = 0;   ///< among those given, from 1
    std::string sentence{};  ///< "query 2: task::task::title: expected text, …", in full
};

/// Anything that has statements described without running them, such as a `connection` or a `pool`.
template <class T>
concept describer = requires(T& db, std::span<const statement> asked, const statement& question) {
    { db.describe(asked, question) } -> std::same_as<result<std::vector<rows>>>;
};

namespace detail {

/// A statement and the members its rows are read into; none for a count.
struct expected_answer {
    statement asked;
    std::string_view type{};
    std::span<const wanted_column> wanted{};
};

template <class Query>
[[nodiscard]] expected_answer expect(const Query& query) {
    if constexpr (std::is_void_v<typename Query::row>) {
        return {query.make_statement()};
    } else {
        return {query.make_statement(), type_name<typename Query::row>,
                row_reader<typename Query::row>::wanted};
    }
}

/// Which columns of which tables can be NULL.
[[nodiscard]] const statement& ask_nullable();

/// What to do after an answer: report what differs, or leave out what the server refuses and ask
/// again.
class verification {
public:
    explicit verification(std::vector<expected_answer> all);

    [[nodiscard]] bool done() const noexcept { return left_.empty(); }
    [[nodiscard]] std::vector<statement> asks() const;
    /// Errors: what is not about a statement, such as a lost connection.
    [[nodiscard]] result<void> take(const result<std::vector<rows>>& answer);
    /// By query.
    [[nodiscard]] std::vector<mismatch> found() &&;

private:
    void say(std::size_t query, std::string_view sentence);

    std::vector<expected_answer> all_;
    std::vector<std::size_t> left_;
    std::vector<mismatch> found_;
};

struct described_member {
    model_column column{};
    bool (*accepts)(oid) noexcept = nullptr;
    std::span<const std::string_view> labels{};  ///< of an enum that is stored by them
};

struct described_model {
    std::string_view schema{};
    std::string_view table{};
    std::string_view key{};
    std::span<const described_member> members{};
};

template <class E>
inline constexpr auto label_texts = [] {
    std::array<std::string_view, std::size(labels_of<E>)> texts{};
    for (std::size_t i = 0; i < texts.size(); ++i)
        texts[i] = labels_of<E>[i].label;
    return texts;
}();

template <class T>
struct labels_of_member {
    static constexpr std::span<const std::string_view> texts{};
};
template <class T>
struct labels_of_member<std::optional<T>> : labels_of_member<T> {};
template <any_enum E>
    requires(storage_of<E>.as == enum_storage::form::label)
struct labels_of_member<E> {
    static constexpr std::span<const std::string_view> texts{label_texts<E>};
};

template <class Model>
inline constexpr auto described_members = []<std::size_t... Index>(std::index_sequence<Index...>) {
    return std::array<described_member, model<Model>::size>{described_member{
        .column = model<Model>::described()[Index],
        .accepts =
            [](oid found) noexcept { return codec<member_type<Index, Model>>::accepts(found); },
        .labels = labels_of_member<member_type<Index, Model>>::texts}...};
}
(std::make_index_sequence<model<Model>::size>{});

template <class Model>
[[nodiscard]] described_model describe() {
    return {model<Model>::schema, model<Model>::table(), model<Model>::key,
            described_members<Model>};
}

[[nodiscard]] std::string create_table(const described_model& of);
[[nodiscard]] std::string draft_migration(std::span<const described_model> models);
[[nodiscard]] statement ask_catalog(std::span<const described_model> models);
[[nodiscard]] result<std::vector<drift>> find_drifts(std::span<const described_model> models,
                                                     const rows& catalog);

}  // namespace detail

/// The table a model describes, with its keys, foreign keys, an enum's labels, and an index on
/// every foreign key. Names are quoted; text has no length.
template <class Model>
[[nodiscard]] std::string create_table() {
    return detail::create_table(detail::describe<Model>());
}

/// A first migration, in goose's format, with a Down: the tables of these models, those before
/// others that are referenced by them.
template <class... Models>
[[nodiscard]] std::string draft_migration() {
    static_assert(sizeof...(Models) > 0, "draft_migration<model, …>() takes at least one model");
    const std::array models{detail::describe<Models>()...};
    return detail::draft_migration(models);
}

/// Where the live catalog differs from these models, each with the SQL that would mend it; empty
/// when it does not. Tables and views of other names are not looked at.
/// Cost: 1 round trip, whatever the number of models.
template <class... Models, executor Db>
[[nodiscard]] result<std::vector<drift>> compare(Db& db) {
    static_assert(sizeof...(Models) > 0, "compare<model, …>(db) takes at least one model");
    const std::array models{detail::describe<Models>()...};
    const statement asked = detail::ask_catalog(models);
    auto received = db.run(std::span{&asked, 1});
    if (!received) return tl::unexpected{std::move(received.error())};
    return detail::find_drifts(models, received->front());
}

/// Has the database read each of these queries, none of which is run, and says where what it would
/// answer does not fit what the query is read into: columns, types, and columns of a table that can
/// be NULL where the member cannot. What an expression gives, or a join leaves out, is not judged.
/// Errors: of the connection. Cost: 1 round trip, and 1 more for each query the server refuses.
template <describer Db, is_query... Queries>
[[nodiscard]] result<std::vector<mismatch>> verify(Db& db, const Queries&... queries) {
    detail::verification all{{detail::expect(queries)...}};
    while (!all.done()) {
        if (auto taken = all.take(db.describe(all.asks(), detail::ask_nullable())); !taken)
            return tl::unexpected{std::move(taken.error())};
    }
    return std::move(all).found();
}

}  // namespace honeydue
