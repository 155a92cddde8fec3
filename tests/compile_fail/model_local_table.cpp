// SPDX-License-Identifier: MIT
// expect: a honeydue table is a struct in a named namespace: this one is local, unnamed or global
// A local type can be read into, but names no table.
#include <honeydue/model.hpp>

int main() {
    struct note {
        int number;
    };
#ifdef HONEYDUE_FIXED
    return static_cast<int>(honeydue::model<note>::columns.size());
#else
    return static_cast<int>(honeydue::model<note>::table().size());
#endif
}
