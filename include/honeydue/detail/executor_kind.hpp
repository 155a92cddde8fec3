// SPDX-License-Identifier: MIT
// What is known of an executor by its type: whether its session is shared, and whether it stands
// inside a transaction. Executors that are not ours are asked at run time.
#pragma once

#include <cstdint>

namespace honeydue {

class connection;
class pool;
class lease;
class transaction;

namespace detail {

/// `group` is nobody's type: several statements that are one transaction, whoever sends them.
enum class executor_kind : std::uint8_t { unknown, connection, pool, transaction, group };

template <class Db>
inline constexpr executor_kind kind_of = executor_kind::unknown;
template <>
inline constexpr executor_kind kind_of<connection> = executor_kind::connection;
template <>
inline constexpr executor_kind kind_of<pool> = executor_kind::pool;
/// Behind a pooler a lease is no session of its own either.
template <>
inline constexpr executor_kind kind_of<lease> = executor_kind::pool;
template <>
inline constexpr executor_kind kind_of<transaction> = executor_kind::transaction;

/// What a statement meets when it is sent to `Db` together with others.
template <class Db>
inline constexpr executor_kind kind_of_group =
    kind_of<Db> == executor_kind::pool || kind_of<Db> == executor_kind::transaction
        ? executor_kind::transaction
        : executor_kind::group;

/// Whether a query says, when it is compiled, that it may stand in such a group.
template <class Query, executor_kind Kind>
consteval bool check_grouped() {
    if constexpr (requires { Query::template check_place<Kind>(); }) {
        return Query::template check_place<Kind>();
    } else {
        return true;
    }
}

}  // namespace detail
}  // namespace honeydue
