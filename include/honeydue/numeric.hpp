// SPDX-License-Identifier: MIT
// PostgreSQL's exact decimal. It is carried, compared and spelled here; sums
// belong to the server.
#pragma once

#include <compare>
#include <concepts>
#include <string>
#include <string_view>
#include <utility>

#include <honeydue/error.hpp>

namespace honeydue {

/// An exact decimal: PostgreSQL `numeric`, NaN and infinities included. Never a
/// double inside. Range: up to 131072 digits before and 16383 after the point.
/// Cost: no allocation up to 15 characters.
class numeric {
public:
    numeric() = default;
    template <std::integral Int>
        requires(!std::same_as<Int, bool>)
    numeric(Int value) : text_{std::to_string(value)} {}  // NOLINT(*-explicit-*): exact

    /// Reads an optional sign, digits, an optional point and fraction, an
    /// optional exponent; or NaN, Infinity, -Infinity. Errors: `errc::encode`
    /// naming what is wrong.
    [[nodiscard]] static result<numeric> parse(std::string_view text);

    /// As the server writes it: "-12.50", "NaN", "Infinity".
    [[nodiscard]] const std::string& text() const noexcept { return text_; }

    /// In value, as the server has it: 1.5 equals 1.50; NaN equals NaN and is
    /// above all else.
    friend bool operator==(const numeric& left, const numeric& right) {
        return (left <=> right) == 0;
    }
    friend std::weak_ordering operator<=>(const numeric& left, const numeric& right);

private:
    explicit numeric(std::string canonical) : text_{std::move(canonical)} {}
    friend struct numeric_access;

    std::string text_ = "0";
};

}  // namespace honeydue
