// SPDX-License-Identifier: MIT
// The header traceparent: which trace a request belongs to.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace api {

struct trace_parent {
    std::string trace_id;   ///< 32 lower-case hexadecimal digits
    std::string parent_id;  ///< 16 of them: the caller's span
};

/// Nothing for what is not one: then the request begins a trace of its own.
/// Source: W3C Trace Context, section 3.2; of a version above 00 the first four fields are read.
[[nodiscard]] std::optional<trace_parent> read_trace_parent(std::string_view header);

}  // namespace api
