// SPDX-License-Identifier: MIT
// Statements whose text is made at run time, and the check every statement passes before it is
// sent.
#include <honeydue/statement.hpp>

#include <honeydue/detail/sql_reader.hpp>

#include <fmt/format.h>

namespace honeydue {

struct statement::owned_shape {
    std::string text;
    std::vector<oid> types;
    statement_shape shape;
    std::string refusal;  ///< why it may not be sent at all; empty when it may
};

statement::statement(std::string text, std::vector<oid> types, honeydue::parameters values,
                     honeydue::effect effect, honeydue::place place)
    : parameters_{std::move(values)}, effect_{effect} {
    auto owned =
        std::make_shared<owned_shape>(owned_shape{std::move(text), std::move(types), {}, {}});
    owned->shape = {owned->text, owned->types, effect, place};
    shape_ = &owned->shape;
    owned_ = std::move(owned);
}

namespace {
// Source: PostgreSQL documentation, "Message Formats", Bind: the count is an Int16.
constexpr std::size_t most_parameters = 65535;
}  // namespace

result<void> statement::check() const {
    const bool plain = !owned_ && parameters_.size() <= most_parameters &&
                       parameters_.fault() == codec_fault::none;
    return plain ? result<void>{} : check_closely();
}

result<void> statement::check_closely() const {
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
    // A borrowed text was made while compiling, and read to its end.
    if (owned_ && text().find('\0') != std::string_view::npos) {
        return fail(errc::encode,
                    "the statement's text has a NUL byte, at which the server would stop reading");
    }
    if (owned_ && !owned_->refusal.empty()) return fail(errc::refused, owned_->refusal);
    return {};
}

namespace detail {

namespace {

std::string refusal_of(const sql_reading& reading, std::size_t arguments) {
    // An empty text is no mistake of the caller's alone: the server answers it.
    if (reading.fault == sql_fault::no_statement || reading.fault == sql_fault::nul) return {};
    if (reading.fault != sql_fault::none) return std::string{describe(reading.fault)};
    if (reading.parameters == arguments) return {};
    return fmt::format("the statement's text has placeholders up to ${}, and {} values were given",
                       reading.parameters, arguments);
}

}  // namespace

statement read_statement(std::string text, std::vector<oid> types, parameters values) {
    const sql_reading reading = read_sql(text);
    std::string refusal = refusal_of(reading, types.size());
    statement made{std::move(text), std::move(types), std::move(values), reading.does,
                   reading.place()};
    if (refusal.empty()) return made;
    auto owned = std::make_shared<statement::owned_shape>(*made.owned_);
    owned->shape.text = owned->text;
    owned->shape.types = owned->types;
    owned->refusal = std::move(refusal);
    made.shape_ = &owned->shape;
    made.owned_ = std::move(owned);
    return made;
}

}  // namespace detail
}  // namespace honeydue
