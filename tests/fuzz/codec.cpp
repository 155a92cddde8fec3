// SPDX-License-Identifier: MIT
// Arbitrary bytes as scalars: numbers, text, bytes and documents' text.
#include <string>
#include <string_view>

#include "survivor.hpp"

using namespace honeydue;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    return fuzz::survive_one_of<bool, std::int16_t, std::int32_t, std::int64_t, float, double,
                                std::string, std::string_view, bytes, json, jsonb>(data, size);
}
