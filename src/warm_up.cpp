// SPDX-License-Identifier: MIT
// The verdicts of warm-up.
#include "warm_up.hpp"

#include <fmt/format.h>

namespace honeydue {

bool is_permanent(const error& failure) noexcept {
    switch (failure.code()) {
        case errc::configuration:
        case errc::tls:
        case errc::authentication:
            return true;
        // A name service that cannot be reached just now says so; a name it does not know will not
        // appear.
        case errc::resolve:
            return failure.message().find("has no address") != std::string::npos;
        default:
            return false;
    }
}

void warm_up::dialled(time_point now) {
    if (warmed_++ == 0) first_ = now;
    last_ = now;
}

void warm_up::failed(const error& why) {
    ++failed_;
    if (hopeless_) return;
    why_ = why;
    hopeless_ = is_permanent(why);
}

warm_up::verdict warm_up::look(time_point now) const {
    if (warmed_ >= requested_) return verdict::warm;
    if (hopeless_) return verdict::failed;
    const bool all_tried = warmed_ > 0 && warmed_ + failed_ >= requested_;
    if (!all_tried && now < end_) return verdict::goes_on;
    return warmed_ > 0 ? verdict::partly : verdict::failed;
}

std::string warm_up::report() const {
    std::string line = fmt::format("requested={} warmed={} failed={} first_ms={} all_ms={}",
                                   requested_, warmed_, failed_, first().count(), all().count());
    if (warmed_ < requested_ && why_) line += fmt::format(" last_error=[{}]", explain(*why_));
    return line;
}

std::chrono::milliseconds warm_up::since_start(time_point then) const noexcept {
    if (warmed_ == 0) return {};
    return std::chrono::round<std::chrono::milliseconds>(then - start_);
}

}  // namespace honeydue
