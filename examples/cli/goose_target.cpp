// SPDX-License-Identifier: MIT
// goose's DBSTRING: see the header.
#include "goose_target.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <memory>
#include <utility>

#include "libpq.hpp"

namespace cli {
namespace {

namespace hd = honeydue;

struct free_options {
    void operator()(PQconninfoOption* options) const noexcept { PQconninfoFree(options); }
};
using options = std::unique_ptr<PQconninfoOption, free_options>;
using settings = std::map<std::string, std::string>;

void add(settings& into, const PQconninfoOption* from) {
    for (; from != nullptr && from->keyword != nullptr; ++from) {
        if (from->val != nullptr && *from->val != '\0') into[from->keyword] = from->val;
    }
}

/// What means something to Go's driver only: how it prepares statements, and its pool.
bool is_of_the_driver(std::string_view parameter) {
    constexpr std::array<std::string_view, 3> names = {
        "default_query_exec_mode", "statement_cache_capacity", "description_cache_capacity"};
    const std::string_view name = parameter.substr(0, parameter.find('='));
    return name.starts_with("pool_") || std::ranges::find(names, name) != names.end();
}

std::string without_driver_parameters(std::string_view text) {
    const bool is_url = text.starts_with("postgres://") || text.starts_with("postgresql://");
    const std::size_t query = is_url ? text.find('?') : std::string_view::npos;
    std::string kept{text.substr(0, query)};
    if (query == std::string_view::npos && is_url) return kept;
    std::string_view rest = is_url ? text.substr(query + 1) : text;
    if (!is_url) kept.clear();
    bool is_first = true;
    while (!rest.empty()) {
        const std::size_t size = std::min(rest.find(is_url ? '&' : ' '), rest.size());
        if (!is_of_the_driver(rest.substr(0, size))) {
            if (is_url) kept += is_first ? '?' : '&';
            if (!is_url && !is_first) kept += ' ';
            kept += rest.substr(0, size);
            is_first = false;
        }
        rest.remove_prefix(std::min(size + 1, rest.size()));
    }
    return kept;
}

std::string spelled(const settings& all) {
    constexpr std::array<std::string_view, 4> implied = {"sslmode", "sslcompression",
                                                         "target_session_attrs", "client_encoding"};
    std::string text;
    for (const auto& [word, value] : all) {
        if (std::ranges::find(implied, word) != implied.end()) continue;
        text += word + "='";
        for (const char c : value) {
            if (c == '\'' || c == '\\') text += '\\';
            text += c;
        }
        text += "' ";
    }
    return text;
}

/// The words that libpq fills in by itself and an endpoint does not know.
settings defaults_of_environment() {
    constexpr std::array<std::string_view, 9> wanted = {
        "host",        "hostaddr",        "port",   "user", "password", "dbname",
        "sslrootcert", "connect_timeout", "sslmode"};
    settings all;
    const options known{PQconndefaults()};
    add(all, known.get());
    std::erase_if(
        all, [&](const auto& one) { return std::ranges::find(wanted, one.first) == wanted.end(); });
    return all;
}

std::vector<std::string> modes_for(const std::string& mode) {
    if (mode == "prefer" || mode.empty()) return {"require", "disable"};
    if (mode == "allow") return {"disable", "require"};
    return {mode};
}

}  // namespace

hd::result<std::vector<hd::endpoint>> goose_targets(std::string_view dbstring) {
    settings all = defaults_of_environment();
    const std::string text = without_driver_parameters(dbstring);
    char* message = nullptr;
    const options given{PQconninfoParse(text.c_str(), &message)};
    PQfreemem(message);
    if (given == nullptr) {
        auto refused = hd::endpoint::parse(text);  // which says why without its values
        if (!refused) return tl::unexpected{std::move(refused.error())};
    }
    add(all, given.get());
    if (all["host"].empty()) {
        const std::filesystem::path sockets = "/var/run/postgresql";
        all["host"] = std::filesystem::exists(sockets) ? sockets.string() : "/tmp";
    }
    if (all["dbname"].empty()) all["dbname"] = all["user"];
    std::vector<hd::endpoint> targets;
    for (const std::string& mode : modes_for(all["sslmode"])) {
        auto parsed = hd::endpoint::parse(spelled(all) + "sslmode=" + mode);
        if (!parsed) return tl::unexpected{std::move(parsed.error())};
        targets.push_back(std::move(*parsed));
    }
    if (targets[0].host.starts_with('/')) targets.resize(1);
    return targets;
}

}  // namespace cli
