// SPDX-License-Identifier: MIT
// expect: a honeydue model is a plain struct: no constructors, private members or virtual functions
// A private member cannot be read into.
#include <cstdint>
#include <string>

#include <honeydue/model.hpp>

namespace app {

#ifdef HONEYDUE_FIXED
struct note {
    std::string text;
};
#else
class note {
    std::string text;
};
#endif

}  // namespace app

static_assert(honeydue::model<app::note>::table().size() > 3);
