// SPDX-License-Identifier: MIT
// Where a Redis is. Source: the URI scheme registered as "redis".
#include "redis_url.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include <fmt/format.h>

namespace honeydue {

namespace {

constexpr std::string_view shape = "redis://[[user]:password@]host[:port][/database]";

tl::unexpected<error> refused(std::string_view what) {
    return fail(errc::configuration, fmt::format("url: {}; write {}", what, shape));
}

std::optional<int> number(std::string_view text, int most) {
    int value = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool whole = fault == std::errc{} && end == text.data() + text.size();
    return whole && value >= 0 && value <= most ? std::optional{value} : std::nullopt;
}

std::optional<std::string> percent_decoded(std::string_view text) {
    std::string plain;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] != '%') {
            plain += text[at];
            continue;
        }
        unsigned code = 0;
        const auto digits = text.substr(at + 1, 2);
        const auto [end, fault] =
            std::from_chars(digits.data(), digits.data() + digits.size(), code, 16);
        if (fault != std::errc{} || digits.size() != 2 || end != digits.data() + 2) {
            return std::nullopt;
        }
        plain += static_cast<char>(code);
        at += 2;
    }
    return plain;
}

// "user:password", ":password"; without a colon it is a password alone, as redis-cli has it.
bool read_credentials(std::string_view text, redis_url& to) {
    const auto colon = text.find(':');
    auto user = percent_decoded(colon == text.npos ? "" : text.substr(0, colon));
    auto password = percent_decoded(colon == text.npos ? text : text.substr(colon + 1));
    if (!user || !password) return false;
    to.user = std::move(*user);
    to.password = std::move(*password);
    return true;
}

// [::1]:6379 keeps its colons inside the brackets.
result<void> read_host(std::string_view text, redis_url& to) {
    const auto bracket = text.starts_with('[') ? text.find(']') : std::string_view::npos;
    const bool bracketed = bracket != text.npos;
    const auto end = std::min(bracketed ? bracket + 1 : text.find(':'), text.size());
    const auto host = bracketed ? text.substr(1, bracket - 1) : text.substr(0, end);
    const auto rest = text.substr(end);
    if (!rest.empty()) {
        const auto port = rest.front() == ':' ? number(rest.substr(1), 65535) : std::nullopt;
        if (!port || *port == 0) return refused("the port is no number from 1 to 65535");
        to.port = *port;
    }
    if (host.empty()) return refused("there is no host in it");
    to.host = host;
    return {};
}

}  // namespace

result<redis_url> parse_redis_url(std::string_view text) {
    redis_url to;
    if (text.empty()) return refused("it is empty");
    to.tls = text.starts_with("rediss://");
    if (!to.tls && !text.starts_with("redis://"))
        return refused("it is neither redis:// nor rediss://");
    text.remove_prefix(to.tls ? 9 : 8);
    if (const auto query = text.find_first_of("?#"); query != text.npos) {
        return refused("it has a query or a fragment, which mean nothing here");
    }
    if (const auto at = text.rfind('@'); at != text.npos) {
        if (!read_credentials(text.substr(0, at), to)) {
            return refused("a % in user or password is not followed by two hexadecimal digits");
        }
        text.remove_prefix(at + 1);
    }
    if (const auto slash = text.find('/'); slash != text.npos) {
        const auto digits = text.substr(slash + 1);
        const auto database = digits.empty() ? std::optional{0} : number(digits, 1 << 20);
        if (!database) return refused("the database is no number");
        to.database = *database;
        text = text.substr(0, slash);
    }
    if (auto read = read_host(text, to); !read) return tl::unexpected{std::move(read.error())};
    return to;
}

}  // namespace honeydue
