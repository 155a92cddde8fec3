// SPDX-License-Identifier: MIT
// The text forms of addresses. Source: inet_net_ntop, src/port/inet_net_ntop.c
// in PostgreSQL.
#include <honeydue/network.hpp>

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <span>

#include <fmt/format.h>

namespace honeydue {

namespace {

unsigned bits_of(ip_family family) { return family == ip_family::v4 ? 32 : 128; }

std::string spell_v4(std::span<const std::uint8_t> bytes) {
    return fmt::format("{}.{}.{}.{}", bytes[0], bytes[1], bytes[2], bytes[3]);
}

struct zero_run {
    std::size_t start = 8;
    std::size_t length = 0;
};

/// The first of the longest runs of zero words, when it is worth shortening.
zero_run longest_zeros(std::span<const unsigned, 8> words) {
    zero_run best;
    for (std::size_t start = 0; start < words.size(); ++start) {
        std::size_t length = 0;
        while (start + length < words.size() && words[start + length] == 0)
            ++length;
        if (length > best.length) best = {start, length};
    }
    return best.length >= 2 ? best : zero_run{};
}

std::string spell_v6(std::span<const std::uint8_t> bytes) {
    std::array<unsigned, 8> words{};
    for (std::size_t i = 0; i < words.size(); ++i)
        words[i] = 256U * bytes[2 * i] + bytes[2 * i + 1];
    const zero_run zeros = longest_zeros(words);
    const bool holds_v4 =
        zeros.start == 0 && (zeros.length == 6 || (zeros.length == 7 && words[7] != 1) ||
                             (zeros.length == 5 && words[5] == 0xffff));
    std::string text;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (i >= zeros.start && i < zeros.start + zeros.length) {
            if (i == zeros.start) text += ':';
            continue;
        }
        if (i != 0) text += ':';
        if (i == 6 && holds_v4) return text + spell_v4(bytes.subspan(12));
        text += fmt::format("{:x}", words[i]);
    }
    if (zeros.length != 0 && zeros.start + zeros.length == words.size()) text += ':';
    return text;
}

template <class Address>
std::string spell(const Address& address) {
    return address.family == ip_family::v4 ? spell_v4(address.bytes) : spell_v6(address.bytes);
}

/// Empty when `text` is no number of at most three digits.
std::optional<unsigned> parse_prefix(std::string_view text) {
    unsigned bits = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), bits);
    if (problem != std::errc{} || end != text.data() + text.size() || text.size() > 3)
        return std::nullopt;
    return bits;
}

template <class Address>
result<Address> parse_address(std::string_view text, std::string_view what) {
    const auto refused = [&] {
        return fail(errc::encode, fmt::format("not an address: expected {}", what));
    };
    const auto slash = std::min(text.find('/'), text.size());
    const std::string host{text.substr(0, slash)};
    Address read;
    read.family = host.find(':') == std::string::npos ? ip_family::v4 : ip_family::v6;
    const int family = read.family == ip_family::v4 ? AF_INET : AF_INET6;
    if (inet_pton(family, host.c_str(), read.bytes.data()) != 1 || host.find('\0') != host.npos)
        return refused();
    unsigned prefix = bits_of(read.family);
    if (slash != text.size()) {
        const auto given = parse_prefix(text.substr(slash + 1));
        if (!given || *given > prefix) return refused();
        prefix = *given;
    }
    read.prefix = static_cast<std::uint8_t>(prefix);
    return read;
}

bool has_bits_beyond_prefix(const cidr& network) {
    for (unsigned bit = network.prefix; bit < bits_of(network.family); ++bit) {
        if ((network.bytes[bit / 8] >> (7 - bit % 8) & 1) != 0) return true;
    }
    return false;
}

}  // namespace

result<inet> inet::parse(std::string_view text) {
    return parse_address<inet>(text, "the form 192.168.0.1/24 or 2001:db8::1/64");
}

std::string inet::text() const {
    std::string text = spell(*this);
    if (prefix != bits_of(family)) text += fmt::format("/{}", prefix);
    return text;
}

result<cidr> cidr::parse(std::string_view text) {
    auto read = parse_address<cidr>(text, "the form 192.168.0.0/24 or 2001:db8::/32");
    if (read && has_bits_beyond_prefix(*read))
        return fail(errc::encode, "not a network: a bit beyond its prefix is set; use inet");
    return read;
}

std::string cidr::text() const { return fmt::format("{}/{}", spell(*this), prefix); }

result<macaddr> macaddr::parse(std::string_view text) {
    macaddr read;
    constexpr std::size_t length = 17;
    bool sound = text.size() == length;
    for (std::size_t i = 0; sound && i < read.bytes.size(); ++i) {
        const char* at = text.data() + 3 * i;
        const auto [end, problem] = std::from_chars(at, at + 2, read.bytes[i], 16);
        sound =
            problem == std::errc{} && end == at + 2 && (i + 1 == read.bytes.size() || *end == ':');
    }
    if (!sound) return fail(errc::encode, "not a macaddr: expected the form 08:00:2b:01:02:03");
    return read;
}

std::string macaddr::text() const {
    return fmt::format("{:02x}:{:02x}:{:02x}:{:02x}:{:02x}:{:02x}", bytes[0], bytes[1], bytes[2],
                       bytes[3], bytes[4], bytes[5]);
}

}  // namespace honeydue
