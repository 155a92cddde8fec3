// SPDX-License-Identifier: MIT
// The header traceparent: version, trace, parent and flags, each of a fixed length.
#include "trace_parent.hpp"

namespace api {

namespace {

constexpr std::size_t length = 55;  ///< of version 00; later ones may go on behind a '-'

bool is_hexadecimal(std::string_view text) {
    return text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

bool is_id(std::string_view text) {
    return is_hexadecimal(text) && text.find_first_not_of('0') != std::string_view::npos;
}

}  // namespace

std::optional<trace_parent> read_trace_parent(std::string_view header) {
    if (header.size() < length) return std::nullopt;
    const auto version = header.substr(0, 2);
    const auto trace = header.substr(3, 32);
    const auto parent = header.substr(36, 16);
    const auto flags = header.substr(53, 2);
    const bool dashed = header[2] == '-' && header[35] == '-' && header[52] == '-';
    const bool ends = header.size() == length || (version != "00" && header[length] == '-');
    const bool is_one = dashed && ends && is_hexadecimal(version) && version != "ff" &&
                        is_id(trace) && is_id(parent) && is_hexadecimal(flags);
    if (!is_one) return std::nullopt;
    return trace_parent{std::string{trace}, std::string{parent}};
}

}  // namespace api
