// SPDX-License-Identifier: MIT
// One poll over the listener and the pipe that says stop.
#include "wake_up.hpp"

#include <poll.h>

#include <array>
#include <utility>

namespace hd = honeydue;

namespace worker {

namespace {

using clock = std::chrono::steady_clock;

/// As long as a stop may have to wait for a handshake.
constexpr std::chrono::seconds patience{3};

}  // namespace

wake_up::wake_up(hd::endpoint direct, std::chrono::milliseconds interval)
    : direct_{std::move(direct)}, interval_{interval} {
    listen();
}

void wake_up::listen() {
    auto opened = hd::listener::open(direct_, {"honeydue_work"}, clock::now() + patience);
    silence_ = opened ? "" : hd::explain(opened.error());
    if (opened) ears_.emplace(std::move(*opened));
}

bool wake_up::take_all() {
    bool any = false;
    while (ears_) {
        const bool is_lost = ears_->fd() < 0;
        if (ears_->next(clock::now() + (is_lost ? patience : clock::duration{}))) {
            any = true;  // a gap as well: something may have been missed
        } else if (is_lost || ears_->fd() >= 0) {
            break;
        }
    }
    return any;
}

void wake_up::wait(int stop) {
    if (!ears_) listen();
    const auto until = clock::now() + interval_;
    while (!take_all()) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - clock::now());
        if (left.count() <= 0) return;
        std::array<pollfd, 2> watched{{{stop, POLLIN, 0}, {ears_ ? ears_->fd() : -1, POLLIN, 0}}};
        const int ready = ::poll(watched.data(), watched.size(), static_cast<int>(left.count()));
        if (ready >= 0 && watched[0].revents != 0) return;
    }
}

}  // namespace worker
