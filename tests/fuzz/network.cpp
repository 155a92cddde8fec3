// SPDX-License-Identifier: MIT
// Arbitrary bytes as addresses and uuids, and arbitrary text as them.
#include "survivor.hpp"

using namespace honeydue;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (fuzz::means_text(data, size))
        return fuzz::parse_one_of<inet, cidr, macaddr, uuid>(data, size);
    return fuzz::survive_one_of<inet, cidr, macaddr, uuid>(data, size);
}
