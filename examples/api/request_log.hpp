// SPDX-License-Identifier: MIT
// The log: one line of JSON an event, on the standard error.
#pragma once

#include <string_view>

#include "request_record.hpp"

namespace api {

/// Thread: any, as for all here.
void log_request(const request_record& served);

/// What belongs to no request. `level`: "info", "warning" or "error".
void log_line(std::string_view level, std::string_view message);

}  // namespace api
