// SPDX-License-Identifier: MIT
// The live page, debug.html.
#pragma once

#include <string_view>

namespace api {

extern const std::string_view debug_page;

}  // namespace api
