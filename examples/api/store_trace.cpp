// SPDX-License-Identifier: MIT
// What the store does, noted as steps of the request that this thread serves.
#include "store_trace.hpp"

namespace api {

void call_observer::on_call(const hd::call_event& event) noexcept {
    request_record* const noted = request_of_this_thread();
    if (noted == nullptr) return;
    const auto took = event.queue + event.flight + event.decode;
    noted->steps.push_back({.at = std::chrono::steady_clock::now() - noted->at - took,
                            .queue = event.queue,
                            .flight = event.flight,
                            .decode = event.decode,
                            .texts = {event.texts.begin(), event.texts.end()},
                            .statements = event.statements,
                            .round_trips = event.round_trips,
                            .rows = event.rows,
                            .bytes = event.bytes,
                            .outcome = event.failure == nullptr ? "" : explain(*event.failure)});
}

void noted_lookup::end(std::string_view outcome) const {
    request_record* const noted = request_of_this_thread();
    if (noted == nullptr) return;
    noted->steps.push_back({.name = cache_,
                            .at = began_ - noted->at,
                            .cache = clock::now() - began_ - loading_,
                            .outcome = std::string{outcome}});
}

}  // namespace api
