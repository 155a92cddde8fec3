// SPDX-License-Identifier: MIT
// Arbitrary bytes as ranges and multiranges.
#include <honeydue/range.hpp>

#include <vector>

#include "survivor.hpp"

using namespace honeydue;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    return fuzz::survive_one_of<range<std::int32_t>, range<std::int64_t>, range<numeric>,
                                range<date>, range<timestamptz>, std::vector<range<std::int32_t>>,
                                multirange<std::int32_t>, multirange<numeric>, multirange<date>,
                                std::vector<multirange<std::int64_t>>>(data, size);
}
