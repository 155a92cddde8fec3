// SPDX-License-Identifier: MIT
// How much has left through a socket, as the kernel counts.
#pragma once

#include <cstdint>
#include <optional>

namespace honeydue {

/// None for what is not TCP, and on Linux before 4.19. Cost: one system call.
[[nodiscard]] std::optional<std::uint64_t> bytes_sent(int descriptor) noexcept;

}  // namespace honeydue
