// SPDX-License-Identifier: MIT
// expect: atomically takes at least one statement
#include <honeydue/batch.hpp>
#include <honeydue/pool.hpp>

namespace hd = honeydue;

auto use(hd::pool& db) {
#ifdef HONEYDUE_FIXED
    return hd::atomically(db, hd::transaction_options{}, hd::runtime("select 1"));
#else
    return hd::atomically(db, hd::transaction_options{});
#endif
}
