// SPDX-License-Identifier: MIT
// The thread that follows the backplane: a stream read to its end again and again, compared with
// the server's own count when nothing comes. It also probes.
#include <algorithm>
#include <array>
#include <charconv>
#include <exception>
#include <memory>
#include <utility>

#include "cache_core.hpp"
#include "redis_core.hpp"

namespace honeydue {

using cache_policy::boot_clock;
using cache_policy::bus_verdict;
using std::chrono::milliseconds;

namespace {

constexpr milliseconds listening{500};
constexpr milliseconds answer_limit{1000};  // beyond what the server itself waits

// So many messages as fit into one reply, with Redis' words around the names.
std::size_t entries_at_once(const redis_config& config) {
    return std::clamp<std::size_t>(config.max_reply_bytes / (2 * most_name_bytes), 1, 512);
}

}  // namespace

bool redis_tier::core::pause(milliseconds span) {
    std::unique_lock lock{mutex_};
    return !stop_.wait_for(lock, span, [this] { return stopping_; });
}

void redis_tier::core::follow() {
    for (auto wait = first_pause; pause(milliseconds{0});) {
        if (follow_one_connection()) wait = first_pause;
        if (!pause(wait)) return;
        wait = std::min(wait * 2, longest_pause);
    }
}

// False when it came to nothing. What is thrown for want of memory may have left a message half
// obeyed.
bool redis_tier::core::follow_one_connection() try {
    struct unnoting {
        void operator()(core* of) const {
            const std::lock_guard lock{of->mutex_};
            of->following_ = -1;
        }
    };
    auto connection = connect(within(std::max(config_.connect_deadline, answer_limit)));
    if (!connection) return false;
    const std::unique_ptr<core, unnoting> noted{this};
    {
        const std::lock_guard lock{mutex_};
        following_ = connection->socket();
    }
    follow_on(*connection);
    return true;
} catch (const std::exception&) {
    view_.gaps.fetch_add(1);
    view_.flush();
    note(false);  // a probe may have been under way
    return false;
}

// Until something goes wrong, or nobody needs it any more.
void redis_tier::core::follow_on(redis_connection& on) {
    while (pause(milliseconds{0})) {
        const auto asked = boot_clock::now();
        auto at = say_hello(on, within(answer_limit));
        if (!at) return;
        view_.restart(at->at);
        view_.heard(asked);
        for (auto how = round::go_on; how == round::go_on && pause(milliseconds{0});) {
            if (!probe(on)) return;
            auto next = listen_once(on, at->last_entry);
            if (!next) return;
            how = *next;
        }
    }
}

// The server's count is read after a silence. When it is ahead of us the rest may be under way: the
// stream is read once more before we judge.
result<redis_tier::core::round> redis_tier::core::listen_once(redis_connection& on,
                                                              std::string& last_entry) {
    bool gap = false;
    const auto asked = boot_clock::now();
    auto received = read_bus(on, last_entry, listening, gap);
    if (!received) return tl::unexpected{std::move(received.error())};
    if (!gap && *received > 0) {
        if (*received < entries_at_once(config_)) view_.heard(asked);
        return round::go_on;
    }
    const auto counted = boot_clock::now();
    auto servers = say_hello(on, within(answer_limit));
    if (!servers) return tl::unexpected{std::move(servers.error())};
    if (!gap && !view_.in_step(servers->at)) {
        received = read_bus(on, last_entry, milliseconds{1}, gap);
        if (!received) return tl::unexpected{std::move(received.error())};
    }
    if (!gap && view_.wait_for(servers->at, milliseconds{0})) {
        view_.heard(counted);
        return round::go_on;
    }
    view_.gaps.fetch_add(1);
    return round::start_anew;
}

result<std::size_t> redis_tier::core::read_bus(redis_connection& on, std::string& last_entry,
                                               milliseconds block, bool& gap) {
    const redis_command read{"XREAD",
                             "COUNT",
                             std::to_string(entries_at_once(config_)),
                             "BLOCK",
                             std::to_string(block.count()),
                             "STREAMS",
                             "hd:{" + config_.name_space + "}:bus",
                             last_entry};
    auto received = on.call(std::span{&read, 1}, within(block + answer_limit));
    if (!received) return tl::unexpected{std::move(received.error())};
    const auto& reply = *received->front();
    if (reply.type == REDIS_REPLY_ERROR) {
        return fail(errc::connection_lost, "redis: " + std::string{reply.str, reply.len});
    }
    const auto* const stream = element(reply, 0);
    const auto* const entries = stream == nullptr ? nullptr : element(*stream, 1);
    if (entries == nullptr) return std::size_t{0};
    for (std::size_t i = 0; i < entries->elements && !gap; ++i)
        gap = !apply(*entries->element[i], last_entry);
    return entries->elements;
}

// An entry is [id, [field, value, field, value, …]]. False: it does not follow what came before.
bool redis_tier::core::apply(const redisReply& entry, std::string& last_entry) {
    const auto* const id = element(entry, 0);
    const auto* const fields = element(entry, 1);
    if (id == nullptr || fields == nullptr) return false;
    last_entry = text_of(*id);
    detail::backplane_message message;
    for (std::size_t i = 0; i + 1 < fields->elements; i += 2) {
        const auto name = text_of(*fields->element[i]);
        const auto value = text_of(*fields->element[i + 1]);
        if (name == "g") message.generation = value;
        if (name == "s")
            std::from_chars(value.data(), value.data() + value.size(), message.sequence);
        if (name == "k") message.is_intent = value == "I";
        if (name == "n" && value.starts_with('k')) message.keys.emplace_back(value.substr(1));
        if (name == "n" && value.starts_with('t')) message.tags.emplace_back(value.substr(1));
    }
    return view_.receive(message) != bus_verdict::gap;
}

// On the follower's connection: the callers' ones are behind the breaker.
result<void> redis_tier::core::probe(redis_connection& on) {
    {
        const std::lock_guard lock{mutex_};
        if (!breaker_.is_open() || !breaker_.admits(boot_clock::now())) return {};
    }
    const redis_command ping{"PING"};
    const auto answered = on.call(std::span{&ping, 1}, within(config_.call_deadline));
    const bool well = answered && answered->front()->type != REDIS_REPLY_ERROR;
    if (well) drop_idle();
    note(well);
    if (!answered) return tl::unexpected{answered.error()};
    return {};
}

}  // namespace honeydue
