// SPDX-License-Identifier: MIT
// expect: this model's meta names a column or member that the struct does not have
// A slip in a list of columns.
#include <cstdint>
#include <string>

#include <honeydue/model.hpp>

namespace app {

#ifdef HONEYDUE_FIXED
struct note {
    static constexpr honeydue::table meta{.generated = {"total"}};

    int total;
};
#else
struct note {
    static constexpr honeydue::table meta{.generated = {"totl"}};

    int total;
};
#endif

}  // namespace app

static_assert(honeydue::model<app::note>::table().size() > 3);
