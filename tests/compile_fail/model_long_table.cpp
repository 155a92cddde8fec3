// SPDX-License-Identifier: MIT
// expect: a table's name is at most 63 bytes in PostgreSQL: give a shorter one in meta
// The server cuts longer names in silence.
#include <cstdint>
#include <string>

#include <honeydue/model.hpp>

namespace app {

#ifdef HONEYDUE_FIXED
struct note {
    int number;
};
#else
struct a_name_that_goes_on_and_on_until_it_is_longer_than_the_server_keeps {
    int number;
};
using note = a_name_that_goes_on_and_on_until_it_is_longer_than_the_server_keeps;
#endif

}  // namespace app

static_assert(honeydue::model<app::note>::table().size() > 3);
