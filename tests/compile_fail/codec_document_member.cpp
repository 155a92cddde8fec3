// SPDX-License-Identifier: MIT
// expect: this type has no place in a document
// A pointer has no place in a document.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <honeydue/json.hpp>

namespace app {
struct colour {
    int number = 0;
};
}  // namespace app

void send(honeydue::parameters& to) {
#ifdef HONEYDUE_FIXED
    to.add(honeydue::jsonb_of<int>{});
#else
    to.add(honeydue::jsonb_of<void*>{});
#endif
}
