// SPDX-License-Identifier: MIT
// expect: two members of this model have the same column: rename one of them
// A rename onto another column.
#include <cstdint>
#include <string>

#include <honeydue/model.hpp>

namespace app {

#ifdef HONEYDUE_FIXED
struct note {
    static constexpr honeydue::table meta{.rename = {{"heading", "subtitle"}}};

    std::string title;
    std::string heading;
};
#else
struct note {
    static constexpr honeydue::table meta{.rename = {{"heading", "title"}}};

    std::string title;
    std::string heading;
};
#endif

}  // namespace app

static_assert(honeydue::model<app::note>::table().size() > 3);
