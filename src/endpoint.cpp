// SPDX-License-Identifier: MIT
// Reading and checking an endpoint. libpq parses URLs and key=value text; what it is given back is
// checked here.
#include <honeydue/endpoint.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <utility>

#include <fmt/format.h>

#include "libpq.hpp"

namespace honeydue {

namespace {

constexpr std::string_view pooler_suffix = "-pooler";
constexpr std::array<std::string_view, 4> mode_names = {"disable", "require", "verify-ca",
                                                        "verify-full"};

error misconfigured(std::string message) { return {errc::configuration, std::move(message)}; }

std::optional<std::string> variable(const char* name) {
    const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): read-only
    if (value == nullptr) return std::nullopt;
    return std::string{value};
}

/// Keeps libpq's explanation and drops what it quotes of the text, for that may be the password.
std::string without_quotes(std::string_view message) {
    std::string kept;
    bool quoted = false;
    for (const char c : libpq::one_line(message)) {
        if (c == '"') {
            if (!quoted) kept += "(...)";
            quoted = !quoted;
        } else if (!quoted) {
            kept.push_back(c);
        }
    }
    return kept;
}

/// The readers of one field's text: each names the field as `where` calls it.
result<void> read_port(endpoint& to, std::string_view where, std::string_view text) {
    unsigned value = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (fault != std::errc{} || end != text.data() + text.size() || value == 0 || value > 65535) {
        return fail(
            errc::configuration,
            fmt::format("{} is '{}', not a port: give a number from 1 to 65535", where, text));
    }
    to.port = static_cast<std::uint16_t>(value);
    return {};
}

result<void> read_sslmode(endpoint& to, std::string_view where, std::string_view text) {
    const auto found = std::ranges::find(mode_names, text);
    if (found != mode_names.end()) {
        to.sslmode = static_cast<sslmode>(found - mode_names.begin());
        return {};
    }
    const bool falls_back = text == "allow" || text == "prefer";
    return fail(
        errc::configuration,
        fmt::format("{} is '{}', {}: give verify-full, verify-ca, require or disable", where, text,
                    falls_back ? "which falls back to plain text in silence" : "not a mode"));
}

result<void> read_sslnegotiation(endpoint& to, std::string_view where, std::string_view text) {
    if (text != "postgres" && text != "direct") {
        return fail(errc::configuration,
                    fmt::format("{} is '{}': give postgres or direct", where, text));
    }
    to.sslnegotiation = text == "direct" ? sslnegotiation::direct : sslnegotiation::postgres;
    return {};
}

result<void> read_gssencmode(endpoint&, std::string_view where, std::string_view text) {
    if (text == "disable") return {};
    return fail(errc::configuration,
                fmt::format("{} is '{}': only disable is offered", where, text));
}

result<void> read_seconds(endpoint& to, std::string_view where, std::string_view text) {
    int value = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (fault != std::errc{} || end != text.data() + text.size() || value < 1 || value > 600) {
        return fail(errc::configuration,
                    fmt::format("{} is '{}': give whole seconds from 1 to 600", where, text));
    }
    to.connect_timeout = std::chrono::seconds{value};
    return {};
}

result<void> read_milliseconds(endpoint& to, std::string_view where, std::string_view text) {
    int value = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (fault != std::errc{} || end != text.data() + text.size() || value < 0 || value > 600'000) {
        return fail(errc::configuration,
                    fmt::format("{} is '{}': give milliseconds from 0 to 600000", where, text));
    }
    to.tcp_user_timeout = std::chrono::milliseconds{value};
    return {};
}

template <std::string endpoint::*Member>
result<void> read_text(endpoint& to, std::string_view, std::string_view text) {
    to.*Member = text;
    return {};
}

struct field {
    std::string_view keyword;
    std::string_view variable;
    result<void> (*read)(endpoint&, std::string_view where, std::string_view text);
};

constexpr std::array<field, 15> fields = {{
    {"host", "DB_HOST", read_text<&endpoint::host>},
    {"hostaddr", "", read_text<&endpoint::hostaddr>},
    {"port", "DB_PORT", read_port},
    {"user", "POSTGRES_USER", read_text<&endpoint::user>},
    {"password", "POSTGRES_PASSWORD", read_text<&endpoint::password>},
    {"", "POSTGRES_PASSWORD_FILE", read_text<&endpoint::password_file>},
    {"dbname", "POSTGRES_DB", read_text<&endpoint::database>},
    {"sslmode", "DB_SSLMODE", read_sslmode},
    {"sslnegotiation", "DB_SSLNEGOTIATION", read_sslnegotiation},
    {"sslrootcert", "DB_SSLROOTCERT", read_text<&endpoint::sslrootcert>},
    {"channel_binding", "", read_text<&endpoint::channel_binding>},
    {"application_name", "", read_text<&endpoint::application_name>},
    {"gssencmode", "", read_gssencmode},
    {"connect_timeout", "", read_seconds},
    {"tcp_user_timeout", "", read_milliseconds},
}};

result<void> read_option(endpoint& to, const PQconninfoOption& option) {
    const std::string_view keyword{option.keyword};
    const auto found = std::ranges::find(fields, keyword, &field::keyword);
    if (found != fields.end()) return found->read(to, keyword, option.val);
    return fail(errc::configuration,
                fmt::format("option '{}' is not one of an endpoint's: take it out", keyword));
}

result<void> read_variables(endpoint& to) {
    for (const field& one : fields) {
        if (one.variable.empty()) continue;
        const auto value = variable(one.variable.data());
        if (!value || (value->empty() && one.keyword != "password")) continue;
        if (auto read = one.read(to, one.variable, *value); !read) return read;
    }
    return {};
}

/// The required variables, with what a cure looks like.
constexpr std::array<std::pair<const char*, std::string_view>, 4> required = {{
    {"DB_HOST", "the server's host name, or set DATABASE_URL"},
    {"POSTGRES_USER", "the role to log in as"},
    {"POSTGRES_PASSWORD",
     "its password, empty where the server asks for none, or set "
     "POSTGRES_PASSWORD_FILE"},
    {"POSTGRES_DB", "the database, in the case it was created in"},
}};

/// What still counts when everything else stands in DATABASE_URL.
constexpr std::array<std::string_view, 4> beside_url = {"DB_SSLMODE", "DB_SSLNEGOTIATION",
                                                        "DB_SSLROOTCERT", "POSTGRES_PASSWORD_FILE"};

result<void> all_set() {
    const auto file = variable("POSTGRES_PASSWORD_FILE");
    const bool from_file = file && !file->empty();
    if (const auto given = variable("POSTGRES_PASSWORD"); from_file && given && !given->empty()) {
        return fail(errc::configuration,
                    "POSTGRES_PASSWORD and POSTGRES_PASSWORD_FILE are both set: unset one");
    }
    for (const auto& [name, what] : required) {
        const auto value = variable(name);
        const bool is_password = std::string_view{name} == "POSTGRES_PASSWORD";
        if (value ? is_password || !value->empty() : is_password && from_file) continue;
        return fail(errc::configuration, fmt::format("{} is not set: set it to {}", name, what));
    }
    return {};
}

result<endpoint> read_environment() {
    const auto host = variable("DB_HOST");
    const auto url = variable("DATABASE_URL");
    endpoint to;
    if ((!host || host->empty()) && url && !url->empty()) {
        auto parsed = endpoint::parse(*url);
        if (!parsed) return tl::unexpected{std::move(parsed.error()).in("DATABASE_URL")};
        to = std::move(*parsed);
        for (const std::string_view name : beside_url) {
            const auto value = variable(name.data());
            const auto found = std::ranges::find(fields, name, &field::variable);
            if (!value || value->empty()) continue;
            if (auto read = found->read(to, name, *value); !read) {
                return tl::unexpected{std::move(read.error())};
            }
        }
        return to;
    }
    if (auto set = all_set(); !set) return tl::unexpected{std::move(set.error())};
    if (auto read = read_variables(to); !read) return tl::unexpected{std::move(read.error())};
    return to;
}

struct free_options {
    void operator()(PQconninfoOption* options) const noexcept { PQconninfoFree(options); }
};

/// Addresses have no label to add a suffix to.
bool is_name(std::string_view host) {
    return !host.empty() && host.front() != '/' && host.find(':') == std::string_view::npos &&
           host.find_first_not_of("0123456789.") != std::string_view::npos;
}

bool is_application_name(std::string_view name) {
    return !name.empty() && name.size() <= 63 &&
           std::ranges::all_of(name, [](char c) { return c >= ' ' && c <= '~'; });
}

bool is_channel_binding(std::string_view text) {
    return text.empty() || text == "require" || text == "prefer" || text == "disable";
}

bool knows_direct() { return PQlibVersion() >= 170000; }

std::string direct_unknown() {
    return fmt::format(
        "sslnegotiation (DB_SSLNEGOTIATION) is direct, which came with libpq 17, and this is {}: "
        "take it out, or use a newer libpq",
        PQlibVersion() / 10000);
}

/// Why TLS cannot begin as asked; empty when it can.
std::string wrong_negotiation(const endpoint& to) {
    if (to.sslnegotiation != sslnegotiation::direct) return {};
    if (!knows_direct()) return direct_unknown();
    if (to.sslmode != sslmode::disable && !to.host.starts_with('/')) return {};
    return "sslnegotiation (DB_SSLNEGOTIATION) is direct where there is no TLS: set sslmode "
           "(DB_SSLMODE) to verify-full, or take it out";
}

bool has_nul(const endpoint& to) {
    const auto in = [](const std::string& text) { return text.find('\0') != std::string::npos; };
    return in(to.host) || in(to.hostaddr) || in(to.user) || in(to.password) || in(to.database) ||
           in(to.sslrootcert);
}

}  // namespace

std::string_view name(sslmode mode) noexcept { return mode_names[static_cast<std::size_t>(mode)]; }

endpoint endpoint::from_env() {
    auto read = read_environment();
    if (read) {
        if (auto sound = read->check(); !sound) read->fault = std::move(sound.error());
        return std::move(*read);
    }
    endpoint faulty;
    faulty.fault = std::move(read.error());
    return faulty;
}

result<endpoint> endpoint::parse(std::string_view text) {
    if (!knows_direct() && text.find("sslnegotiation=direct") != std::string_view::npos)
        return tl::unexpected{misconfigured(direct_unknown())};
    char* message = nullptr;
    const std::unique_ptr<PQconninfoOption, free_options> options{
        PQconninfoParse(std::string{text}.c_str(), &message)};
    if (options == nullptr) {
        std::string why = message == nullptr ? "out of memory" : without_quotes(message);
        PQfreemem(message);
        return fail(errc::configuration,
                    fmt::format("not a connection text ({}): write "
                                "postgresql://user:password@host:port/database?sslmode=verify-full",
                                why));
    }
    endpoint to;
    for (const PQconninfoOption* one = options.get(); one->keyword != nullptr; ++one) {
        if (one->val == nullptr || *one->val == '\0') continue;
        if (auto read = read_option(to, *one); !read)
            return tl::unexpected{std::move(read.error())};
    }
    if (auto sound = to.check(); !sound) return tl::unexpected{std::move(sound.error())};
    return to;
}

endpoint endpoint::direct() const {
    endpoint other = *this;
    const std::size_t label = std::min(host.find('.'), host.size());
    if (is_name(host) && std::string_view{host}.substr(0, label).ends_with(pooler_suffix)) {
        other.host.erase(label - pooler_suffix.size(), pooler_suffix.size());
    }
    return other;
}

endpoint endpoint::pooled() const {
    endpoint other = *this;
    const std::size_t label = std::min(host.find('.'), host.size());
    if (is_name(host) && !std::string_view{host}.substr(0, label).ends_with(pooler_suffix)) {
        other.host.insert(label, pooler_suffix);
    }
    return other;
}

result<void> endpoint::check() const {
    using namespace std::chrono_literals;
    const auto wrong = [](std::string text) {
        return tl::unexpected{misconfigured(std::move(text))};
    };
    if (fault) return tl::unexpected{*fault};
    if (host.empty()) return wrong("host (DB_HOST) is empty: give the server's name or address");
    if (port == 0) return wrong("port (DB_PORT) is 0: give a number from 1 to 65535");
    if (user.empty()) return wrong("user (POSTGRES_USER) is empty: give the role to log in as");
    if (database.empty()) return wrong("database (POSTGRES_DB) is empty: give the database's name");
    if (has_nul(*this)) return wrong("an endpoint's text has a NUL byte: take it out");
    if (host.find(',') != std::string::npos) {
        return wrong("host (DB_HOST) lists several servers: give one");
    }
    if (std::string why = wrong_negotiation(*this); !why.empty()) return wrong(std::move(why));
    if (!is_channel_binding(channel_binding)) {
        return wrong(
            "channel_binding is none of require, prefer, disable: give one, or leave it out");
    }
    if (!is_application_name(application_name)) {
        return wrong("application_name is not 1 to 63 printable ASCII characters: shorten it");
    }
    if (connect_timeout < 1ms || connect_timeout > 10min) {
        return wrong(
            fmt::format("connect_timeout is {} ms: give 1 ms to 10 min", connect_timeout.count()));
    }
    if (tcp_user_timeout < 0ms || tcp_user_timeout > 10min) {
        return wrong(
            fmt::format("tcp_user_timeout is {} ms: give 0 to 10 min", tcp_user_timeout.count()));
    }
    return {};
}

std::string endpoint::redacted() const {
    return fmt::format("postgresql://{}@{}:{}/{}?sslmode={}", user, host, port, database,
                       name(sslmode));
}

}  // namespace honeydue
