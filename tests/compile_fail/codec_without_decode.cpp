// bool accepts(oid) SPDX-License-Identifier: MIT A member that can be sent but not read.
// expect: this honeydue::codec cannot read: it lacks static codec_fault decode(cell, T&) or static
#include <honeydue/rows.hpp>

namespace app {
struct row {
#ifdef HONEYDUE_FIXED
    std::string text;
#else
    const char* text;
#endif
};
}  // namespace app

auto read(const honeydue::rows& from) { return honeydue::decode<app::row>(from); }
