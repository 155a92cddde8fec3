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

namespace detail {

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

}  // namespace honeydue
