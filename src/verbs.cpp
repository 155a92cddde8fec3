// SPDX-License-Identifier: MIT
// The errors of verbs that promised a number of rows, and the statement that holds a group to
// reading.
#include <honeydue/verbs.hpp>

#include <string>

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

error count_of_guard(error failure) {
    // The text the guard could not cast, in the quotes of the server's own words.
    constexpr auto not_a_number = "22P02"_sqlstate;
    if (failure.sqlstate() != not_a_number || failure.report() == nullptr) return failure;
    const std::string& message = failure.report()->message;
    const auto start = message.find(guard_mark);
    if (start == std::string::npos) return failure;
    const auto said = message.substr(start + guard_mark.size());
    return error{errc::row_count,
                 fmt::format("expected {}; nothing was written", said.substr(0, said.find('"')))};
}

const statement& read_only() {
    static constexpr statement_shape shape{
        "select set_config('transaction_read_only', 'on', true)", {}, effect::reads};
    static const statement asked{shape};
    return asked;
}

}  // namespace honeydue::detail
