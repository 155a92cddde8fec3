// SPDX-License-Identifier: MIT
// Arbitrary bytes as enums: by label, as a type of the database's, and by number.
#include <honeydue/array.hpp>
#include <honeydue/enumeration.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "survivor.hpp"

namespace shape {

enum class mood { calm, in_love, wild };
enum class unit : std::uint8_t { metre, square_metre };
enum class level : std::int64_t { low = -5, high = 100 };
enum class flag : std::uint16_t { off, on };

}  // namespace shape

template <>
inline constexpr honeydue::enum_storage honeydue::storage_of<shape::mood>{.type = "mood"};
template <>
inline constexpr auto honeydue::labels_of<shape::unit> =
    std::to_array<honeydue::enum_label<shape::unit>>({{shape::unit::metre, "m"},
                                                      {shape::unit::square_metre, "m²"}});
template <>
inline constexpr honeydue::enum_storage honeydue::storage_of<shape::level>{
    .as = honeydue::enum_storage::form::integer};
template <>
inline constexpr auto honeydue::labels_of<shape::level> =
    std::to_array<honeydue::enum_label<shape::level>>({{shape::level::low, "low"},
                                                       {shape::level::high, "high"}});
template <>
inline constexpr honeydue::enum_storage honeydue::storage_of<shape::flag>{
    .as = honeydue::enum_storage::form::integer};

using namespace honeydue;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    return fuzz::survive_one_of<shape::mood, shape::unit, shape::level, shape::flag,
                                std::vector<shape::mood>, std::vector<std::optional<shape::unit>>,
                                std::vector<shape::level>>(data, size);
}
