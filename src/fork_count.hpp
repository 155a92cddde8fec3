// SPDX-License-Identifier: MIT
// Telling a parent's descriptors from those that a child of fork() has inherited.
#pragma once

#include <cstdint>

namespace honeydue {

/// How many times fork() stands between this process and the one that first asked. What was opened
/// at another count is the parent's. Cost: a load.
[[nodiscard]] std::uint64_t forks() noexcept;

}  // namespace honeydue
