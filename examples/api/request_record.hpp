// SPDX-License-Identifier: MIT
// What is noted of a request while it is served, for its line of log, the metrics and the live
// page.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace api {

/// What a request waited for: a call to the database, or a look into a cache.
struct step {
    std::string name{};             ///< the cache's; empty for a call
    std::chrono::nanoseconds at{};  ///< since the request began
    std::chrono::nanoseconds queue{};
    std::chrono::nanoseconds flight{};
    std::chrono::nanoseconds decode{};
    std::chrono::nanoseconds cache{};  ///< less what a load took, which is a step of its own
    std::vector<std::string> texts{};  ///< of statements, without parameters
    std::uint64_t statements = 0;
    std::uint64_t round_trips = 0;
    std::uint64_t rows = 0;
    std::uint64_t bytes = 0;
    std::string outcome{};  ///< where a cache had it; why a call failed, empty when it did not
};

struct request_record {
    std::string id{};        ///< 32 hexadecimal digits, ours
    std::string trace_id{};  ///< the caller's, or the beginning of one
    std::string span_id{};
    std::string parent_id{};  ///< empty when nobody sent a traceparent
    std::string method{};
    std::string path{};   ///< without its query
    std::string route{};  ///< with {id} in it; empty when there is none
    std::chrono::system_clock::time_point begun{};
    std::chrono::steady_clock::time_point at{};
    std::chrono::nanoseconds took{};
    std::uint64_t round_trips = 0;
    int status = 0;
    std::vector<step> steps{};
    std::string failure{};  ///< for the operator
};

/// A request is served by one thread from its first byte to its last.
/// `trace_parent` is the header of this name, empty where there was none, or several.
request_record& begin_request(std::string_view method, std::string_view path,
                              std::string_view trace_parent);

/// Null between requests.
[[nodiscard]] request_record* request_of_this_thread() noexcept;

/// Nothing when none was begun.
[[nodiscard]] std::optional<request_record> end_request();

/// Why the request of this thread fails, which its line of log will say.
void note_failure(std::string_view why);

}  // namespace api
