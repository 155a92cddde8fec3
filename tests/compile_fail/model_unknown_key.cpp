// SPDX-License-Identifier: MIT
// expect: this model's meta names a key column that the struct does not have
// A key of a column that is not there.
#include <cstdint>
#include <string>

#include <honeydue/model.hpp>

namespace app {

#ifdef HONEYDUE_FIXED
struct note {
    static constexpr honeydue::table meta{.key = "number"};

    int number;
};
#else
struct note {
    static constexpr honeydue::table meta{.key = "code"};

    int number;
};
#endif

}  // namespace app

static_assert(honeydue::model<app::note>::table().size() > 3);
