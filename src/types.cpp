// SPDX-License-Identifier: MIT
// The text form of uuid.
#include <honeydue/types.hpp>

#include <cstddef>
#include <iterator>

#include <fmt/format.h>

namespace honeydue {

namespace {

int hexadecimal(char digit) {
    if (digit >= '0' && digit <= '9') return digit - '0';
    if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
    if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
    return -1;
}

}  // namespace

result<uuid> uuid::parse(std::string_view text) {
    uuid parsed;
    std::size_t digits = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        const int digit = hexadecimal(text[i]);
        if (text.size() != 36 || (dash ? text[i] != '-' : digit < 0)) {
            digits = 0;
            break;
        }
        if (dash) continue;
        auto& byte = parsed.bytes[digits++ / 2];
        byte = byte << 4 | static_cast<std::byte>(digit);
    }
    if (digits != 32)
        return fail(errc::encode, "not a uuid: expected 8-4-4-4-12 hexadecimal digits");
    return parsed;
}

std::string uuid::text() const {
    std::string spelled;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) spelled += '-';
        fmt::format_to(std::back_inserter(spelled), "{:02x}", std::to_integer<unsigned>(bytes[i]));
    }
    return spelled;
}

}  // namespace honeydue
