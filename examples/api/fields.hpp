// SPDX-License-Identifier: MIT
// What a client may say of a row or ask of a list: names, and which values fit each.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <string_view>

#include "refusal.hpp"

namespace httplib {
struct Request;
}

namespace api {

struct field {
    enum class form { text, email, media_type, choice, day, amount, whole, flag };
    enum class presence {
        nullable,
        defaulted,  ///< may be left out, and is never null
        required,   ///< to be given at creation
    };
    enum class occasion { always, creation, change };

    std::string_view name;
    form is;
    std::int64_t most = 0;  ///< characters of a text, of whatever form; the largest whole number
    std::int64_t least = 0;
    std::span<const std::string_view> choices{};
    presence wanted = presence::nullable;
    occasion when = occasion::always;
};

/// Keys are positive and fit a bigint.
inline constexpr std::int64_t largest_key = INT64_MAX;

/// The columns of `body` and their values. `when` is creation or change; a change names one at
/// least.
[[nodiscard]] tl::expected<given_row, field_fault> row_in(const json& body,
                                                          std::span<const field> known,
                                                          field::occasion when);

/// What a list is asked for beside `limit` and `cursor`, as an object of those that were said.
[[nodiscard]] tl::expected<json, field_fault> filter_in(const httplib::Request& request,
                                                        std::span<const field> known);

}  // namespace api
