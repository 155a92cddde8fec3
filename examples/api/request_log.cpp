// SPDX-License-Identifier: MIT
// The log: one line of JSON an event, written at once.
#include "request_log.hpp"

#include <cstdio>
#include <ctime>
#include <nlohmann/json.hpp>
#include <string>

namespace api {

namespace {

using json = nlohmann::ordered_json;
using milliseconds = std::chrono::duration<double, std::milli>;

/// 2026-06-01T07:00:00.123Z.
std::string text_of(std::chrono::system_clock::time_point at) {
    const auto whole = std::chrono::floor<std::chrono::milliseconds>(at.time_since_epoch());
    const auto seconds = static_cast<std::time_t>(whole.count() / 1000);
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    char text[32];
    const auto length = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
    char rest[8];
    std::snprintf(rest, sizeof rest, ".%03dZ", static_cast<int>(whole.count() % 1000));
    return std::string(text, length) + rest;
}

void write(const json& line) {
    const auto text = line.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
    std::fwrite(text.data(), 1, text.size(), stderr);
}

double rounded(milliseconds time) {
    return static_cast<double>(std::chrono::round<std::chrono::microseconds>(time).count()) / 1000;
}

}  // namespace

void log_request(const request_record& served) {
    json line{{"time", text_of(served.begun)}, {"level", served.status >= 500 ? "error" : "info"},
              {"message", "request"},          {"request_id", served.id},
              {"trace_id", served.trace_id},   {"span_id", served.span_id}};
    if (!served.parent_id.empty()) line["parent_id"] = served.parent_id;
    line["method"] = served.method;
    line["path"] = served.path;
    line["route"] = served.route;
    line["status"] = served.status;
    line["duration_ms"] = rounded(served.took);
    line["round_trips"] = served.round_trips;
    if (!served.failure.empty()) line["error"] = served.failure;
    write(line);
}

void log_line(std::string_view level, std::string_view message) {
    write({{"time", text_of(std::chrono::system_clock::now())},
           {"level", level},
           {"message", message}});
}

}  // namespace api
