// SPDX-License-Identifier: MIT
// A flag that poll can wait for.
#pragma once

#include <sys/eventfd.h>
#include <unistd.h>

namespace honeydue {

/// Thread: any, for every function.
class event_flag {
public:
    event_flag() noexcept : descriptor_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)} {}
    event_flag(const event_flag&) = delete;
    event_flag& operator=(const event_flag&) = delete;
    ~event_flag() {
        if (descriptor_ >= 0) ::close(descriptor_);
    }

    /// Readable once raised; negative when the system had no descriptor left.
    [[nodiscard]] int descriptor() const noexcept { return descriptor_; }

    void raise() noexcept { ::eventfd_write(descriptor_, 1); }
    void lower() noexcept {
        eventfd_t drained = 0;
        ::eventfd_read(descriptor_, &drained);
    }

private:
    int descriptor_;
};

}  // namespace honeydue
