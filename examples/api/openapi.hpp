// SPDX-License-Identifier: MIT
// The description of this API for programs: openapi.json, word for word.
#pragma once

#include <string_view>

namespace api {

extern const std::string_view openapi_document;

}  // namespace api
