// SPDX-License-Identifier: MIT
// Addresses as PostgreSQL stores them. Nothing here resolves or connects.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <honeydue/error.hpp>

namespace honeydue {

enum class ip_family : std::uint8_t { v4, v6 };

/// A host, with the network it is in: PostgreSQL `inet`.
struct inet {
    ip_family family = ip_family::v4;
    std::uint8_t prefix = 32;              ///< bits of the network; 32 or 128 for a single host
    std::array<std::uint8_t, 16> bytes{};  ///< the first 4 of a v4 address

    /// "192.168.0.1", "192.168.0.1/24", "2001:db8::1/64". Errors: `errc::encode`.
    [[nodiscard]] static result<inet> parse(std::string_view text);
    /// As the server writes it: no prefix when it is the whole address.
    [[nodiscard]] std::string text() const;

    friend constexpr bool operator==(const inet&, const inet&) = default;
    friend constexpr auto operator<=>(const inet&, const inet&) = default;
};

/// A network: PostgreSQL `cidr`, whose bits beyond the prefix are zero.
struct cidr {
    ip_family family = ip_family::v4;
    std::uint8_t prefix = 32;
    std::array<std::uint8_t, 16> bytes{};

    /// "10.0.0.0/8". Errors: `errc::encode`, also for a bit set beyond the
    /// prefix.
    [[nodiscard]] static result<cidr> parse(std::string_view text);
    /// As the server writes it, always with its prefix.
    [[nodiscard]] std::string text() const;

    friend constexpr bool operator==(const cidr&, const cidr&) = default;
    friend constexpr auto operator<=>(const cidr&, const cidr&) = default;
};

/// The address of a network card: PostgreSQL `macaddr`.
struct macaddr {
    std::array<std::uint8_t, 6> bytes{};

    /// "08:00:2b:01:02:03". Errors: `errc::encode`.
    [[nodiscard]] static result<macaddr> parse(std::string_view text);
    [[nodiscard]] std::string text() const;

    friend constexpr bool operator==(const macaddr&, const macaddr&) = default;
    friend constexpr auto operator<=>(const macaddr&, const macaddr&) = default;
};

}  // namespace honeydue
