// SPDX-License-Identifier: MIT
// expect: a honeydue model holds values: no reference and no const member
// A const member cannot be read into.
#include <cstdint>
#include <string>

#include <honeydue/model.hpp>

namespace app {

#ifdef HONEYDUE_FIXED
struct note {
    std::string text;
};
#else
struct note {
    const std::string text;
};
#endif

}  // namespace app

static_assert(honeydue::model<app::note>::table().size() > 3);
