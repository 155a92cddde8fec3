// SPDX-License-Identifier: MIT
// expect: a column's name is 1 to 63 bytes in PostgreSQL: rename it in meta
// The server cuts longer names in silence.
#include <cstdint>
#include <string>

#include <honeydue/model.hpp>

namespace app {

#ifdef HONEYDUE_FIXED
struct note {
    int a_name_that_fits;
};
#else
struct note {
    int a_name_that_goes_on_and_on_until_it_is_longer_than_the_server_keeps_x;
};
#endif

}  // namespace app

static_assert(honeydue::model<app::note>::table().size() > 3);
