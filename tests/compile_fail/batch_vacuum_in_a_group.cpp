// SPDX-License-Identifier: MIT
// expect: this cannot run inside a transaction
#include <honeydue/batch.hpp>
#include <honeydue/sql.hpp>

namespace hd = honeydue;

void use(hd::batch& several) {
#ifdef HONEYDUE_FIXED
    several.add(hd::sql<"analyze">());
#else
    several.add(hd::sql<"vacuum">());
#endif
}
