// SPDX-License-Identifier: MIT
// Where a PostgreSQL server is and as whom to speak to it: from the environment, from a URL or
// key=value text, or written out. Nothing here connects.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include <honeydue/error.hpp>

namespace honeydue {

/// How far the transport is protected. libpq's `allow` and `prefer` fall back to plain text in
/// silence: not offered.
enum class sslmode : std::uint8_t {
    disable,      ///< plain text
    require,      ///< encrypted, but to whom is not checked
    verify_ca,    ///< the certificate is signed by a trusted authority
    verify_full,  ///< and is made out to `host`
};

/// libpq's spelling: "verify-full".
[[nodiscard]] std::string_view name(sslmode mode) noexcept;

/// How TLS begins.
enum class sslnegotiation : std::uint8_t {
    postgres,  ///< asked for first, as every server understands
    direct,    ///< at once, a round trip less: needs libpq 17, and PostgreSQL 17 or PgBouncer 1.25
};

/// Where to connect. Every open checks it first and answers `errc::configuration` by the field's
/// name.
struct endpoint {
    /// Name, address, or the directory of a Unix socket (then TLS is not used). Environment:
    /// DB_HOST. Required.
    std::string host{};

    /// A numeric address of `host`, which then is not looked up and only names the certificate.
    std::string hostaddr{};

    /// Range: 1 to 65535. Environment: DB_PORT, or the default.
    std::uint16_t port = 5432;

    /// Environment: POSTGRES_USER. Required.
    std::string user{};

    /// May be empty for a server that asks for none. Environment: POSTGRES_PASSWORD. Never in any
    /// message.
    std::string password{};

    /// A file that holds nothing but the password and perhaps a line's end; read at each dial, so
    /// that it may change. Empty is none. Environment: POSTGRES_PASSWORD_FILE, in place of
    /// POSTGRES_PASSWORD.
    std::string password_file{};

    /// Asked for the password at each dial, before `password_file` and `password`. Must not wait:
    /// others may be dialling on the same thread. Thread: whichever dials, a pool's own above all.
    std::function<result<std::string>()> password_source{};

    /// The name as created: case matters here although SQL text folds it. Environment: POSTGRES_DB.
    /// Required.
    std::string database{};

    /// Environment: DB_SSLMODE, in libpq's spelling, or the default.
    honeydue::sslmode sslmode = honeydue::sslmode::verify_full;

    /// `direct` is never fallen back from. Environment: DB_SSLNEGOTIATION, in libpq's spelling:
    /// postgres or direct.
    honeydue::sslnegotiation sslnegotiation = honeydue::sslnegotiation::postgres;

    /// File of the trusted authorities, or "system". Empty takes the system's: the store OpenSSL
    /// knows from libpq 16, the distribution's bundle before. Environment: DB_SSLROOTCERT.
    std::string sslrootcert{};

    /// SCRAM bound to the TLS channel: "require", "prefer" or "disable"; empty is libpq's "prefer".
    /// No PgBouncer offers it, Neon's proxy does.
    std::string channel_binding{};

    /// What the server and its operators see. A transaction-mode pooler works harder when programs
    /// differ in it. Range: 1 to 63 printable ASCII characters.
    std::string application_name = "honeydue";

    /// Unit: milliseconds, over name look-up, TCP, TLS and authentication. Range: 1 ms to 10 min.
    /// A handshake is 6 to 7 round trips; a suspended server needs seconds more.
    std::chrono::milliseconds connect_timeout{10'000};

    /// How long sent bytes may stay unacknowledged before the connection counts as dead. Range: 0
    /// to 10 min; 0 leaves it to the kernel, which takes about 15 minutes.
    std::chrono::milliseconds tcp_user_timeout{10'000};

    /// What `from_env` found missing or malformed. `check` and every open answer with it, so that
    /// `connection::open(endpoint::from_env().direct())` needs no step between.
    std::optional<error> fault{};

    /// Reads DB_HOST DB_PORT POSTGRES_USER POSTGRES_PASSWORD or POSTGRES_PASSWORD_FILE,
    /// POSTGRES_DB, DB_SSLMODE DB_SSLNEGOTIATION DB_SSLROOTCERT. When DB_HOST is not set and
    /// DATABASE_URL is, that is read as `parse` does, and only POSTGRES_PASSWORD_FILE and those of
    /// TLS beside it.
    [[nodiscard]] static endpoint from_env();

    /// Reads `postgresql://user:password@host:port/database?sslmode=…` or `host=… dbname=…`, by
    /// libpq's own rules. Options that are no field of this struct are refused by name.
    [[nodiscard]] static result<endpoint> parse(std::string_view text);

    /// The same server without its pooler: `-pooler` is taken off the first label of `host`.
    [[nodiscard]] endpoint direct() const;

    /// The inverse of `direct`.
    [[nodiscard]] endpoint pooled() const;

    /// Errors: `errc::configuration`, naming the field, what is wrong with it and the cure.
    [[nodiscard]] result<void> check() const;

    /// For logs: user, host, port, database and sslmode, without the password.
    [[nodiscard]] std::string redacted() const;
};

}  // namespace honeydue
