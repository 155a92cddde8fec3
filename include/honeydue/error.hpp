// SPDX-License-Identifier: MIT
// Every failure of honeydue is one value, `error`, carried by `result<T>`. The library throws
// nothing of its own. This file is the vocabulary of failures: where it broke, what the server
// said, and what may be done about it. It is not a hierarchy: callers ask the value questions
// instead of catching types.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <tl/expected.hpp>

namespace honeydue {

/// Where it broke. What the server said about it, if it spoke, is `error::sqlstate()`.
enum class errc : std::uint8_t {
    configuration,    ///< a field of a config, an endpoint or the environment is missing, malformed
                      ///< or contradictory
    resolve,          ///< the host name has no address
    connect,          ///< no connection could be made, or it was refused before authentication
    tls,              ///< the TLS handshake failed, or the certificate was not trusted
    authentication,   ///< user, password or database was refused
    connection_lost,  ///< an established connection broke
    deadline,         ///< the caller's deadline passed
    statement,        ///< the server refused or aborted a statement
    commit,           ///< COMMIT was answered, and nothing was committed
    protocol,         ///< the peer answered something no server should
    encode,           ///< a parameter cannot be expressed in PostgreSQL; nothing was sent
    decode,           ///< a result does not fit the type it is read into
    row_count,        ///< the number of rows is not the one the verb promises
    refused,          ///< honeydue refused to send this here; nothing was sent
    round_trip_budget,  ///< sending would exceed a `round_trip_budget`; nothing was sent
    pool_exhausted,     ///< no connection became free before the deadline, or too many callers wait
    pool_closed,        ///< the pool is closed or closing
    file,               ///< a file is missing, unreadable or malformed
    migration,          ///< a migration cannot be applied as asked
    cursor,             ///< the cursor of a page is cut off, changed, or of another query
};

/// The standard spelling of a code, for logs: "connection_lost".
[[nodiscard]] std::string_view name(errc code) noexcept;

/// The five characters by which PostgreSQL classifies a report. Empty when the server did not
/// speak. Source: PostgreSQL documentation, appendix A "PostgreSQL Error Codes".
class sqlstate {
public:
    constexpr sqlstate() = default;

    /// Reads five characters of [0-9A-Z]; anything else gives the empty state.
    constexpr explicit sqlstate(std::string_view text) noexcept {
        if (!is_valid(text)) return;
        for (std::size_t i = 0; i < text_.size(); ++i)
            text_[i] = text[i];
    }

    [[nodiscard]] static constexpr bool is_valid(std::string_view text) noexcept {
        if (text.size() != 5) return false;
        for (const char c : text) {
            if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z'))) return false;
        }
        return true;
    }

    [[nodiscard]] constexpr bool empty() const noexcept { return text_[0] == '\0'; }

    /// All five characters, or none. Lifetime: of this object.
    [[nodiscard]] constexpr std::string_view text() const noexcept {
        return {text_.data(), empty() ? std::size_t{0} : text_.size()};
    }

    /// The first two characters: "23" is integrity constraint violation.
    [[nodiscard]] constexpr std::string_view category() const noexcept {
        return text().substr(0, 2);
    }

    friend constexpr bool operator==(const sqlstate&, const sqlstate&) = default;

private:
    std::array<char, 5> text_{};
};

inline namespace literals {
/// `"23505"_sqlstate`, checked at compile time.
consteval sqlstate operator""_sqlstate(const char* text, std::size_t size) {
    if (!sqlstate::is_valid({text, size})) throw "a SQLSTATE is five characters of 0-9 and A-Z";
    return sqlstate{std::string_view{text, size}};
}
}  // namespace literals

/// What the server (or a pooler in its name) reported, field by field; absent fields are empty.
/// `detail` and `context` may quote the values of a row: they are kept for the program, and left
/// out of `explain`. Source: PostgreSQL documentation, "Error and Notice Message Fields".
struct server_report {
    std::string severity;  ///< not localised: ERROR, FATAL, PANIC
    std::string message;   ///< as it was sent, line ends among it
    std::string detail;
    std::string hint;
    std::string context;
    std::string schema;
    std::string table;
    std::string column;
    std::string data_type;
    std::string constraint;
    int position = 0;  ///< in characters of the statement's text, from 1; 0 when unknown
};

/// Whether the statement the error speaks of can have had an effect on the database.
enum class outcome : std::uint8_t {
    did_not_run,   ///< nothing was sent, or the server said it was undone
    may_have_run,  ///< it was sent and no verdict arrived, or it ran and its answer could not be
                   ///< used
    ran,           ///< it is committed; only its answer is lost
};

/// One failure. Small, cheap to move, comparable by its parts.
/// Thread: immutable once made, may be shared.
class error {
public:
    error(errc code, std::string message, honeydue::outcome ran = honeydue::outcome::did_not_run)
        : message_{std::move(message)}, code_{code}, outcome_{ran} {}

    /// A failure the server reported.
    error(errc code, honeydue::sqlstate state, server_report report,
          honeydue::outcome ran = honeydue::outcome::did_not_run);

    [[nodiscard]] errc code() const noexcept { return code_; }

    /// Set exactly when the server, or a pooler in its name, spoke.
    [[nodiscard]] honeydue::sqlstate sqlstate() const noexcept { return sqlstate_; }

    /// One line: what, where, and the cure where one is known. Never a password, never a
    /// parameter's value.
    [[nodiscard]] const std::string& message() const noexcept { return message_; }

    /// What the server said in full; null when it did not speak. Lifetime: of this error and its
    /// copies.
    [[nodiscard]] const server_report* report() const noexcept { return report_.get(); }

    /// True when the same call may succeed if made again soon: serialization failure, deadlock, a
    /// server that is starting, a pooler that is full. Says nothing of whether repeating is safe:
    /// ask `may_have_run()` too.
    [[nodiscard]] bool transient() const noexcept;

    /// True when the connection it happened on is gone.
    [[nodiscard]] bool connection_lost() const noexcept;

    /// True when the statement may have had an effect: no verdict was received, or it did run.
    [[nodiscard]] bool may_have_run() const noexcept { return outcome_ != outcome::did_not_run; }

    [[nodiscard]] honeydue::outcome outcome() const noexcept { return outcome_; }

    /// Which statement of its group failed, from 1; 0 when it is none in particular.
    [[nodiscard]] std::size_t statement() const noexcept { return statement_; }

    /// The same error, said with more of the place it happened in: "pool warm-up: <message>".
    [[nodiscard]] error in(std::string_view where) &&;

    /// The same error, with another verdict on whether the statement ran.
    [[nodiscard]] error with(honeydue::outcome ran) &&;

    /// The same error, as that of one statement of a group, from 1.
    [[nodiscard]] error at(std::size_t statement) &&;

private:
    std::string message_;
    std::shared_ptr<const server_report> report_;
    honeydue::sqlstate sqlstate_;
    errc code_;
    honeydue::outcome outcome_;
    std::uint16_t statement_ = 0;
};
static_assert(sizeof(error) <= 64);

/// One full line for the operator: code, message, SQLSTATE, constraint, hint and whether it may
/// have run.
[[nodiscard]] std::string explain(const error& failure);

/// A value or an error. `T` may be void.
template <class T>
using result = tl::expected<T, error>;

/// Shorthand for returning a failure from a function that returns `result<T>`.
[[nodiscard]] inline tl::unexpected<error> fail(errc code, std::string message,
                                                outcome ran = outcome::did_not_run) {
    return tl::unexpected<error>{error{code, std::move(message), ran}};
}

}  // namespace honeydue
