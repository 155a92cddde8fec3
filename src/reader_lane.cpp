// SPDX-License-Identifier: MIT
// What the readers on one processor have to themselves.
#include "reader_lane.hpp"

#include <sched.h>
#include <utility>

namespace honeydue::detail {

namespace {

// Lives in a count's own allocation and makes it so large that no two share a cache line.
struct keep_alive {
    std::shared_ptr<const void> value;
    std::byte apart[64]{};

    void operator()(const void*) const noexcept {}
};

std::shared_ptr<const void> counted_apart(const std::shared_ptr<const void>& value) {
    return {value.get(), keep_alive{value}};
}

}  // namespace

std::size_t reader_lane::here(std::size_t count) noexcept {
    return static_cast<std::size_t>(::sched_getcpu()) & (count - 1);
}

// A place goes to another entry when its own was not asked for since another last wanted it.
std::shared_ptr<const void> reader_lane::share(const memory_entry& entry) {
    ++hits_;
    if (places_.empty()) return entry.value;
    auto& taken = place_of(entry);
    if (taken.of == &entry) {
        taken.asked_again = true;
        return taken.value;
    }
    if (!s3_fifo::is_popular(entry)) return entry.value;
    if (std::exchange(taken.asked_again, false)) return entry.value;
    taken = {&entry, counted_apart(entry.value)};
    return taken.value;
}

void reader_lane::forget(const memory_entry& entry) noexcept {
    if (places_.empty()) return;
    if (auto& taken = place_of(entry); taken.of == &entry) taken = {};
}

}  // namespace honeydue::detail
