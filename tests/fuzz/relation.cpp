// SPDX-License-Identifier: MIT
// Arbitrary bytes as what relations read: parents, children, and children inside children. What is
// not taken must be placed: the search for the member that did not fit reads the bytes once more.
#include <honeydue/relation.hpp>

#include <honeydue/types.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "survivor.hpp"

namespace farm {

struct owner {
    honeydue::id<owner> id{};
    std::string name;
    std::optional<honeydue::timestamptz> since{};
};
struct field {
    honeydue::id<field> id{};
    honeydue::foreign_key<owner> owner_id{};
    std::optional<std::string> crop{};
    std::optional<honeydue::date> sown{};
    double size = 0;
    std::vector<std::int32_t> yields{};
};
struct field_with_parts {
    std::int64_t id = 0;
    std::optional<honeydue::record<owner>> of{};
    honeydue::children<field> beside{};
    std::int64_t count = 0;
};
struct owner_with_fields {
    std::string name;
    honeydue::children<field_with_parts> fields{};
    std::optional<honeydue::numeric> worth{};
};

}  // namespace farm

using namespace honeydue;

namespace {

/// Whether a value is taken, and where not, are two readings of the same bytes: they must agree.
template <class T>
void read(cell from) {
    T first{};
    const bool taken = decode(from, first) == codec_fault::none;
    const std::string place = detail::fault_place<T>::find(from);
    if (taken && !place.empty()) std::abort();
    T again{};
    if (taken != (decode(from, again) == codec_fault::none)) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const fuzz::exact_cell from{reinterpret_cast<const std::byte*>(data) + 1, size - 1};
    fuzz::choose<record<farm::owner>, record<farm::field>, children<farm::field>,
                 record<farm::field_with_parts>, children<farm::owner_with_fields>,
                 record<std::tuple<std::int64_t, record<farm::owner>, children<farm::field>>>>(
        data[0], [&]<class T>() { read<T>(from.get()); });
    return 0;
}
