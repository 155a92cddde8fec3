// SPDX-License-Identifier: MIT
// Listening, and doing it again after a loss.
#include <honeydue/listener.hpp>

#include <algorithm>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "libpq.hpp"
#include "warm_up.hpp"

namespace honeydue {

namespace {

using namespace std::chrono_literals;

constexpr auto first_pause = 100ms;
constexpr auto longest_pause = 15'000ms;

result<void> check(const std::vector<std::string>& channels) {
    if (channels.empty()) return fail(errc::refused, "no channel to listen on: give one or more");
    for (const std::string& one : channels) {
        const bool sound = !one.empty() && one.size() <= 63 && one.find('\0') == std::string::npos;
        if (sound) continue;
        return fail(errc::refused,
                    fmt::format("channel '{}' has {} bytes: give 1 to 63, and none of them zero",
                                one.c_str(), one.size()));
    }
    return {};
}

/// Connects, makes sure that it is to the server itself, and listens.
result<connection> open_listening(const endpoint& to, const std::vector<std::string>& channels,
                                  deadline until) {
    auto opened = connection::open(to, until);
    if (!opened) return opened;
    const auto leads_to = opened->probe(until);
    if (!leads_to) return tl::unexpected{leads_to.error()};
    if (*leads_to != peer::server) {
        return fail(errc::refused,
                    fmt::format("a pooler at {}:{} would swallow LISTEN: give the direct endpoint",
                                to.host, to.port));
    }
    std::vector<statement> group;
    for (const std::string& channel : channels)
        group.emplace_back("listen " + libpq::quoted_name(channel), std::vector<oid>{},
                           parameters{}, effect::unknown, place::session);
    if (auto heard_of = opened->run(group, {.until = until}); !heard_of)
        return tl::unexpected{std::move(heard_of.error())};
    return opened;
}

}  // namespace

listener::listener(endpoint to, std::vector<std::string> channels, connection opened) noexcept
    : to_{std::move(to)}, channels_{std::move(channels)}, connection_{std::move(opened)} {}

result<listener> listener::open(const endpoint& to, std::vector<std::string> channels,
                                deadline until) {
    if (auto sound = check(channels); !sound) return tl::unexpected{std::move(sound.error())};
    auto opened = open_listening(to, channels, until);
    if (!opened) return tl::unexpected{std::move(opened.error())};
    return listener{to, std::move(channels), std::move(*opened)};
}

result<heard> listener::next(deadline until) {
    if (connection_) {
        auto received = connection_->next_notification(until);
        if (received) {
            return heard{heard::kind::notification, std::move(received->channel),
                         std::move(received->payload), received->process};
        }
        if (!received.error().connection_lost()) return tl::unexpected{std::move(received.error())};
        connection_.reset();
        pause_ = 0ms;
        not_before_ = deadline{};
    }
    if (auto again = connect_again(until); !again) return tl::unexpected{std::move(again.error())};
    return heard{heard::kind::gap};
}

result<void> listener::connect_again(deadline until) {
    for (;;) {
        if (not_before_ >= until) {
            std::this_thread::sleep_until(until);
            return fail(errc::deadline, "the listener is not connected again yet");
        }
        std::this_thread::sleep_until(not_before_);
        auto opened = open_listening(to_, channels_, until);
        if (opened) {
            connection_.emplace(std::move(*opened));
            return {};
        }
        if (is_permanent(opened.error()) || opened.error().code() == errc::deadline ||
            opened.error().code() == errc::refused) {
            return tl::unexpected{std::move(opened.error())};
        }
        pause_ = std::clamp<std::chrono::milliseconds>(pause_ * 2, first_pause, longest_pause);
        not_before_ = std::chrono::steady_clock::now() + pause_;
    }
}

}  // namespace honeydue
