// SPDX-License-Identifier: MIT
// expect: a honeydue table is a struct in a named namespace: this one is local, unnamed or global
// A type of an unnamed namespace can be read into, but names no table.
#include <honeydue/model.hpp>

namespace {
struct note {
    int number;
};
}  // namespace

int main() {
#ifdef HONEYDUE_FIXED
    return static_cast<int>(honeydue::model<note>::columns.size());
#else
    return static_cast<int>(honeydue::model<note>::table().size());
#endif
}
