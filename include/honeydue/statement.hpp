// SPDX-License-Identifier: MIT
// The message that leaves: SQL text, parameter types, parameter bytes, and what it does and where
// it may be sent. Queries make statements, executors send them; neither knows the other. Nothing
// here talks to a server.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <honeydue/codec.hpp>
#include <honeydue/error.hpp>

namespace honeydue {

/// What a statement does to the database. Only `reads` is ever sent a second time.
enum class effect : std::uint8_t { unknown, reads, writes };

/// Where a statement may be sent.
enum class place : std::uint8_t {
    anywhere,        ///< on its own or with others in one sync group
    in_transaction,  ///< only inside a transaction, such as a row lock
    alone,           ///< only as the single statement of its group, such as VACUUM
    session,         ///< only on a direct `connection`, such as LISTEN
};

/// The part of a statement that does not depend on its values.
/// Lifetime: `text` and `types` are borrowed; `text` is followed by the only NUL it has.
struct statement_shape {
    std::string_view text;
    std::span<const oid> types;
    honeydue::effect effect = honeydue::effect::unknown;
    honeydue::place place = honeydue::place::anywhere;
};

class statement;

namespace detail {
/// Reads `text` as sql<> does while compiling, for its place and effect; what sql<> would refuse is
/// refused by `statement::check`.
[[nodiscard]] statement read_statement(std::string text, std::vector<oid> types, parameters values);
}  // namespace detail

/// SQL text and binary parameters, ready to be sent any number of times.
/// Cost: one allocation for the parameters, one more when the text is made at run time.
/// Thread: immutable while shared.
class statement {
public:
    /// Lifetime: `shape` outlives the statement; queries pass one of static storage.
    explicit statement(const statement_shape& shape) noexcept
        : shape_{&shape}, effect_{shape.effect} {}
    statement(const statement_shape& shape, honeydue::parameters&& values) noexcept
        : shape_{&shape}, parameters_{std::move(values)}, effect_{shape.effect} {}

    /// Text made at run time, owned by the statement and its copies.
    statement(std::string text, std::vector<oid> types, parameters values,
              honeydue::effect effect = honeydue::effect::unknown,
              honeydue::place place = honeydue::place::anywhere);

    /// Followed by a NUL.
    [[nodiscard]] std::string_view text() const noexcept { return shape_->text; }
    [[nodiscard]] std::span<const oid> types() const noexcept { return shape_->types; }
    [[nodiscard]] honeydue::effect effect() const noexcept { return effect_; }
    [[nodiscard]] honeydue::place place() const noexcept { return shape_->place; }
    [[nodiscard]] const honeydue::parameters& parameters() const noexcept { return parameters_; }

    /// Why this statement cannot be sent: a value PostgreSQL cannot hold, too many parameters.
    /// Executors ask before they send, so nothing has left.
    [[nodiscard]] result<void> check() const;

    /// The same, by the caller's word that it only reads.
    [[nodiscard]] statement as_reading() const {
        statement same = *this;
        same.effect_ = honeydue::effect::reads;
        return same;
    }

private:
    [[nodiscard]] result<void> check_closely() const;

    struct owned_shape;
    friend statement detail::read_statement(std::string, std::vector<oid>, honeydue::parameters);

    const statement_shape* shape_;
    std::shared_ptr<const owned_shape> owned_;
    honeydue::parameters parameters_;
    honeydue::effect effect_ = honeydue::effect::unknown;
};

/// Marks SQL text that is made at run time. Values never belong in it: they are parameters, `$1`
/// and on. A string literal would be checked at compile time by `sql<>`; this is for text that
/// cannot be. It is read the same way, here: where it may be sent is known before it leaves.
template <class... Values>
[[nodiscard]] statement runtime(std::string text, const Values&... values) {
    honeydue::parameters encoded;
    (encoded.add(values), ...);
    return detail::read_statement(std::move(text), {codec<Values>::type...}, std::move(encoded));
}

}  // namespace honeydue
