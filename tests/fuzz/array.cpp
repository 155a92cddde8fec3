// SPDX-License-Identifier: MIT
// Arbitrary bytes as arrays.
#include <honeydue/array.hpp>

#include <optional>
#include <string>
#include <vector>

#include "survivor.hpp"

using namespace honeydue;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    return fuzz::survive_one_of<std::vector<std::int64_t>, std::vector<std::optional<std::int16_t>>,
                                std::vector<bool>, std::vector<std::string>,
                                std::vector<std::optional<numeric>>, std::vector<bytes>,
                                std::vector<timestamptz>>(data, size);
}
