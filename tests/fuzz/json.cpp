// SPDX-License-Identifier: MIT
// Arbitrary text as documents.
#include <honeydue/json.hpp>

#include <optional>
#include <string>
#include <vector>

#include "survivor.hpp"

namespace shape {

enum class theme { light, dark };

struct point {
    std::int32_t x = 0;
    double y = 0;
};

struct document {
    std::string name;
    theme colours = theme::light;
    std::optional<bool> flag;
    std::vector<point> points;
    honeydue::json rest{"null"};
};

}  // namespace shape

using namespace honeydue;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    return fuzz::survive_one_of<json_of<shape::document>, jsonb_of<shape::document>,
                                json_of<std::vector<shape::point>>, json_of<std::string>>(data,
                                                                                          size);
}
