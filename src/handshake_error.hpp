// SPDX-License-Identifier: MIT
// What went wrong in a handshake: libpq and poolers say it in prose, so the phase and the words
// decide.
#pragma once

#include <string_view>

#include <honeydue/endpoint.hpp>
#include <honeydue/error.hpp>

namespace honeydue {

/// How far a handshake had come.
enum class handshake_phase : std::uint8_t { tcp, tls, startup };

/// The error of a failed handshake, naming the field and the cure. `message` is libpq's, verbose.
[[nodiscard]] error handshake_error(const endpoint& to, handshake_phase phase,
                                    std::string_view message);

/// True when the server has no database of that name: 3D000, or a pooler's words for it.
[[nodiscard]] bool is_missing_database(const error& failure) noexcept;

/// True when the server or its pooler has as many connections as it takes.
[[nodiscard]] bool is_connection_limit(const error& failure) noexcept;

}  // namespace honeydue
