// SPDX-License-Identifier: MIT
// expect: give its options to transact, not to atomically
#include <honeydue/transaction.hpp>

namespace hd = honeydue;

auto use(hd::transaction& tx) {
#ifdef HONEYDUE_FIXED
    return hd::atomically(tx, hd::runtime("select 1"));
#else
    return hd::atomically(tx, hd::transaction_options{}, hd::runtime("select 1"));
#endif
}
