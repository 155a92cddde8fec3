// SPDX-License-Identifier: MIT
// The last requests as server-sent events. SQL is shown, values never: a step has none.
#include "live_feed.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

namespace api {

namespace {

using json = nlohmann::ordered_json;

constexpr std::chrono::milliseconds gathering{50};

double milliseconds(std::chrono::duration<double, std::milli> time) { return time.count(); }

json as_json(const step& one) {
    return {{"cache", one.name},
            {"at", milliseconds(one.at)},
            {"queue_ms", milliseconds(one.queue)},
            {"flight_ms", milliseconds(one.flight)},
            {"decode_ms", milliseconds(one.decode)},
            {"cache_ms", milliseconds(one.cache)},
            {"sql", one.texts},
            {"statements", one.statements},
            {"round_trips", one.round_trips},
            {"rows", one.rows},
            {"bytes", one.bytes},
            {"outcome", one.outcome}};
}

json as_json(const request_record& served) {
    json steps = json::array();
    for (const step& one : served.steps)
        steps.push_back(as_json(one));
    return {{"request_id", served.id},
            {"trace_id", served.trace_id},
            {"parent_id", served.parent_id},
            {"method", served.method},
            {"path", served.path},
            {"route", served.route},
            {"status", served.status},
            {"begun",
             std::chrono::duration_cast<std::chrono::milliseconds>(served.begun.time_since_epoch())
                 .count()},
            {"took_ms", milliseconds(served.took)},
            {"round_trips", served.round_trips},
            {"error", served.failure},
            {"steps", std::move(steps)}};
}

}  // namespace

void live_feed::note(const request_record& served) {
    auto data = as_json(served).dump(-1, ' ', false, json::error_handler_t::replace);
    const std::lock_guard lock{guard_};
    ++last_;
    events_.push_back("id: " + std::to_string(last_) + "\nevent: request\ndata: " + data + "\n\n");
    if (events_.size() > kept) events_.pop_front();
    news_.notify_all();
}

std::string live_feed::behind(std::uint64_t& number, std::chrono::milliseconds wait) {
    std::unique_lock lock{guard_};
    // A number from before a restart may be ahead.
    number = std::min(number, last_);
    news_.wait_for(lock, wait, [&] { return closed_ || last_ > number; });
    // What follows closely goes with it.
    news_.wait_for(lock, gathering, [&] { return closed_; });
    const auto wanted = std::min<std::uint64_t>(last_ - number, events_.size());
    std::string text;
    for (auto at = events_.size() - wanted; at < events_.size(); ++at)
        text += events_[at];
    number = last_;
    return text;
}

void live_feed::close() {
    const std::lock_guard lock{guard_};
    closed_ = true;
    news_.notify_all();
}

bool live_feed::is_closed() const {
    const std::lock_guard lock{guard_};
    return closed_;
}

}  // namespace api
