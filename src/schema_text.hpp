// SPDX-License-Identifier: MIT
// Pieces of DDL that a model's tables are made and mended with.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <honeydue/schema.hpp>

namespace honeydue::detail {

/// A name as SQL text, in quotes when it needs them.
[[nodiscard]] std::string spell_name(std::string_view name);
[[nodiscard]] std::string spell_table(std::string_view schema, std::string_view table);

/// The columns of a key: "order_id, line" is two.
[[nodiscard]] std::vector<std::string_view> key_columns(std::string_view key);
/// "(order_id, line)".
[[nodiscard]] std::string spell_key(std::string_view key);

/// "title text not null".
[[nodiscard]] std::string define_column(const described_member& member);
/// "foreign key (owner_id) references auth_user (id)".
[[nodiscard]] std::string define_reference(const model_column& column);
/// "create index on task_task (owner_id)": the server finds a name that is free.
[[nodiscard]] std::string define_index(const described_model& of, const model_column& column);

/// Whether the primary key serves as an index on this column.
[[nodiscard]] bool leads_key(const described_model& of, const model_column& column);

}  // namespace honeydue::detail
