// SPDX-License-Identifier: MIT
// expect: the name of a foreign_key's column ends in _id: rename the member, or its column in meta
// A foreign key says in its name that it is one.
#include <cstdint>
#include <string>

#include <honeydue/model.hpp>

namespace app {

struct author {
    honeydue::id<author> id{};
};

#ifdef HONEYDUE_FIXED
struct note {
    honeydue::foreign_key<author> author_id;
};
#else
struct note {
    honeydue::foreign_key<author> author_ref;
};
#endif

}  // namespace app

static_assert(honeydue::model<app::note>::table().size() > 3);
