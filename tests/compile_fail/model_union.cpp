// SPDX-License-Identifier: MIT
// expect: a honeydue model is a struct: this type is not one
// A union has no columns.
#include <cstdint>
#include <string>

#include <honeydue/model.hpp>

namespace app {

#ifdef HONEYDUE_FIXED
struct note {
    int number;
    float fraction;
};
#else
union note {
    int number;
    float fraction;
};
#endif

}  // namespace app

static_assert(honeydue::model<app::note>::table().size() > 3);
