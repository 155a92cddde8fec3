// SPDX-License-Identifier: MIT
// expect: a honeydue model has at least one member: this struct is empty
// A table without columns.
#include <cstdint>
#include <string>

#include <honeydue/model.hpp>

namespace app {

#ifdef HONEYDUE_FIXED
struct note {
    std::string text;
};
#else
struct note {};
#endif

}  // namespace app

static_assert(honeydue::model<app::note>::table().size() > 3);
