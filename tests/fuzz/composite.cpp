// SPDX-License-Identifier: MIT
// Arbitrary bytes as records, named ones, and arrays of them.
#include <honeydue/composite.hpp>

#include <honeydue/enumeration.hpp>

#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "survivor.hpp"

namespace shape {

enum class mood { calm, wild };

struct leaf {
    std::int32_t number = 0;
    std::optional<std::string> text;
    mood feeling = mood::calm;
};

struct tree {
    leaf first;
    std::vector<std::int64_t> numbers;
};

}  // namespace shape

template <>
inline constexpr std::string_view honeydue::composite_name<shape::leaf> = "leaf";
template <>
inline constexpr std::string_view honeydue::composite_name<shape::tree> = "tree";

using namespace honeydue;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    return fuzz::survive_one_of<shape::leaf, shape::tree, record<std::tuple<std::int64_t, bool>>,
                                std::vector<record<shape::leaf>>, std::vector<shape::leaf>>(data,
                                                                                            size);
}
