// SPDX-License-Identifier: MIT
// What the readers on one processor have to themselves in one part of the memory tier, so that two
// processors that ask for the same entries write to no memory in common: a lock that only a change
// of the table contends for, and reference counts of their own for what is asked for most.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "memory_shard.hpp"

namespace honeydue::detail {

class alignas(64) reader_lane {
public:
    /// What a place costs when it is taken. Unit: bytes.
    static constexpr std::size_t place_bytes = 160;

    /// `places`: zero or a power of two.
    explicit reader_lane(std::size_t places) : places_(places) {}

    /// Which of `count` lanes is the caller's; `count` is a power of two.
    [[nodiscard]] static std::size_t here(std::size_t count) noexcept;

    [[nodiscard]] std::mutex& mutex() const noexcept { return mutex_; }

    // The rest: under the lock.

    /// The entry's value, with a count of its own once the entry is popular.
    [[nodiscard]] std::shared_ptr<const void> share(const memory_entry& entry);
    /// Before the entry may be destroyed.
    void forget(const memory_entry& entry) noexcept;

    [[nodiscard]] std::uint64_t hits() const noexcept { return hits_; }

private:
    struct place {
        const memory_entry* of = nullptr;
        std::shared_ptr<const void> value{};
        bool asked_again = false;  ///< since another entry wanted the place
    };

    [[nodiscard]] place& place_of(const memory_entry& entry) noexcept {
        return places_[entry.hash >> 32U & (places_.size() - 1)];
    }

    mutable std::mutex mutex_{};
    std::uint64_t hits_ = 0;
    std::vector<place> places_;
};

}  // namespace honeydue::detail
