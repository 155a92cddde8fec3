// SPDX-License-Identifier: MIT
// The error of a verb that promised one row.
#include <honeydue/verbs.hpp>

#include <fmt/format.h>

namespace honeydue::detail {

error not_one_row(std::size_t found, std::string_view text, effect done) {
    constexpr std::size_t shown = 200;
    const std::string_view cut = text.size() > shown ? "…" : "";
    return error{
        errc::row_count,
        fmt::format("expected one row, found {}: {}{}", found == 0 ? "none" : std::to_string(found),
                    text.substr(0, shown), cut),
        done == effect::reads ? outcome::did_not_run : outcome::may_have_run};
}

}  // namespace honeydue::detail
