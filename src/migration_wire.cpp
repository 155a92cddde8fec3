// SPDX-License-Identifier: MIT
// Running a group that may be stopped: see the header.
#include "migration_wire.hpp"

#include <poll.h>

#include <algorithm>
#include <chrono>
#include <thread>

namespace honeydue::detail {
namespace {

using clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

/// How long a stop may go unnoticed. An answer is noticed at once.
constexpr auto tick = 20ms;

short events_of(interest wanted) {
    switch (wanted) {
        case interest::nothing:
            return 0;
        case interest::read:
            return POLLIN;
        case interest::write:
            return POLLOUT;
        case interest::read_and_write:
            return POLLIN | POLLOUT;
    }
    return 0;
}

}  // namespace

result<std::vector<rows>> run_until_stopped(connection& on, std::span<const statement> group,
                                            deadline until, const std::stop_token& stop) {
    if (!stop.stop_possible() || group.empty()) return on.run(group, {.until = until});
    if (stop.stop_requested()) return fail(errc::deadline, "stopped as asked");
    if (auto sent = on.send(group, {.until = until}, clock::now()); !sent) {
        return tl::unexpected{std::move(sent.error())};
    }
    while (!on.answered()) {
        if (stop.stop_requested()) {
            return fail(errc::deadline, "stopped as asked", outcome::may_have_run);
        }
        pollfd watched{on.fd(), events_of(on.wants()), 0};
        const auto left = std::min<clock::duration>(tick, on.wake_at() - clock::now());
        const auto wait = std::chrono::ceil<std::chrono::milliseconds>(left).count();
        ::poll(&watched, 1, static_cast<int>(std::max<std::int64_t>(wait, 0)));
        if (auto pumped = on.advance(clock::now()); !pumped) {
            return tl::unexpected{std::move(pumped.error())};
        }
    }
    return on.take();
}

bool pause_unless_stopped(std::chrono::milliseconds wait, const std::stop_token& stop) {
    const auto last = clock::now() + wait;
    while (!stop.stop_requested() && clock::now() < last) {
        std::this_thread::sleep_for(std::min<clock::duration>(tick, last - clock::now()));
    }
    return !stop.stop_requested();
}

}  // namespace honeydue::detail
