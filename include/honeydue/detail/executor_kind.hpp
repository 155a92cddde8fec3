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

enum class executor_kind : std::uint8_t { unknown, connection, pool, transaction };

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

}  // namespace detail
}  // namespace honeydue
