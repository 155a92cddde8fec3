// SPDX-License-Identifier: MIT
// expect: LISTEN needs a session of its own
#include <honeydue/batch.hpp>
#include <honeydue/pool.hpp>
#include <honeydue/sql.hpp>

namespace hd = honeydue;

#ifdef HONEYDUE_FIXED
auto use(hd::connection& db) {
    return hd::atomically(db, hd::sql<"listen changes">(), hd::sql<"select 1">());
}
#else
auto use(hd::pool& db) {
    return hd::atomically(db, hd::sql<"listen changes">(), hd::sql<"select 1">());
}
#endif
