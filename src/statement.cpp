// SPDX-License-Identifier: MIT
// Statements whose text is made at run time, and the check every statement passes before it is
// sent.
#include <honeydue/statement.hpp>

#include <fmt/format.h>

namespace honeydue {

struct statement::owned_shape {
    std::string text;
    std::vector<oid> types;
    statement_shape shape;
};

statement::statement(std::string text, std::vector<oid> types, honeydue::parameters values,
                     honeydue::effect effect, honeydue::place place)
    : parameters_{std::move(values)} {
    auto owned = std::make_shared<owned_shape>(owned_shape{std::move(text), std::move(types), {}});
    owned->shape = {owned->text, owned->types, effect, place};
    shape_ = &owned->shape;
    owned_ = std::move(owned);
}

result<void> statement::check() const {
    // Source: PostgreSQL documentation, "Message Formats", Bind: the count is an Int16.
    constexpr std::size_t most_parameters = 65535;
    if (parameters_.size() > most_parameters) {
        return fail(errc::encode,
                    fmt::format("a statement takes at most {} parameters, this one has {}: pass "
                                "lists as one array parameter",
                                most_parameters, parameters_.size()));
    }
    if (parameters_.fault() != codec_fault::none) {
        return fail(errc::encode, fmt::format("parameter ${} {}", parameters_.faulty(),
                                              describe(parameters_.fault())));
    }
    if (text().find('\0') != std::string_view::npos) {
        return fail(errc::encode,
                    "the statement's text has a NUL byte, at which the server would stop reading");
    }
    return {};
}

}  // namespace honeydue
