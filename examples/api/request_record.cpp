// SPDX-License-Identifier: MIT
// The request this thread serves.
#include "request_record.hpp"

#include <utility>

#include "password.hpp"
#include "trace_parent.hpp"

namespace api {

namespace {

thread_local std::optional<request_record> served;

}  // namespace

request_record& begin_request(std::string_view method, std::string_view path,
                              std::string_view trace_parent) {
    request_record& made = served.emplace();
    made.id = random_digits(16);
    made.span_id = random_digits(8);
    made.trace_id = made.id;
    if (auto sent = read_trace_parent(trace_parent)) {
        made.trace_id = std::move(sent->trace_id);
        made.parent_id = std::move(sent->parent_id);
    }
    made.method = method;
    made.path = path;
    made.begun = std::chrono::system_clock::now();
    made.at = std::chrono::steady_clock::now();
    return made;
}

request_record* request_of_this_thread() noexcept { return served ? &*served : nullptr; }

std::optional<request_record> end_request() { return std::exchange(served, std::nullopt); }

void note_failure(std::string_view why) {
    if (served) served->failure = why;
}

}  // namespace api
