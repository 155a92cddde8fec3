// SPDX-License-Identifier: MIT
// expect: bit-field
// A bit-field has no address; the compilers say so in words of their own.
#include <cstdint>
#include <string>

#include <honeydue/model.hpp>

namespace app {

#ifdef HONEYDUE_FIXED
struct note {
    std::int16_t flags;
    std::string text;
};
#else
struct note {
    unsigned flags : 3;
    std::string text;
};
#endif

}  // namespace app

static_assert(honeydue::model<app::note>::table().size() > 3);
