// SPDX-License-Identifier: MIT
// expect: a honeydue model has no C array: use std::vector, std::string or bytes
// A C array is no value.
#include <cstdint>
#include <string>

#include <honeydue/model.hpp>

namespace app {

#ifdef HONEYDUE_FIXED
struct note {
    int score;
    std::string text;
};
#else
struct note {
    int scores[3];
    std::string text;
};
#endif

}  // namespace app

static_assert(honeydue::model<app::note>::table().size() > 3);
