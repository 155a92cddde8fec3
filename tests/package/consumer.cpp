// SPDX-License-Identifier: MIT
// What a user's first file does without a server: reads an endpoint, gets a value or a sentence.
#include <cstdio>

#include <honeydue/honeydue.hpp>

namespace hd = honeydue;

int main() {
    const auto good =
        hd::endpoint::parse("postgresql://ada:secret@db-pooler.example:6432/honeyDue");
    if (!good || good->direct().host != "db.example" || good->port != 6432) return 1;
    const auto bad = hd::endpoint::parse("postgresql://ada@db.example:notaport/honeyDue");
    if (bad) return 2;
    std::puts(good->redacted().c_str());
    return 0;
}
