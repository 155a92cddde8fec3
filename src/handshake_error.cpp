// SPDX-License-Identifier: MIT
// The table of what servers, poolers and libpq say while connecting, and what an operator does
// about each.
#include "handshake_error.hpp"

#include <algorithm>
#include <array>
#include <string>

#include <fmt/format.h>

#include "libpq.hpp"

namespace honeydue {

namespace {

/// One way a handshake fails. `{}` stands where the endpoint's value goes.
struct symptom {
    std::string_view words;
    errc code;
    std::string (*say)(const endpoint& to, std::string_view reason);
};

std::string wrong_password(const endpoint& to, std::string_view reason) {
    return fmt::format(
        "user '{}' was not let in ({}): check user (POSTGRES_USER) and password "
        "(POSTGRES_PASSWORD)",
        to.user, reason);
}

std::string missing_database(const endpoint& to, std::string_view reason) {
    return fmt::format(
        "database '{}' was not found ({}): check database (POSTGRES_DB); upper and "
        "lower case count in the name",
        to.database, reason);
}

std::string refused_parameter(const endpoint&, std::string_view reason) {
    return fmt::format(
        "a startup parameter was refused ({}): a transaction-mode pooler takes only a few; "
        "unset PGOPTIONS, or connect to the server directly",
        reason);
}

std::string no_tls(const endpoint& to, std::string_view reason) {
    return fmt::format(
        "the server at {}:{} offers no TLS ({}): turn it on there, or set sslmode "
        "(DB_SSLMODE) to disable inside a trusted network",
        to.host, to.port, reason);
}

std::string no_certificate_file(const endpoint& to, std::string_view reason) {
    return fmt::format(
        "sslrootcert (DB_SSLROOTCERT) '{}' cannot be used ({}): give the file of the "
        "authority that signed the server's certificate",
        to.sslrootcert, reason);
}

std::string untrusted(const endpoint& to, std::string_view reason) {
    return fmt::format(
        "the certificate of {}:{} is not trusted ({}): set sslrootcert (DB_SSLROOTCERT) to the "
        "file of the authority that signed it",
        to.host, to.port, reason);
}

std::string other_name(const endpoint& to, std::string_view reason) {
    return fmt::format(
        "the certificate is not made out to host '{}' ({}): set host (DB_HOST) to a name in "
        "the certificate, or sslmode (DB_SSLMODE) to verify-ca",
        to.host, reason);
}

std::string tls_required(const endpoint&, std::string_view reason) {
    return fmt::format(
        "the server refuses plain text ({}): set sslmode (DB_SSLMODE) to verify-full", reason);
}

std::string no_channel_binding(const endpoint&, std::string_view reason) {
    return fmt::format(
        "channel_binding is 'require', and the peer does not offer it ({}): take it out; "
        "poolers do not offer it",
        reason);
}

std::string unreachable(const endpoint& to, std::string_view reason) {
    return fmt::format(
        "cannot reach {}:{} ({}): check host (DB_HOST) and port (DB_PORT), and that the server "
        "is up",
        to.host, to.port, reason);
}

std::string tls_failed(const endpoint& to, std::string_view reason) {
    return fmt::format(
        "TLS with {}:{} failed ({}): check sslmode (DB_SSLMODE), and what the server offers",
        to.host, to.port, reason);
}

std::string refused(const endpoint& to, std::string_view reason) {
    return fmt::format(
        "{}:{} refused the connection ({}): check database (POSTGRES_DB) and user "
        "(POSTGRES_USER), and the server's log",
        to.host, to.port, reason);
}

std::string saturated(const endpoint& to, std::string_view reason) {
    return fmt::format(
        "{}:{} takes no connection now ({}): wait, or lower max_open (DB_MAX_OPEN_CONNS)", to.host,
        to.port, reason);
}

// The first that is found in the message decides; poolers word the same thing differently.
constexpr std::array<symptom, 37> symptoms = {{
    {"unsupported startup parameter", errc::configuration, refused_parameter},
    {"28P01", errc::authentication, wrong_password},
    {"password authentication failed", errc::authentication, wrong_password},
    {"SASL authentication failed", errc::authentication, wrong_password},
    {"no such user", errc::authentication, wrong_password},
    {"no password supplied", errc::authentication, wrong_password},
    {"3D000", errc::authentication, missing_database},
    {"no such database", errc::authentication, missing_database},
    {"database \"\" does not exist", errc::authentication, missing_database},
    {"role \"\" does not exist", errc::authentication, wrong_password},
    {"channel binding", errc::tls, no_channel_binding},
    {"SSL off", errc::tls, tls_required},
    {"no encryption", errc::tls, tls_required},
    {"SSL required", errc::tls, tls_required},
    {"does not support SSL", errc::tls, no_tls},
    {"root certificate file", errc::tls, no_certificate_file},
    {"sslrootcert", errc::tls, no_certificate_file},
    {"does not match host name", errc::tls, other_name},
    {"certificate verify failed", errc::tls, untrusted},
    {"certificate", errc::tls, untrusted},
    {"28000", errc::authentication, wrong_password},
    {"authentication failed", errc::authentication, wrong_password},
    {"53300", errc::connect, saturated},
    {"57P03", errc::connect, saturated},
    {"no more connections allowed", errc::connect, saturated},
    {"client connections exceeded", errc::connect, saturated},
    {"Too many connections", errc::connect, saturated},
    {"server login has been failing", errc::connect, saturated},
    {"client_login_timeout", errc::connect, saturated},
    {"Control plane request failed", errc::connect, saturated},
    {"Couldn't connect to compute node", errc::connect, saturated},
    {"Connection refused", errc::connect, unreachable},
    {"closed the connection", errc::connect, unreachable},
    {"Connection reset", errc::connect, unreachable},
    // In the middle of the TLS handshake, as libpq and OpenSSL 3 say it.
    {"EOF detected", errc::connect, unreachable},
    {"unexpected eof", errc::connect, unreachable},
    {"No route to host", errc::connect, unreachable},
}};

/// What libpq puts before the reason: `connection to server at "...", port N failed: `.
std::string reason_in(std::string_view message) {
    std::string text = libpq::one_line(message);
    if (const auto at = text.find(" failed: ");
        at != std::string::npos && text.starts_with("connection to")) {
        text.erase(0, at + 9);
    }
    if (const auto at = text.find(" LOCATION: "); at != std::string::npos) text.erase(at);
    return text;
}

struct reading {
    errc code;
    std::string message;
};

/// A role or a database may be called like a symptom.
std::string without_names(std::string_view reason) {
    std::string kept;
    bool quoted = false;
    for (const char c : reason) {
        if (c == '"') quoted = !quoted;
        if (!quoted || c == '"') kept.push_back(c);
    }
    return kept;
}

reading read(const endpoint& to, handshake_phase phase, std::string_view reason) {
    const std::string words = without_names(reason);
    const auto found = std::ranges::find_if(
        symptoms, [&](const symptom& one) { return words.find(one.words) != std::string::npos; });
    if (found != symptoms.end()) return {found->code, found->say(to, reason)};
    switch (phase) {
        case handshake_phase::tcp:
            return {errc::connect, unreachable(to, reason)};
        case handshake_phase::tls:
            return {errc::tls, tls_failed(to, reason)};
        case handshake_phase::startup:
            break;
    }
    return {errc::connect, refused(to, reason)};
}

}  // namespace

error handshake_error(const endpoint& to, handshake_phase phase, std::string_view message) {
    auto [code, text] = read(to, phase, reason_in(message));
    const sqlstate state = libpq::state_in(message);
    if (state.empty()) return {code, std::move(text)};
    server_report report;
    report.severity = "FATAL";
    report.message = std::move(text);
    return {code, state, std::move(report)};
}

bool is_connection_limit(const error& failure) noexcept {
    if (failure.code() != errc::connect) return false;
    if (failure.sqlstate() == sqlstate{"53300"}) return true;
    constexpr std::array<std::string_view, 3> words = {
        "no more connections allowed", "client connections exceeded", "oo many connections"};
    return std::ranges::any_of(words, [&](std::string_view said) {
        return failure.message().find(said) != std::string::npos;
    });
}

bool is_missing_database(const error& failure) noexcept {
    return failure.code() == errc::authentication &&
           failure.message().find("was not found") != std::string::npos;
}

}  // namespace honeydue
