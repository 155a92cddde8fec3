// SPDX-License-Identifier: MIT
// expect: this honeydue::codec cannot send: it lacks static codec_fault encode
// The server takes no anonymous record.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <honeydue/composite.hpp>

namespace app {
struct colour {
    int number = 0;
};
}  // namespace app

void send(honeydue::parameters& to) {
#ifdef HONEYDUE_FIXED
    to.add(honeydue::record<app::colour>{}.value.number);
#else
    to.add(honeydue::record<app::colour>{});
#endif
}
