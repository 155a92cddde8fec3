// SPDX-License-Identifier: MIT
// Arbitrary bytes as a numeric, and arbitrary text as one.
#include <honeydue/numeric.hpp>

#include "survivor.hpp"

using namespace honeydue;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (fuzz::means_text(data, size)) return fuzz::parse_one_of<numeric>(data, size);
    return fuzz::survive_one_of<numeric>(data, size);
}
