// SPDX-License-Identifier: MIT
// Arbitrary text as cursors, signed and not: nothing but what was sealed is taken, and what is
// taken is a cursor's only spelling. Behind a right seal, arbitrary bytes as keys.
#include <honeydue/page.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>

#include "survivor.hpp"

using namespace honeydue;

namespace {

constexpr std::string_view query = "select a from b order by c, d, e";
constexpr std::string_view secret = "a secret of the service";

using keys = std::tuple<std::optional<timestamptz>, std::string, std::int64_t>;

std::string sealed(const keys& values, std::string_view with) {
    parameters wire;
    std::apply([&](const auto&... value) { (wire.add(value), ...); }, values);
    if (wire.fault() != codec_fault::none) return {};
    return detail::seal_cursor(query, wire, with);
}

/// The keys in `cursor`, when it is one.
std::optional<keys> opened(std::string_view cursor, std::string_view with) {
    std::array<cell, std::tuple_size_v<keys>> cells;
    const auto kept = detail::open_cursor(cursor, query, with, cells);
    if (!kept) return std::nullopt;
    keys values;
    std::size_t at = 0;
    const bool sound = std::apply(
        [&](auto&... value) { return ((decode(cells[at++], value) == codec_fault::none) && ...); },
        values);
    return sound ? std::optional{values} : std::nullopt;
}

/// What is read goes back as the same text: two texts for one place would be two pages. A time that
/// no server has is read, and refused when it is to be sent.
void survive_cursor(std::string_view cursor, std::string_view with) {
    const auto values = opened(cursor, with);
    if (!values) return;
    const std::string again = sealed(*values, with);
    if (!again.empty() && again != cursor) std::abort();
}

/// The bytes as the values of a cursor that the service itself has sealed.
void survive_keys(std::string_view bytes) {
    parameters wire;
    wire.add(bytes);
    wire.add(bytes.substr(0, bytes.size() / 2));
    wire.add(std::int64_t{7});
    if (wire.fault() != codec_fault::none) return;
    const std::string cursor = detail::seal_cursor(query, wire, secret);
    static_cast<void>(opened(cursor, secret));
    std::string changed = cursor;
    char& one = changed[bytes.size() * 31 % changed.size()];
    one = one == 'A' ? 'B' : 'A';
    std::array<cell, std::tuple_size_v<keys>> cells;
    if (detail::open_cursor(changed, query, secret, cells)) std::abort();
    if (detail::open_cursor(cursor, "another query", secret, cells)) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
    switch (data[0] % 3) {
        case 0:
            survive_cursor(text, {});
            break;
        case 1:
            survive_cursor(text, secret);
            break;
        default:
            survive_keys(text);
            break;
    }
    return 0;
}
