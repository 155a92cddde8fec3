// SPDX-License-Identifier: MIT
// expect: a honeydue model has no base class: name the shared columns in each struct
// A base class hides columns from the struct.
#include <cstdint>
#include <string>

#include <honeydue/model.hpp>

namespace app {

#ifdef HONEYDUE_FIXED
struct note {
    honeydue::timestamptz created_at;
    std::string text;
};
#else
struct stamped {
    honeydue::timestamptz created_at;
};

struct note : stamped {
    std::string text;
};
#endif

}  // namespace app

static_assert(honeydue::model<app::note>::table().size() > 3);
