// SPDX-License-Identifier: MIT
// Connections and breaker.
#include "redis_core.hpp"

#include <sys/socket.h>
#include <algorithm>
#include <memory>
#include <utility>

#include "cache_core.hpp"
#include "quiet_thread.hpp"

namespace honeydue {

using std::chrono::milliseconds;

redis_tier::core::core(redis_config config, redis_url url, redis_trust trust,
                       detail::coherence& view)
    : config_{std::move(config)},
      url_{std::move(url)},
      trust_{std::move(trust)},
      view_{view},
      breaker_{{.failures = config_.failures_to_open}} {}

redis_tier::core::~core() {
    {
        const std::lock_guard lock{mutex_};
        stopping_ = true;
        stop_.notify_all();
        work_.notify_all();
        if (following_ >= 0) ::shutdown(following_, SHUT_RDWR);
    }
    if (follower_.joinable()) follower_.join();
    if (deliverer_.joinable()) deliverer_.join();
    // What is left would otherwise be stale for a whole life of its values.
    if (must_renew_ || !undelivered_.empty()) static_cast<void>(deliver_queued());
}

// What waiting mends is left to the follower.
result<void> redis_tier::core::introduce() {
    auto first = dial();
    if (first) {
        give_back(std::move(*first));
        return {};
    }
    const auto code = first.error().code();
    if (code == errc::configuration || code == errc::tls || code == errc::authentication) {
        return tl::unexpected{std::move(first.error())};
    }
    for (int i = 0; i < config_.failures_to_open; ++i)
        note(false);
    return {};
}

void redis_tier::core::start() {
    follower_ = quiet_thread([this] { follow(); });
    deliverer_ = quiet_thread([this] { deliver(); });
}

std::string redis_tier::core::generation() const {
    const std::lock_guard lock{mutex_};
    return generation_;
}

redis_stats redis_tier::core::stats() const {
    const std::lock_guard lock{mutex_};
    auto all = counts_;
    all.undelivered = undelivered_.size() + beyond_queue_;
    all.breaker_open = breaker_.is_open();
    all.gaps = view_.gaps;
    all.flushes = view_.flushes;
    all.backplane_trusted = view_.is_trusted(cache_policy::boot_clock::now());
    return all;
}

// {} makes all of them one slot, where a proxy or a one-slot cluster wants that.
redis_command redis_tier::core::full(const request& of, const std::string& generation) const {
    const auto space = "hd:{" + config_.name_space + "}:";
    redis_command command{std::to_string(of.keys.size() + 2), space + "meta", space + "bus"};
    for (const auto& key : of.keys)
        command.push_back(space + generation + ':' + key);
    command.push_back(generation);
    command.insert(command.end(), of.arguments.begin(), of.arguments.end());
    return command;
}

result<redis_connection> redis_tier::core::dial() {
    {
        const std::lock_guard lock{mutex_};
        ++counts_.dials;
    }
    const auto until = within(config_.connect_deadline);
    auto made = connect(until);
    if (!made) return made;
    if (auto known = say_hello(*made, until); !known)
        return tl::unexpected{std::move(known.error())};
    return made;
}

// The server's identity and the generation are compared on every connection: a server that came
// back from a snapshot has forgotten invalidations, so what it holds must not be found again.
result<redis_tier::core::standing> redis_tier::core::say_hello(redis_connection& on,
                                                               redis_deadline until) {
    const auto space = "hd:{" + config_.name_space + "}:";
    const redis_command hello{"2", space + "meta", space + "bus", on.run_id(),
                              detail::random_token()};
    auto heard = on.run(redis_script::hello, std::span{&hello, 1}, until);
    if (!heard) return tl::unexpected{std::move(heard.error())};
    const auto& reply = *heard->front();
    const auto part = [&](std::size_t index) {
        const auto* const at = element(reply, index);
        return at == nullptr ? std::string{} : std::string{text_of(*at)};
    };
    const auto sequence = part(1);
    if (part(0).empty() || sequence.empty() ||
        sequence.find_first_not_of("0123456789") != std::string::npos || sequence.size() > 18) {
        const std::string said = reply.type == REDIS_REPLY_ERROR ? std::string{reply.str, reply.len}
                                                                 : "an answer of another shape";
        return fail(errc::connect, "redis: hello: " + said);
    }
    const standing at{{part(0), std::stoull(sequence)}, part(2)};
    const std::lock_guard lock{mutex_};
    if (generation_ != at.at.generation) {
        if (!generation_.empty()) {
            ++counts_.generations;
            view_.flush();
        }
        generation_ = at.at.generation;
    }
    return at;
}

// False when nobody left in time, or Redis is not to be asked any more.
bool redis_tier::core::enter(redis_deadline until) {
    std::unique_lock lock{mutex_};
    left_.wait_until(lock, until,
                     [this] { return lent_ < config_.max_connections || breaker_.is_open(); });
    if (lent_ >= config_.max_connections || breaker_.is_open()) return false;
    ++lent_;
    return true;
}

void redis_tier::core::leave() {
    const std::lock_guard lock{mutex_};
    --lent_;
    left_.notify_one();
}

std::optional<redis_connection> redis_tier::core::take_idle() {
    const std::lock_guard lock{mutex_};
    if (idle_.empty()) return std::nullopt;
    std::optional taken{std::move(idle_.back())};
    idle_.pop_back();
    return taken;
}

void redis_tier::core::give_back(redis_connection&& connection) {
    const std::lock_guard lock{mutex_};
    idle_.push_back(std::move(connection));
}

void redis_tier::core::drop_idle() {
    std::vector<redis_connection> gone;
    const std::lock_guard lock{mutex_};
    gone.swap(idle_);
}

void redis_tier::core::note(bool worked) {
    const std::lock_guard lock{mutex_};
    if (worked) {
        breaker_.succeeded();
    } else {
        breaker_.failed(cache_policy::boot_clock::now(), (detail::random_jitter() + 1) / 2);
        ++counts_.failures;
        if (breaker_.is_open()) left_.notify_all();
    }
    view_.reachable(!breaker_.is_open());
}

// While the breaker is open only the follower probes: no caller pays for finding out.
result<redis_tier::core::replies> redis_tier::core::ask(redis_script script,
                                                        std::span<const request> requests) {
    if (requests.empty()) return replies{};
    {
        const std::lock_guard lock{mutex_};
        if (breaker_.is_open()) {
            ++counts_.not_tried;
            return fail(errc::refused, "redis: not asked, because it did not answer before");
        }
        ++counts_.calls;
    }
    auto answered = try_once(script, requests);
    if (!answered && answered.error().code() == errc::connection_lost) {
        drop_idle();  // a restart has cut them all
        answered = try_once(script, requests);
    }
    if (!answered && answered.error().code() == errc::refused) return answered;
    note(answered.has_value());
    return answered;
}

// The wait for a connection is part of the call; a dial has a deadline of its own.
result<redis_tier::core::replies> redis_tier::core::try_once(redis_script script,
                                                             std::span<const request> requests) {
    struct leaving {
        void operator()(core* of) const noexcept { of->leave(); }
    };
    auto until = within(config_.call_deadline);
    if (!enter(until)) return fail(errc::refused, "redis: all connections are in use");
    const std::unique_ptr<core, leaving> inside{this};
    auto connection = take_idle();
    if (!connection) {
        auto made = dial();
        if (!made) return tl::unexpected{std::move(made.error())};
        connection.emplace(std::move(*made));
        until = within(config_.call_deadline);
    }
    auto answered = run_on(*connection, script, requests, until);
    if (answered) give_back(std::move(*connection));
    return answered;
}

result<redis_tier::core::replies> redis_tier::core::run_on(redis_connection& on,
                                                           redis_script script,
                                                           std::span<const request> requests,
                                                           redis_deadline until) {
    for (int attempt = 0; attempt < 3; ++attempt) {
        const auto believed = generation();
        std::vector<redis_command> commands;
        for (const auto& one : requests)
            commands.push_back(full(one, believed));
        auto answered = on.run(script, commands, until);
        if (!answered) return answered;
        bool moved = false;
        for (const auto& reply : *answered) {
            if (is_server_trouble(*reply)) {
                return fail(errc::connection_lost, "redis: " + std::string{reply->str, reply->len});
            }
            const auto* const kind = element(*reply, 0);
            moved = moved || (kind != nullptr && text_of(*kind) == "moved");
        }
        if (!moved) return answered;
        if (auto known = say_hello(on, until); !known) {
            return tl::unexpected{std::move(known.error())};
        }
    }
    return fail(errc::protocol, "redis: the name space changes faster than it can be asked");
}

}  // namespace honeydue
