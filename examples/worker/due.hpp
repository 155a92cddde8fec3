// SPDX-License-Identifier: MIT
// The work of the reference system that nobody asks for, because only time makes it due.
#pragma once

#include <cstdint>

#include <honeydue/error.hpp>
#include <honeydue/pool.hpp>

namespace worker {

/// The newest migration whose columns and keys are used here.
inline constexpr std::int64_t needed_schema = 3;

struct batch_done {
    std::int64_t moved = 0;    ///< recurring tasks, to their next occurrence
    std::int64_t told = 0;     ///< notifications of what is due soon or overdue
    std::int64_t expired = 0;  ///< subscriptions
    bool is_full = false;      ///< there may be more
};

/// Claims at most `size` of each kind and does it, all or nothing. What another worker has claimed
/// is passed over. Doing it again does nothing: a task is moved on from the date that was
/// completed, a notification is keyed by the date it tells of, and what has expired is no longer
/// paid for. Cost: 1 round trip.
[[nodiscard]] honeydue::result<batch_done> do_batch(honeydue::pool& db, std::int64_t size);

}  // namespace worker
